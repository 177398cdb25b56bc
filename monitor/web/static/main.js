// Draws the board whenever it changes, and keeps the clock between two boards.

import { drawAlerts } from "./alerts.js";
import { byId, setText } from "./dom.js";
import { clockText, count, mean, refreshTimes, signed, timeText, tone } from "./format.js";
import { drawHealth } from "./health.js";
import { follow } from "./live.js";
import { drawSeries } from "./series.js";
import { drawStories } from "./stories.js";

const TICK_MS = 1_000;

let board = null;
let readAt = 0;
let link = null;
let known = null;

/** The board's clock now: it runs on from the last board, but stands still while the connection is lost. */
function now() {
  const passed = link === "lost" ? 0 : performance.now() - readAt;
  return board.now + passed * (board.virtual ? board.speed : 1);
}

function show(next) {
  // A newer daemon may answer in other shapes: this page's scripts are then of the past.
  if (board !== null && next.version !== board.version) location.reload();
  board = next;
  readAt = performance.now();
  drawHead();
  drawAlerts(board);
  drawSeries(board);
  drawStories(board);
  drawHealth(board);
  announce();
  tick();
  document.body.dataset.drawn = "yes";
}

function drawHead() {
  const open = board.open_alerts.length;
  setText(byId("verdict"), open === 0 ? "no open alert" : `${count(open, "alert")} open`);
  byId("verdict").className = open === 0 ? "calm" : "firing";
  const { market } = board;
  const { name, mark } = tone(market.sentiment_1h);
  const mood = market.sentiment_1h === null ? "no news in 1 h" : `${mark} ${signed(market.sentiment_1h)}`.trim();
  const usual = market.usual_1h === null ? `learning: ${market.learning}` : `usually ${mean(market.usual_1h)}, pages at ${market.pages_at}`;
  setText(byId("mood"), `market ${mood} · ${market.negative_1h} bad in 1 h, ${usual}`);
  byId("mood").className = `tone ${name}`;
  setIcon(open === 0 ? "/static/icon.svg" : "/static/icon-alert.svg");
  document.title = open === 0 ? "Bearwatch" : `(${open}) Bearwatch`;
}

function setIcon(address) {
  if (byId("icon").getAttribute("href") !== address) byId("icon").setAttribute("href", address);
}

function announce() {
  const ids = new Set(board.open_alerts.map((alert) => alert.id));
  const fresh = known === null ? [] : board.open_alerts.filter((alert) => !known.has(alert.id));
  known = ids;
  if (fresh.length > 0) {
    setText(byId("announce"), fresh.map((alert) => `Alert, ${alert.severity}: ${alert.label}, ${alert.in_words}.`).join(" "));
  }
}

function tick() {
  if (board === null) return;
  const at = now();
  const pace = board.speed === 1 ? "" : `, ${Math.round(board.speed).toLocaleString("en")} × real time`;
  setText(byId("clock"), board.virtual ? `demo clock ${clockText(at)}${pace}` : clockText(at));
  byId("clock").className = board.virtual ? "virtual" : "";
  refreshTimes(document, at);
}

function showLink(state) {
  // The clock stops where the figures do.
  if (state === "lost" && board !== null) {
    board = { ...board, now: now() };
    readAt = performance.now();
  }
  link = state;
  const since = board === null ? "" : `, figures of ${timeText(board.now, board.now)} UTC`;
  const texts = { live: "live", refreshing: "live stream refused, read every 15 s", lost: `connection lost${since}` };
  setText(byId("link"), texts[state]);
  byId("link").className = state;
  document.body.classList.toggle("stale", state === "lost");
  tick();
}

setInterval(tick, TICK_MS);
follow(show, showLink);
