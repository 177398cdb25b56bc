"""Two real daemons on one PostgreSQL, each behind a proxy of its own, with news coming in and a receiver that counts.

Every transaction of theirs is noted by triggers in the database, with the lease that stood while it ran: whoever writes
under another one is found there, whatever he believes of himself.
"""

from __future__ import annotations

import http.client
import http.server
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

import yaml

from monitor.storage.postgresql.lease_row import TABLE
from tests.acceptance.test_reload_alerts import BAD
from tests.kafka.broker import free_ports
from tests.kafka.proxy import Proxy
from tests.postgresql import Cluster

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-for-tests-only"
SECRET = "whsec_" + "QmVhcndhdGNoIHRlc3RzIG9ubHkgLSAzMiBieXRlcyE="
READY_S = 120.0
COMPANIES = [f"Quor{a}{b}x" for a in "bdfgklmnp" for b in "aeiou"]

AUDIT = """
CREATE TABLE noted (at timestamptz, session text, owner text, epoch bigint, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    INSERT INTO noted SELECT clock_timestamp(), current_setting('application_name'),
        'bearwatch lease ' || epoch || ' ' || left(token::text, 8), epoch, TG_TABLE_NAME FROM bearwatch_lease;
    RETURN NULL;
END $$;
DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        AND tablename NOT IN ('noted', 'bearwatch_lease', 'alembic_version') LOOP
        EXECUTE format('CREATE TRIGGER noting AFTER INSERT OR UPDATE OR DELETE ON %I EXECUTE FUNCTION note()', t);
    END LOOP;
END $$
"""


