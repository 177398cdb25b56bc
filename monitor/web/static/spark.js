// Sparklines as hand-written SVG. Each has its numbers in words for those who cannot see it.

import { s } from "./dom.js";
import { count, mean, signed } from "./format.js";

const WIDTH = 144; // two units an hour over 72 h
const HEIGHT = 26;
// A scale of at least this many stories an hour: one story must not look like a storm.
const LEAST_SCALE = 4;
const ROLLING_HOURS = 6;

function frame(label, ...children) {
  const box = { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" };
  return s("svg", { ...box, "aria-label": label }, s("title", {}, label), ...children);
}

/** Stories an hour as bars, the negative ones as their dark foot. */
export function storyBars(points) {
  const total = points.reduce((sum, p) => sum + p.stories, 0);
  const negative = points.reduce((sum, p) => sum + p.negative, 0);
  const most = points.reduce((top, p) => Math.max(top, p.stories), 0);
  if (total === 0) return frame(`no news in ${points.length} h`, base(HEIGHT - 0.5));
  const step = WIDTH / points.length;
  const y = (n) => HEIGHT - (n / Math.max(most, LEAST_SCALE)) * (HEIGHT - 1);
  const bars = (class_, pick) =>
    s("path", {
      class: class_,
      d: points
        .map((p, i) => (pick(p) > 0 ? `M${round(i * step)} ${HEIGHT}V${round(y(pick(p)))}h${round(step * 0.8)}V${HEIGHT}z` : ""))
        .join(""),
    });
  const label = `${points.length} h: ${count(total, "story", "stories")}, ${negative} bad; at most ${most} in an hour`;
  return frame(label, base(HEIGHT - 0.5), bars("bar-all", (p) => p.stories), bars("bar-bad", (p) => p.negative));
}

/** Rolling sentiment as a line around zero; where its hours held no news there is a gap, not a zero. */
export function sentimentLine(hours) {
  const points = rolling(hours);
  const known = points.filter((p) => p.sentiment !== null);
  if (known.length === 0) return frame(`no news in ${points.length} h`, base(HEIGHT / 2));
  const step = WIDTH / points.length;
  const y = (v) => HEIGHT / 2 - v * (HEIGHT / 2 - 1);
  const runs = [];
  let run = null;
  points.forEach((p, i) => {
    if (p.sentiment === null) run = null;
    else if (run === null) runs.push((run = [[(i + 0.5) * step, p.sentiment]]));
    else run.push([(i + 0.5) * step, p.sentiment]);
  });
  const area = (class_, clamp) =>
    s("path", {
      class: class_,
      d: runs
        .map((r) => {
          const wide = widened(r, step);
          const top = wide.map(([x, v]) => `L${round(x)} ${round(y(clamp(v)))}`).join("");
          return `M${round(wide[0][0])} ${HEIGHT / 2}${top}L${round(wide[wide.length - 1][0])} ${HEIGHT / 2}z`;
        })
        .join(""),
    });
  const line = runs
    .map((r) => widened(r, step).map(([x, v], i) => `${i ? "L" : "M"}${round(x)} ${round(y(v))}`).join(""))
    .join("");
  const values = known.map((p) => p.sentiment);
  const label = `rolling sentiment, ${points.length} h: from ${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
  return frame(
    label,
    area("area-good", (v) => Math.max(v, 0)),
    area("area-bad", (v) => Math.min(v, 0)),
    base(HEIGHT / 2),
    s("path", { class: "mood-line", d: line, "vector-effect": "non-scaling-stroke" }),
  );
}

/** How far from a page: a track that ends at `pagesAt`, filled to `now`, with a tick at `usual`. */
export function pageMeter(now, usual, pagesAt) {
  const width = 72;
  const x = (n) => round(Math.min(n / pagesAt, 1) * width);
  const label = `${now} bad in 1 h, usually ${mean(usual)}, pages at ${pagesAt}`;
  const box = { class: "meter", viewBox: `0 0 ${width} 8`, preserveAspectRatio: "none", role: "img", "aria-label": label };
  return s(
    "svg",
    box,
    s("title", {}, label),
    s("rect", { class: "track", x: 0, y: 2, width, height: 4 }),
    s("rect", { class: now >= pagesAt ? "fill full" : "fill", x: 0, y: 2, width: x(now), height: 4 }),
    s("rect", { class: "usual", x: Math.min(x(usual), width - 1.5), y: 0, width: 1.5, height: 8 }),
  );
}

// The mean over the stories of the last ROLLING_HOURS: one story at night must not swing the line.
function rolling(points) {
  return points.map((p, i) => {
    const window = points.slice(Math.max(0, i - ROLLING_HOURS + 1), i + 1).filter((q) => q.sentiment !== null);
    const stories = window.reduce((sum, q) => sum + q.stories, 0);
    return { sentiment: stories === 0 ? null : window.reduce((sum, q) => sum + q.sentiment * q.stories, 0) / stories };
  });
}

// A lone hour would be a line of no length: give it its hour's width.
function widened(run, step) {
  if (run.length > 1) return run;
  const [x, v] = run[0];
  return [[x - step * 0.4, v], [x + step * 0.4, v]];
}

function base(y) {
  return s("line", { class: "base", x1: 0, x2: WIDTH, y1: y, y2: y, "vector-effect": "non-scaling-stroke" });
}

function round(x) {
  return Math.round(x * 10) / 10;
}
