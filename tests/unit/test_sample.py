"""`bearwatch alert test` sends a marked sample to the endpoint that was named, and to no other."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as OfficialWebhook

from monitor.cli import run
from monitor.sample import sample_body
from tests.smtp_server import Box, smtp
from tests.unit.test_evidence import alerts, bad, warmed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="


@contextmanager
def sink(status: int = 200) -> Iterator[tuple[int, list[tuple[str, dict[str, str], bytes]]]]:
    got: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.path, dict(self.headers), body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"code":0}')

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        server.server_close()


def configured(folder: Path, port: int) -> Path:
    path = folder / "b.yaml"
    url = f"http://127.0.0.1:{port}"
    path.write_text(
        json.dumps(
            {
                "alerts": {
                    "allow_hosts": ["127.0.0.1"],
                    "webhooks": [
                        {"name": "desk", "url": f"{url}/desk", "secret": SECRET},
                        {
                            "name": "v4",
                            "url": f"{url}/v4",
                            "secret": SECRET,
                            "format": "alertmanager",
                        },
                    ],
                    "chat": [{"name": "hk", "kind": "feishu", "url": f"{url}/hk"}],
                    "alertmanagers": [{"name": "am", "url": url}],
                }
            }
        ),
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(("name", "path"), [("desk", "/desk"), ("v4", "/v4"), ("hk", "/hk"), ("am", "/api/v2/alerts")])
def test_a_sample_goes_to_the_endpoint_that_was_named_and_says_that_it_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, path: str
) -> None:
    with sink() as (port, got):
        assert run(["alert", "test", "--to", name, "-c", str(configured(tmp_path, port))]) == 0
    ((where, headers, body),) = got
    assert where == path and "SAMPLE" in body.decode()
    told = json.loads(capsys.readouterr().out)
    assert (told["endpoint"], told["outcome"], told["status"]) == (name, "sent", 200)
    if name in ("desk", "v4"):
        OfficialWebhook(SECRET).verify(body, {key.lower(): value for key, value in headers.items()})


def test_a_sample_goes_by_mail_and_says_so_in_the_desks_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box, path = Box(), tmp_path / "b.yaml"
    with smtp(box) as port:
        given = {"name": "night", "server": "127.0.0.1", "port": port, "tls": "none", "language": "zh"}
        ends = {"sender": "bw@bank.example", "to": ["desk@bank.example"]}
        path.write_text(json.dumps({"alerts": {"mail": [{**given, **ends}]}}), encoding="utf-8")
        assert run(["alert", "test", "--to", "night", "-c", str(path)]) == 0
    (got,) = box.mails
    text = got.get_body(("plain",))
    assert text is not None and "测试消息" in text.get_content() and "SAMPLE" in got["Subject"]
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["sha256"]) == ("sent", hashlib.sha256(box.bytes[0]).hexdigest())


def test_what_went_wrong_is_told_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sink(status=404) as (port, _):
        assert run(["alert", "test", "--to", "desk", "-c", str(configured(tmp_path, port))]) == 1
    assert json.loads(capsys.readouterr().out)["reason"] == "http_404"


def test_an_endpoint_that_does_not_exist_is_told_with_those_that_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["alert", "test", "--to", "pager", "-c", str(configured(tmp_path, 1))]) == 2
    told = capsys.readouterr().err
    assert "no endpoint 'pager'" in told and "am, desk, hk, v4" in told and len(told.splitlines()) == 1


def test_a_sample_has_every_field_of_an_alert() -> None:
    fold, now = warmed()
    for index in range(5):
        fold.article(bad(index, now + index, "ab"[index % 2] + ".example"), 0)
    body = alerts(fold)[0].body
    assert set(sample_body(0)) == {*body, "sample"}
    assert set(sample_body(0)["headlines"][0]) == set(body["headlines"][0])