class Receiver:
    """A webhook's endpoint and an Alertmanager, in a thread. told: (delivery id, body) of each POST to the webhook."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.posts: list[tuple[list[dict[str, Any]], float]] = []
        told, posts = self.told, self.posts

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.path == "/hook":
                    told.append((unquote(self.headers["webhook-id"]), body.decode()))
                else:
                    posts.append((json.loads(body), time.monotonic()))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Watcher:
    """One of the two: `bearwatch run --standby`."""

    def __init__(self, folder: Path, name: str, given: dict[str, Any], proxy: Proxy) -> None:
        self.name = name
        self.proxy = proxy
        (self.port,) = free_ports(1)
        self.config = folder / f"{name}.yaml"
        self.given = {**given, "web": {"port": self.port}}
        self.write()
        self._log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def write(self) -> None:
        self.config.write_text(yaml.safe_dump(self.given), encoding="utf-8")

    def start(self, *more: str, **env: str) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run", "-c", str(self.config), *(more or ("--standby",))],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
            )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self, seconds: float = 60.0) -> int:
        assert self.process is not None
        return self.process.wait(seconds)

    def get(self, path: str, seconds: float = 5.0) -> tuple[int, str]:
        """Status and body; (0, "") where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def has_it(self) -> bool:
        return self.get("/readyz") == (200, "ready\n")

    def stands_by(self) -> bool:
        status, text = self.get("/readyz?standbyok=true")
        return status == 200 and text.startswith("standing by: ")

    def metric(self, name: str) -> list[float]:
        text = self.get("/metrics")[1]
        return [float(value) for value in re.findall(rf"(?m)^{name}{{[^}}]*}} (\S+)$", text)]

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it logged of this event."""
        text = self._log.read_text("utf-8", "replace") if self._log.is_file() else ""
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]

    def log(self, chars: int = 3_000) -> str:
        return self._log.read_text("utf-8", "replace")[-chars:] if self._log.is_file() else ""


class Pair:
    """Both, their database, their receiver, and whoever sends them news."""

    def __init__(self, folder: Path, cluster: Cluster, *, lease: str) -> None:
        self.cluster = cluster
        self.database = cluster.create()
        with cluster.connect(self.database) as admin:
            admin.execute("DO $$ BEGIN CREATE ROLE watcher LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
            admin.execute(f"ALTER DATABASE {self.database} OWNER TO watcher")
        self.receiver = Receiver()
        own = folder / "own.csv"
        # Each of a sector of its own: else the first sector's page would tell of them all.
        rows = [
            f"sector.{name.lower()}-makers,{name} makers,,sector,{name.lower()}-makers\n"
            f"xx.{name.lower()},{name},,company,{name.lower()}-makers"
            for name in COMPANIES
        ]
        own.write_text("\n".join(["id,name,aliases,kind,sector", *rows]) + "\n", encoding="utf-8")
        self.both = []
        for name in ("a", "b"):
            proxy = Proxy(cluster.port).__enter__()
            given = {
                "store": {
                    "url": cluster.tcp(self.database, proxy.port, "watcher"),
                    "folder": str(folder / name),
                    "lease": lease,
                },
                "model": {"path": "fast"},
                "log": {"format": "json"},
                "watchlist": {"files": [str(own)]},
                "detection": {"min_history": "0s", "min_publishers": 2},
                "sources": {"rss": {"feeds": []}, "push": {"enabled": True, "token": TOKEN, "scope": "finance"}},
                "alerts": {
                    "allow_hosts": ["127.0.0.1"],
                    "webhooks": [{"name": "desk", "url": f"{self.receiver.url}/hook", "secret": SECRET}],
                    "alertmanagers": [{"name": "am", "url": self.receiver.url}],
                    "labels": {"sender": name},  # in earnest they say the same: here it shows who sent what
                },
            }
            self.both.append(Watcher(folder, name, given, proxy))
        self.accepted: set[str] = set()
        self._struck: queue.SimpleQueue[list[dict[str, Any]]] = queue.SimpleQueue()
        self._over = threading.Event()
        self._pusher = threading.Thread(target=self._push, daemon=True)
        self._companies = iter(COMPANIES)

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self) -> None:
        self.both[0].start()
        self.until(self.both[0].has_it)
        with self.cluster.connect(self.database) as admin:
            admin.execute(AUDIT)
        self.both[1].start()
        self.until(self.both[1].stands_by)
        self._pusher.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for watcher in self.both:
            if watcher.alive:
                watcher.signal(signal.SIGCONT)
                watcher.signal(signal.SIGKILL)
                watcher.wait()
        if self._pusher.is_alive():
            self._pusher.join(30)
        for watcher in self.both:
            watcher.proxy.__exit__()
        self.receiver.close()
        self.cluster.drop(self.database)

    # --- the news

    def strike(self) -> str:
        """Bad news of a company that had none; its name. It comes in with what follows."""
        company = next(self._companies)
        now = time.time_ns() // 1_000_000
        self._struck.put(
            [
                {
                    "id": f"{company}-{n}",
                    "title": text.format(company),
                    "publisher": f"p{n}.example",
                    "published_at": now,
                }
                for n, text in enumerate(BAD)
            ]
        )
        return company

    def _push(self) -> None:
        """To whoever takes it, again until somebody did; both are asked as a load balancer would."""
        number = 0
        waiting: list[dict[str, Any]] = []
        while not self._over.is_set():
            if not waiting:
                number += 1
                title = f"Lufthansa cancels {number} flights as pilots strike in {number % 7} cities"
                struck = [] if self._struck.empty() else self._struck.get()
                waiting = [*struck, {"id": f"n{number}", "title": title, "published_at": time.time_ns() // 1_000_000}]
            for watcher in self.both:
                if _taken(watcher.port, waiting):
                    self.accepted.update(f"push:{article['id']}" for article in waiting)
                    waiting = []
                    break
            else:
                self._over.wait(0.05)

    # --- what is the case

    @property
    def holder(self) -> Watcher:
        (found,) = [watcher for watcher in self.both if watcher.alive and watcher.has_it()]
        return found

    def other(self, watcher: Watcher) -> Watcher:
        return self.both[1 - self.both.index(watcher)]

    def until(self, holds: Callable[[], object], seconds: float = READY_S) -> float:
        """Seconds until it holds; other processes' progress, to be seen only where they show it."""
        began = time.monotonic()
        while not holds():
            tail = "".join(f"\n--- {watcher.name}\n{watcher.log()}" for watcher in self.both)
            assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {tail}"
            time.sleep(0.02)
        return time.monotonic() - began

    def settle(self) -> tuple[Watcher, Watcher]:
        """The holder and the standby, once each is what it is; whoever has ended is started again."""
        for watcher in self.both:
            if not watcher.alive:
                watcher.start()
        self.until(lambda: sorted((w.has_it(), w.stands_by()) for w in self.both) == [(False, True), (True, False)])
        holder = self.holder
        return holder, self.other(holder)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, by the server itself, past the proxies."""
        with self.cluster.connect(self.database) as admin:
            return admin.execute(sql).fetchall()

    def epoch(self) -> int:
        return int(self.ask(f"SELECT epoch FROM {TABLE}")[0][0])

    def written_under(self, epoch: int) -> bool:
        """Whether the holder of that lease has committed a minute or an article."""
        return bool(self.ask(f"SELECT 1 FROM noted WHERE epoch = {epoch} AND what IN ('ticks', 'articles') LIMIT 1"))

    def sessions(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT pid, application_name, state FROM pg_stat_activity WHERE usename = 'watcher'")

    def stop_in_mid_transaction(self, watcher: Watcher) -> None:
        """SIGSTOP while the server waits in a transaction for what the process says next."""
        name = self.ask(f"SELECT 'bearwatch lease ' || epoch || ' ' || left(token::text, 8) FROM {TABLE}")[0][0]
        ask = f"SELECT 1 FROM pg_stat_activity WHERE application_name = '{name}' AND state = 'idle in transaction'"
        with self.cluster.connect(self.database) as admin:
            for _ in range(2_000):
                if admin.execute(ask).fetchone() is None:
                    continue
                watcher.signal(signal.SIGSTOP)
                os.waitpid(watcher.process.pid, os.WUNTRACED) if watcher.process else None
                time.sleep(0.02)  # what was on its way to the server has come
                if admin.execute(ask).fetchone() is not None:
                    return
                watcher.signal(signal.SIGCONT)
        raise AssertionError("the holder was never seen in mid-transaction")

    # --- what must hold

    def nobody_wrote_under_another_lease(self) -> Counter[int]:
        """How many statements were written under each lease."""
        strangers = self.ask("SELECT session, owner, what, at FROM noted WHERE session <> owner")
        assert strangers == [], f"zombie writes: {strangers[:5]}"
        return Counter(dict(self.ask("SELECT epoch, count(*) FROM noted GROUP BY 1")))

    def told(self) -> Counter[str]:
        """How often each delivery id has come."""
        return Counter(delivery for delivery, _ in self.receiver.told)

    def posts_of(self, watcher: Watcher, since: int = 0) -> int:
        """How many posts to the Alertmanager were its, of those after the first `since`."""
        posts = self.receiver.posts[since:]
        return sum(any(alert["labels"]["sender"] == watcher.name for alert in alerts) for alerts, _ in posts)

    def pages_of(self, company: str) -> set[str]:
        """Ids of what was told of it: as its own page, or as its sector's."""
        return {delivery for delivery, body in self.receiver.told if company in body}


def _taken(port: int, articles: list[dict[str, Any]]) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/articles",
        json.dumps(articles).encode(),
        {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
    )
    try:
        # A process that is stopped takes connections, and says nothing.
        with urllib.request.urlopen(request, timeout=2) as answer:
            return int(answer.status) == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except (OSError, http.client.HTTPException):
        return False
