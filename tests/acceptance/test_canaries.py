"""Secrets stay secret: a canary in every secret option, looked for wherever the program says anything.

Every endpoint fails, and answers with all that it was sent: paths, headers, bodies, logins. What a server repeats must
not come to the log, the store or the page either.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import re
import signal
import socketserver
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from monitor.config import load_config
from monitor.config.faults import secret_options
from monitor.credentials import digest
from monitor.errors import ConfigError
from monitor.records import Alert
from monitor.storage.effects import Effects, OutboxRow, outbox_id
from monitor.storage.store import Store
from tests.kafka.certificate import make_certificate
from tests.store_samples import NOON, spike_row

pytestmark = pytest.mark.slow

DEADLINE_S = 60.0


def signing(word: str) -> str:
    return "whsec_" + base64.b64encode(f"canary-{word}-{'x' * 24}".encode()).decode()


CANARIES = {
    "store.password": "canary-store-password",
    "kafka.login.password": "canary-kafka-password",
    "sources.push.token": "canary-push-token",
    "alerts.alertmanagers[].basic_auth.password": "canary-am-password",
    "alerts.alertmanagers[].bearer_token": "canary-am-bearer",
    "alerts.webhooks[].url": "canary-hook-path",
    "alerts.webhooks[].secret": signing("hook"),
    "alerts.webhooks[].old_secret": signing("old"),
    "alerts.chat[].url": "canary-chat-path",
    "alerts.chat[].secret": "canary-chat-secret",
    "alerts.mail[].password": "canary-mail-password",
    "alerts.link_secret": "canary-link-secret-" + "x" * 32,
}
ADMIN = "bw_canary-admin-token"
ENDPOINTS = ("hook", "chat", "mail", "topic")


def needles() -> dict[str, bytes]:
    """What must be found nowhere: each canary, also as it travels."""
    found = {"an admin's token": ADMIN.encode()}
    for option, canary in CANARIES.items():
        text = canary.removeprefix("whsec_")
        found[option] = text.encode()
        found[f"{option}, base64"] = base64.b64encode(text.encode()).rstrip(b"=")[:-1]
        if canary.startswith("whsec_"):
            found[f"{option}, its bytes"] = base64.b64decode(text)
    for user, option in (("am", "alerts.alertmanagers[].basic_auth.password"), ("me", "alerts.mail[].password")):
        for pair in (f"{user}:{CANARIES[option]}", f"\0{user}\0{CANARIES[option]}"):
            found[f"{option} as a login {pair[0]!r}"] = base64.b64encode(pair.encode()).rstrip(b"=")[:-1]
    return found


class Echo(http.server.BaseHTTPRequestHandler):
    """Fails, with everything that it was sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        answer = f"{self.path}\n{self.headers}\n".encode() + body
        self.send_response(int(self.path.rpartition("-")[2]) if self.path[-3:].isdigit() else 500, "no")
        self.send_header("x-echo", self.path)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.server.asked.set()  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        pass


class EchoMail(socketserver.StreamRequestHandler):
    """Refuses every login with what it was told."""

    def handle(self) -> None:
        self.wfile.write(b"220 echo.example\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"EHLO":
                self.wfile.write(b"250-echo.example\r\n250 AUTH PLAIN LOGIN\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"535 5.7.8 no: " + line.strip() + b"\r\n")
                self.server.asked.set()  # type: ignore[attr-defined]


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[tuple[int, int, Path, list[threading.Event]]]:
    """HTTP's port, mail's (over TLS) and its certificate, and what tells that each was asked."""
    certificate = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_key)
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), EchoMail)
    mail.socket = context.wrap_socket(mail.socket, server_side=True)
    for server in (web, mail):
        server.asked = threading.Event()  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        asked = [server.asked for server in (web, mail)]  # type: ignore[attr-defined]
        yield web.server_address[1], mail.server_address[1], certificate.trusted, asked
    finally:
        for server in (web, mail):
            server.shutdown()
            server.server_close()


