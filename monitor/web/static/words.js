// The words that made an alert's worst headlines bad news, asked for by a button: the model has to read them again.

import { foreign, h } from "./dom.js";

// alert id -> {state: "asking" | "there" | "failed", headlines}
const asked = new Map();
const KEPT = 50;

/** What was asked for of an alert; null before that. */
export function wordsOf(id) {
  return asked.get(id) ?? null;
}

/** A button that asks, and calls `redraw` at once and when the answer is there. */
export function wordsButton(id, words, redraw) {
  const busy = words !== null && words.state === "asking";
  const button = h("button", { type: "button", class: "why", "aria-busy": busy ? "true" : null }, busy ? "reading …" : "which words?");
  button.addEventListener("click", () => {
    if (asked.get(id)?.state === "asking") return;
    keep(id, { state: "asking", headlines: [] });
    redraw();
    read(id).then((answer) => {
      keep(id, answer);
      redraw();
    });
  });
  return button;
}

export function wordsList(words) {
  if (words === null || words.state === "asking") return null;
  if (words.state === "failed") return h("p", { class: "none", role: "status" }, "the words could not be read; try again");
  return h(
    "div",
    { class: "words-why", role: "status" },
    h("h4", {}, "what P(bad) rests on, in log-odds lost without the word"),
    h("ul", {}, ...words.headlines.map(headline)),
  );
}

function headline(line) {
  return h("li", {}, h("span", { class: "title" }, foreign(line.title)), h("span", { class: "weights" }, ...line.words.map(weight)));
}

function weight({ word, weight: lost }) {
  const sign = lost < 0 ? "−" : "+";
  return h("span", { class: lost < 0 ? "weight against" : "weight for" }, foreign(word), " ", `${sign}${Math.abs(lost).toFixed(1)}`);
}

async function read(id) {
  try {
    const response = await fetch(`/api/v1/alerts/${encodeURIComponent(id)}/words`);
    if (!response.ok) return { state: "failed", headlines: [] };
    return { state: "there", headlines: (await response.json()).headlines };
  } catch {
    return { state: "failed", headlines: [] };
  }
}

function keep(id, words) {
  asked.delete(id);
  asked.set(id, words);
  if (asked.size > KEPT) asked.delete(asked.keys().next().value);
}
