// Alerts with the evidence to judge them by: what was counted, against what, which gates it passed, which headlines.

import { byId, foreign, h, keyed, setText } from "./dom.js";
import { count, mean, refreshTimes, spanText, when } from "./format.js";
import { wordsButton, wordsList, wordsOf } from "./words.js";

// In a crisis many alerts open at once: the first stay unfolded, of the others the headline says enough.
const UNFOLDED = 3;
const HEADLINES = 6;

let last = null;

export function drawAlerts(board) {
  last = board;
  const item = (alert, unfolded) => ({ alert, unfolded, words: wordsOf(alert.id) });
  const none = byId("alerts-none");
  none.hidden = board.open_alerts.length > 0;
  setText(none, "none: no series is above its threshold");
  const open = board.open_alerts.map((alert, i) => item(alert, i < UNFOLDED));
  keyed(byId("alerts-open"), open, ({ alert }) => alert.id, drawAlert);
  const closed = board.recent_alerts.map((alert) => item(alert, false));
  byId("alerts-recent").hidden = closed.length === 0;
  setText(byId("alerts-recent-title"), `${count(closed.length, "alert")} closed lately`);
  keyed(byId("alerts-closed"), closed, ({ alert }) => alert.id, drawAlert);
}

function redraw() {
  drawAlerts(last);
  refreshTimes(byId("alerts"), last.now);
}

function drawAlert({ alert, unfolded, words }) {
  const state = alert.closed_at !== null ? "closed" : alert.severity === "critical" ? "critical" : "warning";
  const since =
    alert.closed_at === null
      ? ["opened ", when(alert.opened_at, "both")]
      : [when(alert.opened_at, "at"), `, lasted ${spanText(alert.closed_at - alert.opened_at)}`];
  return h(
    "details",
    { class: `alert ${state}`, open: unfolded },
    h(
      "summary",
      {},
      badge(alert),
      h("h3", {}, foreign(alert.label)),
      h("span", { class: "words" }, foreign(alert.in_words)),
      h("span", { class: "since" }, ...since),
    ),
    answers(alert),
    evidence(alert, words),
  );
}

function badge(alert) {
  return h("span", { class: "badge" }, foreign(alert.severity));
}

const MARKS = { true: "a real event", false: "a false page", late: "real, and known already" };

/** What people have said of it, and whether its messages are held back. */
function answers(alert) {
  const said = [];
  if (alert.muted_until !== null) said.push(["muted", [" until ", when(alert.muted_until, "at"), " UTC by ", foreign(alert.muted_by)]]);
  if (alert.acknowledged) said.push(["acknowledged", alert.acknowledged_by === "" ? [] : [" by ", foreign(alert.acknowledged_by)]]);
  if (alert.assigned_to !== "") said.push(["assigned", [" to ", foreign(alert.assigned_to)]]);
  if (alert.mark !== "") said.push(["marked", [" as ", foreign(MARKS[alert.mark] ?? alert.mark)]]);
  return said.length === 0 ? null : h("ul", { class: "answers", "aria-label": "Answers" }, ...said.map(([word, rest]) => h("li", { class: word }, h("b", {}, word), ...rest)));
}

function evidence(alert, words) {
  return h(
    "div",
    { class: "evidence" },
    h(
      "ul",
      { class: "gates", "aria-label": "Why it pages" },
      alert.by === "cusum"
        ? gate("sum", true, `${alert.cusum.toFixed(1)}, pages from ${alert.cusum_threshold.toFixed(1)}`)
        : gate("surprise", true, `${alert.surprise.toFixed(1)}, pages from ${alert.threshold.toFixed(1)}`),
      gate("count", true, `${alert.n} in ${alert.window} h, ${mean(alert.expected)} expected, usually ${alert.band[0]} to ${alert.band[1]}`),
      alert.gates.length > 0 && h("li", { class: "when" }, "when it opened"),
      ...alert.gates.map(([name, passed, detail]) => gate(name, passed, detail)),
      ...alert.blind.map((detail) => gate("blind", false, detail)),
      alert.robust === "not applicable" ? null : gate("robust", alert.robust === "yes", robust(alert.robust)),
      h("li", { class: "id" }, h("code", {}, 'bearwatch explain "', foreign(alert.id), '"')),
    ),
    h(
      "div",
      {},
      alert.headlines.length > 0 && wordsButton(alert.id, words, redraw),
      alert.headlines.length === 0 ? h("p", { class: "none" }, "no headlines kept") : headlines(alert.headlines),
      wordsList(words),
      alert.denials.length > 0 && denials(alert.denials),
    ),
  );
}

function robust(answer) {
  return answer === "yes"
    ? "stands without its largest publisher, and without its largest story"
    : "leans on one publisher or one story";
}

function gate(name, passed, detail) {
  return h(
    "li",
    { class: passed ? "passed" : "failed" },
    h("i", { "aria-hidden": "true" }, passed ? "✓" : "✗"),
    h("span", { class: "unseen" }, passed ? "passed: " : "failed: "),
    h("b", {}, foreign(name)),
    " ",
    foreign(detail),
  );
}

function headlines(lines) {
  const head = h("li", { class: "head", "aria-hidden": "true" }, h("span", {}, "P(bad)"), h("span", {}, "evidence"));
  const list = h("ol", { class: "headlines", "aria-label": "Evidence" }, head, ...lines.slice(0, HEADLINES).map(headline));
  if (lines.length <= HEADLINES) return list;
  const rest = lines.slice(HEADLINES);
  const more = h("ol", { class: "headlines", "aria-label": "More evidence" }, ...rest.map(headline));
  return h("div", {}, list, h("details", {}, h("summary", {}, `${rest.length} more`), more));
}

/** What takes some of it back: shown, and not counted as bad. */
function denials(lines) {
  const list = lines.map((line) =>
    h("li", {}, h("span", { class: "title" }, foreign(line.title, line.url)), h("span", { class: "meta" }, foreign(line.publisher), " · ", when(line.published_at, "at"))),
  );
  return h("div", { class: "denials" }, h("h4", {}, "denied or corrected"), h("ul", {}, ...list));
}

function headline(line) {
  const spread = line.copies > 0
    ? `${line.copies === 1 ? "1 copy" : `${line.copies} copies`}, ${count(line.publishers, "publisher")}`
    : "no copy";
  return h(
    "li",
    {},
    h("span", { class: "p-bad", title: "probability that the headline is negative" }, h("span", { class: "unseen" }, "P(bad) "), line.negative.toFixed(2)),
    h("span", { class: "title" }, foreign(line.title, line.url)),
    h("span", { class: "meta" }, foreign(line.publisher), " · ", when(line.published_at, "at"), " · ", spread, line.stale && " · old news"),
  );
}