def configuration(folder: Path, form: str, http_port: int, mail_port: int, ca: Path) -> dict[str, Any]:
    """Every secret option with its canary; lists have an item each."""
    canary = CANARIES
    url = f"http://127.0.0.1:{http_port}"
    login = {"username": "am", "password": canary["alerts.alertmanagers[].basic_auth.password"]}
    bearer = canary["alerts.alertmanagers[].bearer_token"]
    hook = {
        "name": "hook",
        "url": f"{url}/{canary['alerts.webhooks[].url']}",
        "secret": canary["alerts.webhooks[].secret"],
        "old_secret": canary["alerts.webhooks[].old_secret"],
    }
    chat = {"name": "chat", "kind": "dingtalk", "url": f"{url}/robot?access_token={canary['alerts.chat[].url']}"}
    mail = {
        **{"name": "mail", "server": "127.0.0.1", "port": mail_port, "tls": "tls", "ca_file": str(ca)},
        **{"username": "me", "password": canary["alerts.mail[].password"], "sender": "a@b.example"},
        "to": ["c@d.example"],
    }
    return {
        "store": {"url": f"sqlite:///{folder}/canary.db", "password": canary["store.password"]},
        "log": {"level": "debug", "format": form},
        "web": {
            **{"port": 0, "public_url": "http://localhost/"},
            "tokens": [{"name": "root", "scope": "admin", "sha256": digest(ADMIN.encode())}],
        },
        "kafka": {"servers": ["127.0.0.1:1"], "login": {"username": "k", "password": canary["kafka.login.password"]}},
        "sources": {"rss": {"feeds": []}, "push": {"enabled": True, "token": canary["sources.push.token"]}},
        "alerts": {
            "alertmanagers": [
                {"name": "am-1", "url": url, "basic_auth": login},
                {"name": "am-2", "url": url, "bearer_token": bearer},
            ],
            "webhooks": [hook],
            "chat": [{**chat, "secret": canary["alerts.chat[].secret"]}],
            "mail": [mail],
            "kafka": [{"name": "topic", "topic": "alerts"}],
            "allow_hosts": ["127.0.0.1"],
            "link_secret": canary["alerts.link_secret"],
        },
    }


def seeded(path: Path) -> str:
    """An open alert with a delivery to everybody; its id."""
    held = spike_row(1)
    body = {"id": held.spike.id, "series": "market", "label": "Market", "in_words": "nine", "severity": "warning"}
    alert = Alert(held.spike.id, "firing", NOON, "warning", {**body, "status": "firing", "opened_at": "then"})
    rows = [OutboxRow(outbox_id(alert, name), alert.id, name, json.dumps(alert.body), NOON, NOON) for name in ENDPOINTS]
    with Store.open(path) as store:
        store.commit(Effects(spikes=[held], alerts=[alert], outbox=rows))
    return held.spike.id


