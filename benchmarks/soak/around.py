"""What stands around the daemon: feeds, a receiver of webhooks, readers of the page; each may go and come back."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests.fakes_source import rss_page

PAGES = ("", "api/v1/board", "api/v1/stories", "api/v1/alerts", "healthz")
KEPT = 400  # items that the feed shows: more than an hour of it, so that none leaves unread in a fault
ITEM_S = 10.0
HANG_S = 30.0  # the daemon's patience with a webhook is shorter


class Server:
    """An HTTP server on one port for all its lives."""

    def __init__(self) -> None:
        self._handler = self._made()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Listens; again on the same port."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
            self._server.daemon_threads = True
            self.port = self._server.server_port
            threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Refuses connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        """Status, media type and body."""
        raise NotImplementedError

    def _made(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                status, kind, body = answer(self)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    return  # it did not wait

            do_GET = do_POST = _reply

            def log_message(self, format: str, *_: object) -> None:
                pass

        return Handler


class FeedServer(Server):
    """Feeds under any path, each with an item more every ten seconds."""

    def __init__(self) -> None:
        self._began = time.time()
        self._served: Counter[str] = Counter()
        super().__init__()

    def served(self, name: str) -> set[str]:
        """Titles of all that somebody has read in this feed; each is its item's identity too."""
        return set(self._titles(name, self._served[name]))

    @staticmethod
    def _titles(name: str, count: int) -> list[str]:
        return [f"Item {n} of feed {name} tells nothing new" for n in range(count)]

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        name = handler.path.strip("/")
        titles = self._titles(name, int((time.time() - self._began) / ITEM_S) + 1)
        self._served[name] = len(titles)
        dated = [
            (title, time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self._began + n * ITEM_S)))
            for n, title in enumerate(titles)
        ]
        return 200, "application/rss+xml", rss_page(*reversed(dated[-KEPT:]))


class Hooks(Server):
    """Takes webhooks, hangs, or fails, as `mode` says: ok, hangs, fails."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.got: Counter[str] = Counter()
        super().__init__()

    def answer(self, handler: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
        handler.rfile.read(int(handler.headers["content-length"]))
        if self.mode == "hangs":
            time.sleep(HANG_S)
            return 503, "text/plain", b""
        if self.mode == "fails":
            return 500, "text/plain", b""
        self.got[unquote(handler.headers["webhook-id"])] += 1
        return 200, "text/plain", b""


class Readers:
    """Somebody who looks at the page every five seconds, and a page that is left open, so that changes stream to it."""

    def __init__(self, port: int) -> None:
        self._address = f"127.0.0.1:{port}"
        self._over = threading.Event()
        self.pages, self.events, self.streams = 0, 0, 0
        for work in (self._look, self._listen):
            threading.Thread(target=self._until_over, args=(work,), daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _until_over(self, work: Callable[[], None]) -> None:
        while not self._over.wait(1):
            try:
                work()
            except (OSError, http.client.HTTPException, ValueError):
                continue  # a fault is in progress, or a restart

    def _look(self) -> None:
        for page in PAGES:
            with urllib.request.urlopen(f"http://{self._address}/{page}", timeout=10) as answer:
                body = answer.read()
            if page.startswith("api"):
                json.loads(body)
            self.pages += 1
        self._over.wait(4)

    def _listen(self) -> None:
        with urllib.request.urlopen(f"http://{self._address}/api/v1/events", timeout=60) as stream:
            self.streams += 1
            for line in stream:
                self.events += line.startswith(b"event:")
                if self._over.is_set():
                    return


def fetched(port: int, path: str, seconds: float = 5.0) -> str:
    """What the daemon answers; "" where it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=seconds) as answer:
            return str(answer.read().decode())
    except (OSError, http.client.HTTPException):
        return ""
