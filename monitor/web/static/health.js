// What nearly paged, how the feeds do, and what the figures come from.

import { byId, foreign, h, keyed, setText } from "./dom.js";
import { count, mean, when } from "./format.js";

export function drawHealth(board) {
  keyed(byId("notes"), board.notes, (note) => note, (note) => h("li", { class: "note" }, foreign(note)));
  byId("near-none").hidden = board.near_misses.length > 0;
  keyed(byId("near-list"), board.near_misses, (miss) => `${miss.series}@${miss.at}`, drawMiss);
  byId("feeds-none").hidden = board.feeds.length > 0;
  // Trouble first; among equals the configured order stays.
  const ordered = [...board.feeds].sort((a, b) => Number(well(a)) - Number(well(b)));
  keyed(byId("feeds-list"), ordered, (feed) => feed.source, drawFeed);
  const troubled = board.feeds.filter((feed) => !well(feed)).length;
  setText(byId("feeds-title"), troubled === 0 ? "Feeds" : `Feeds: ${troubled} of ${board.feeds.length} in trouble`);
  const held = `${count(board.articles, "article")} in ${count(board.stories, "story", "stories")}`;
  setText(byId("foot"), `${held} · model ${board.model_name} ${board.model_hash} · Bearwatch ${board.version}`);
}

function well(feed) {
  return feed.state === "ok" && feed.failures === 0;
}

function drawMiss(miss) {
  const counted = `${miss.n} bad in ${miss.window} h, usually ${mean(miss.expected)}`;
  const surprise = `surprise ${miss.surprise.toFixed(1)} of ${miss.threshold.toFixed(1)}`;
  return h(
    "li",
    { class: "miss" },
    h("p", { class: "title" }, h("b", {}, foreign(miss.label)), ` ${counted}`),
    h("p", { class: "meta" }, when(miss.at, "at"), ` · ${surprise} · silent by: `, foreign(miss.kept_silent_by)),
  );
}

function drawFeed(feed) {
  const again = feed.failures > 1 && `, ${feed.failures} times in a row`;
  const newest = feed.last_item === null ? ["no item yet"] : ["newest item ", when(feed.last_item, "ago")];
  const known = (label, at, style) => (at === null ? [] : [` · ${label} `, when(at, style)]);
  return h(
    "li",
    { class: well(feed) ? "feed" : "feed trouble" },
    h("span", { class: "state" }, h("i", { "aria-hidden": "true" }, well(feed) ? "●" : "▲"), foreign(feed.state)),
    h(
      "div",
      {},
      h("p", { class: "title" }, h("b", {}, foreign(feed.source)), ` ${count(feed.items, "item")}`),
      feed.reason !== "" && h("p", { class: "reason" }, foreign(feed.reason), again),
      h("p", { class: "meta" }, ...newest, ...known("read", feed.last_ok, "ago"), ...known("next", feed.next_check, "in")),
    ),
  );
}
