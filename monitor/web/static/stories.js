// The newest stories: one entry a story, its copies folded in.

import { byId, foreign, h, keyed } from "./dom.js";
import { count, signed, tone, when } from "./format.js";

export function drawStories(board) {
  byId("stories-none").hidden = board.stories_newest.length > 0;
  keyed(byId("stories-list"), board.stories_newest, (story) => story.id, drawStory);
}

function drawStory(story) {
  const { name, mark } = tone(story.sentiment);
  const figure = story.sentiment === null ? "unscored" : signed(story.sentiment);
  const about = [...story.entities.map(([, label]) => label), ...story.topics];
  const hint = story.negative === null ? null : `P(bad) ${story.negative.toFixed(2)}`;
  return h(
    "li",
    { class: "story" },
    h("span", { class: `tone ${name}`, title: hint }, h("i", { "aria-hidden": "true" }, mark), figure),
    h(
      "div",
      {},
      h("p", { class: "title" }, foreign(story.title, story.url)),
      h(
        "p",
        { class: "meta" },
        ...[foreign(story.publisher), " · ", when(story.first_at, "at")],
        ...about.flatMap((label) => [" · ", foreign(label)]),
        story.stale && " · old news",
      ),
      story.copies.length > 0 && copies(story),
    ),
  );
}

function copies(story) {
  return h(
    "details",
    {},
    h("summary", {}, `${story.copies.length} more, ${count(story.publishers, "publisher")}, newest `, when(story.last_at, "at")),
    h("ul", {}, ...story.copies.map(drawCopy)),
  );
}

function drawCopy(copy) {
  const meta = h("span", { class: "meta" }, " ", foreign(copy.publisher), " · ", when(copy.published_at, "at"));
  return h("li", {}, foreign(copy.title, copy.url), meta);
}