def command(config: Path, *argv: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *argv, "-c", str(config)],
        capture_output=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def ask(address: str, method: str = "GET", body: bytes | None = None, token: str = ADMIN) -> bytes:
    request = urllib.request.Request(address, body, {"authorization": f"Bearer {token}"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return str(answer.headers).encode() + (answer.read1(200) if "events" in address else answer.read())
    except urllib.error.HTTPError as error:
        return str(error.headers).encode() + error.read()


def everything_said(address: str, alert: str) -> dict[str, bytes]:
    """Every address of the API, well and ill asked."""
    it = f"{address}api/v1/alerts/{quote(alert, safe='')}"
    said = {path: ask(address + path) for path in ("metrics", "healthz", "readyz", "openapi.json", "", "nothing")}
    for path in ("board", "alerts", "stories", "series/market", "mutes", "audit", "audit?limit=x", "events"):
        said[path] = ask(f"{address}api/v1/{path}")
    said["the alert"] = ask(it)
    for token in CANARIES.values():
        said[f"a wrong token {token}"] = ask(it, token=token)
        said[f"a wrong login {token}"] = ask(f"{address}api/v1/articles", "POST", b"{}", token)
    said["a note"] = ask(f"{it}/answers", "POST", b'{"kind": "note", "value": "n", "who": "w"}')
    said["no note"] = ask(f"{it}/answers", "POST", b'{"kind": "?"}')
    said["a mute"] = ask(f"{address}api/v1/mutes", "POST", b'{"series":"topic:x","until":"1h","who":"w","why":"y"}')
    said["no article"] = ask(f"{address}api/v1/articles", "POST", b"[", CANARIES["sources.push.token"])
    said["an article"] = ask(f"{address}api/v1/articles", "POST", b'{"title": 1}', CANARIES["sources.push.token"])
    return said


def wait_for_tries(store: Path) -> None:
    """Until each endpoint was tried; its failure is then in the log and in the store."""
    deadline = time.monotonic() + DEADLINE_S
    waiting: set[str] = set(ENDPOINTS)
    while waiting:
        assert time.monotonic() < deadline, f"{waiting} were not tried"
        time.sleep(0.2)
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            waiting = {
                endpoint
                for (endpoint,) in db.execute("SELECT endpoint FROM outbox WHERE tries = 0 AND id LIKE '%:firing:%'")
            }


def test_every_secret_option_has_a_canary() -> None:
    assert set(secret_options()) == set(CANARIES)
    assert all(len(needle) > 12 for needle in needles().values())


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_said_or_kept_anywhere(tmp_path: Path, form: str) -> None:
    alert = seeded(tmp_path / "canary.db")
    config = tmp_path / "bearwatch.yaml"
    with servers(tmp_path) as (http_port, mail_port, ca, asked):
        config.write_text(yaml.safe_dump(configuration(tmp_path, form, http_port, mail_port, ca)), "utf-8")
        assert all(canary in config.read_text("utf-8") for canary in CANARIES.values())
        said = {"check --print": command(config, "check", "--print")}
        assert b"well: model" in said["check --print"]
        log = tmp_path / "log"
        with log.open("wb") as errors:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "monitor", "run", "-c", str(config)], stdout=subprocess.PIPE, stderr=errors
            )
        try:
            assert daemon.stdout is not None
            announced = daemon.stdout.readline()
            found = re.search(r"http://\S+/", announced.decode())
            assert found, log.read_text()
            said |= everything_said(found[0], alert)
            wait_for_tries(tmp_path / "canary.db")
            assert all(event.wait(DEADLINE_S) for event in asked)
            argvs = [("deliveries",), ("alert", "show", alert)]
            if form == "json":
                argvs += [("debug", "dump"), *(("alert", "test", "--to", name) for name in ("hook", "mail", "am-1"))]
            for argv in argvs:
                said[" ".join(argv)] = command(config, *argv)
            daemon.send_signal(signal.SIGUSR1)
            for path in ("metrics", "api/v1/board", "api/v1/audit"):
                said[f"{path} again"] = ask(found[0] + path)
            daemon.send_signal(signal.SIGTERM)
            said["stdout"] = announced + daemon.communicate(timeout=30)[0]
            assert daemon.returncode == 0
        finally:
            daemon.kill()
            daemon.communicate()
        said["log"] = log.read_bytes()
        said |= {path.name: path.read_bytes() for path in tmp_path.glob("canary.db*") if path.is_file()}

    assert b"Current thread" in said["log"] or b"Thread 0x" in said["log"]
    assert (
        b"http_500" in said["deliveries"]
        and b"http_refusals" in said["metrics"]
        and b"root" in said["api/v1/audit again"]
    )
    leaks = [(where, what) for where, text in said.items() for what, needle in needles().items() if needle in text]
    assert leaks == []


def test_no_secret_stands_in_what_is_said_of_a_wrong_configuration(tmp_path: Path) -> None:
    """Each canary where it is of the wrong kind, in the wrong place, beside its file, and under a name that is none."""
    config = tmp_path / "bearwatch.yaml"
    right = configuration(tmp_path, "json", 1, 1, Path(__file__))
    for option, canary in CANARIES.items():
        *above, name = option.replace("[]", "").split(".")
        wrong = ({name: [canary]}, {name: {canary: canary}}, {f"{name}s": canary}, {f"{name}_file": "bearwatch.yaml"})
        for change in wrong:
            given = json.loads(json.dumps(right))
            section = given
            for part in above:
                section = section[part]
                if isinstance(section, list):
                    section = section[-1 if name == "bearer_token" else 0]
            section.update(change)
            config.write_text(yaml.safe_dump(given), "utf-8")
            with pytest.raises(ConfigError) as caught:
                load_config(config, {"HOME": str(tmp_path)})
            assert canary.removeprefix("whsec_") not in str(caught.value), (option, str(caught.value))
