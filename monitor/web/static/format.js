// Numbers and times as words. All times are shown in UTC, as the header says.

import { h } from "./dom.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n) => String(n).padStart(2, "0");

export function clockText(at) {
  const d = new Date(at);
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
  return `${DAYS[d.getUTCDay()]} ${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${time} UTC`;
}

/** 09:12 today, "15 Jun 09:12" on another day. */
export function timeText(at, now) {
  const d = new Date(at);
  const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  const sameDay = Math.floor(at / DAY) === Math.floor(now / DAY);
  return sameDay ? time : `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${time}`;
}

/** How long: 40 s, 12 min, 5 h, 3 d. */
export function spanText(ms) {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 90 * MINUTE) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

/** A <time> that main.js keeps current: `style` is "ago", "at", "in" or "both". */
export function when(at, style = "at") {
  const known = Number.isFinite(at) && Math.abs(at) <= 8.64e15;
  if (!known) return h("span", {}, "unknown time");
  return h("time", { datetime: new Date(at).toISOString(), "data-at": at, "data-style": style, title: clockText(at) });
}

export function refreshTimes(root, now) {
  for (const element of root.querySelectorAll("time[data-at]")) {
    const at = Number(element.dataset.at);
    const ago = at > now + 1000 ? `in ${spanText(at - now)}` : now - at < MINUTE ? "just now" : `${spanText(now - at)} ago`;
    const texts = { ago, at: timeText(at, now), both: `${timeText(at, now)}, ${ago}`, in: at <= now ? "due" : ago };
    const text = texts[element.dataset.style];
    if (element.textContent !== text) element.textContent = text;
  }
}

/** A sentiment with its sign; the minus sign is as wide as the plus. */
export function signed(value) {
  const rounded = Math.round(value * 100) / 100;
  if (rounded === 0) return "0.00";
  return `${rounded > 0 ? "+" : "−"}${Math.abs(rounded).toFixed(2)}`;
}

/** An expectation: enough digits to tell a rare event from none. */
export function mean(value) {
  if (value >= 10) return value.toFixed(0);
  return value >= 0.095 ? value.toFixed(1) : value >= 0.005 ? value.toFixed(2) : "<0.01";
}

export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** The tone of a sentiment as a word and a shape: colour is never the only sign. */
export function tone(value) {
  if (value === null) return { name: "unknown", mark: "" };
  if (value <= -0.2) return { name: "bad", mark: "▼" };
  return value >= 0.2 ? { name: "good", mark: "▲" } : { name: "even", mark: "" };
}
