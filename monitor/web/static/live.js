// The connection: an event stream says that something changed, a fetch says what. Both are watched, because a stream
// over a dead link stays silently open.

const BOARD = "/api/v1/board";
const EVENTS = "/api/v1/events";
const EVENT_NAMES = ["hello", "board", "alert", "resync"];
const DEBOUNCE_MS = 250; // gathers the events of one commit
const LEAST_GAP_MS = 1_000; // a board is tens of kilobytes: not more often than this, however busy the news
const REFRESH_MS = 15_000; // the clock moves without events, and this notices a dead link
const FETCH_TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 1_000;
const MOST_BACKOFF_MS = 30_000;

/**
 * Calls `onBoard(board)` at every new board and `onLink(state)` when the connection changes: "live", "refreshing" (the
 * board can be read but the stream is refused) or "lost". Runs as long as the page does.
 */
export function follow(onBoard, onLink) {
  let link = null;
  let streaming = true; // until refused: the first figures come before the stream's first word
  let reachable = false;
  let backoff = FIRST_BACKOFF_MS;
  let timer = null;
  let busy = false;
  let again = false;
  let lastFetch = -Infinity;

  function judge() {
    const now = !reachable ? "lost" : streaming ? "live" : "refreshing";
    if (now !== link) onLink((link = now));
  }

  function soon(wait) {
    if (timer === null) timer = setTimeout(read, Math.max(wait, lastFetch + LEAST_GAP_MS - performance.now()));
  }

  async function read() {
    timer = null;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    lastFetch = performance.now();
    try {
      const answer = await fetch(BOARD, { cache: "no-cache", signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      if (!answer.ok) throw new Error(`${answer.status} from ${BOARD}`);
      const board = await answer.json();
      reachable = true;
      onBoard(board);
    } catch (error) {
      reachable = false;
      console.info("board not read:", String(error));
    } finally {
      busy = false;
      judge();
      if (again) {
        again = false;
        soon(DEBOUNCE_MS);
      }
    }
  }

  function open() {
    const source = new EventSource(EVENTS);
    source.addEventListener("hello", () => {
      streaming = true;
      backoff = FIRST_BACKOFF_MS;
    });
    for (const name of EVENT_NAMES) source.addEventListener(name, () => soon(DEBOUNCE_MS));
    source.onerror = () => {
      // The browser gives up for good after a refusal, and retries without back-off otherwise: both are ours.
      source.close();
      streaming = false;
      soon(0);
      setTimeout(open, backoff * (0.75 + Math.random() / 2));
      backoff = Math.min(backoff * 2, MOST_BACKOFF_MS);
    };
  }

  setInterval(() => soon(0), REFRESH_MS);
  document.addEventListener("visibilitychange", () => document.hidden || soon(0));
  soon(0);
  open();
}
