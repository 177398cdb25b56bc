// Market, topics, sectors, companies: one table each, one row a series.

import { byId, foreign, h, keyed } from "./dom.js";
import { count, mean, signed, tone, when } from "./format.js";
import { pageMeter, sentimentLine, storyBars } from "./spark.js";

const TABLES = [
  ["market", "Market", (board) => [board.market]],
  ["watches", "Hazards", (board) => board.watches],
  ["topics", "Topics", (board) => board.topics],
  ["sectors", "Sectors", (board) => board.sectors],
  ["companies", "Companies", (board) => board.companies],
];
const COLUMNS = [
  ["name", ""],
  ["bars", "stories, 72 h"],
  ["line", "sentiment, 72 h"],
  ["mood", "1 h"],
  ["mood day", "24 h"],
  ["now", "bad in 1 h"],
  ["usual", "usually"],
  ["pages", "pages at"],
  ["total", "stories 1 h"],
  ["coverage", "coverage 24 h"],
];

export function drawSeries(board) {
  const root = byId("series");
  if (root.childElementCount === 0) root.append(...TABLES.map(([id, title]) => emptyTable(id, title)));
  for (const [id, , pick] of TABLES) {
    const rows = pick(board);
    const section = byId(`series-${id}`);
    // A desk without watch rules needs no empty table; the others say that there is nothing yet.
    section.hidden = id === "watches" && rows.length === 0;
    section.querySelector(".none").hidden = rows.length > 0;
    section.querySelector("table").hidden = rows.length === 0;
    keyed(section.querySelector("tbody"), rows, (row) => row.name, drawRow);
  }
}

function emptyTable(id, title) {
  // Roles are spelt out because the phone's layout takes display: table away, and with it the meaning.
  const head = COLUMNS.map(([class_, name]) =>
    h("th", { scope: "col", role: "columnheader", class: class_ }, name || h("span", { class: "unseen" }, "name")),
  );
  return h(
    "section",
    { id: `series-${id}`, "aria-labelledby": `series-${id}-title`, class: "series" },
    h("h2", { id: `series-${id}-title` }, title),
    h("p", { class: "none" }, "nothing counted yet"),
    h(
      "table",
      { role: "table", "aria-labelledby": `series-${id}-title` },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head)),
      h("tbody", { role: "rowgroup" }),
    ),
  );
}

function drawRow(row) {
  const cell = (class_, ...children) => h("td", { role: "cell", class: class_ }, ...children);
  return h(
    "tr",
    { role: "row", class: row.alert_id === null ? null : "alarmed" },
    h("th", { scope: "row", role: "rowheader", class: "name" }, label(row), row.stale !== "" && h("span", { class: "silent" }, row.stale)),
    cell("bars", storyBars(row.points)),
    cell("line", sentimentLine(row.points)),
    cell("mood", ...mood(row.sentiment_1h, "1 h")),
    cell("mood day", ...mood(row.sentiment_24h, "24 h")),
    ...pageCells(row, cell),
    cell("total", h("b", {}, row.stories_1h), unit(row.stories_1h === 1 ? " story in 1 h" : " stories in 1 h")),
    cell("coverage", ...coverage(row)),
  );
}

function label(row) {
  const said = h("span", { class: "unseen" }, ` alert open on ${row.label}: `);
  const mark = row.alert_id !== null && h("a", { class: "mark", href: "#alerts", title: "an alert is open" }, "▲", said);
  return h("span", { class: "label" }, mark, foreign(row.label, null, { title: row.label }));
}

// Said in place on a phone, where the head row is out of sight.
function unit(text) {
  return h("span", { class: "unit" }, text);
}

function mood(value, span) {
  if (value === null) return [h("span", { class: "absent" }, "no news"), unit(` in ${span}`)];
  const { name, mark } = tone(value);
  return [h("span", { class: `tone ${name}` }, h("i", { "aria-hidden": "true" }, mark), signed(value)), unit(` in ${span}`)];
}

function coverage(row) {
  if (row.last_story_at === null) return [h("span", { class: "absent" }, "no news")];
  const publishers = row.publishers_24h === 0 ? "none in 24 h" : count(row.publishers_24h, "publisher");
  return [h("span", { title: "in the last 24 h" }, publishers), " ", h("span", { class: "last" }, when(row.last_story_at, "ago"))];
}

function pageCells(row, cell) {
  const six = `${count(row.negative_6h, "bad story", "bad stories")} in 6 h`;
  const now = h("b", { class: row.negative_1h > 0 ? "bad-now" : null }, row.negative_1h);
  if (row.usual_1h === null || row.pages_at === null) {
    const why = row.learning || "not enough history yet";
    return [
      h("td", { role: "cell", class: "now", title: six }, now, unit(" bad in 1 h")),
      h("td", { role: "cell", class: "learning", colspan: 2, "aria-colspan": 2 }, "learning: ", why),
    ];
  }
  const meter = pageMeter(row.negative_1h, row.usual_1h, row.pages_at);
  return [
    h("td", { role: "cell", class: "now", title: six }, meter, now, unit(" bad in 1 h")),
    cell("usual", unit("usually "), mean(row.usual_1h)),
    cell("pages", unit("pages at "), row.pages_at),
  ];
}
