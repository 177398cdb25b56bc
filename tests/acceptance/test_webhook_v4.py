"""Our webhook in Alertmanager's shape is what a real Alertmanager would have posted of the same alert."""

from __future__ import annotations

import json
import queue
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.alerts.standing_payload import Style, postable
from monitor.alerts.webhook_v4 import fingerprint, version_4
from monitor.records import Alert
from monitor.sample import sample_body
from tests.alertmanagers import Instance, need

pytestmark = pytest.mark.slow
STYLE = Style({"site": "london"}, "https://bearwatch.example", "https://runbooks.example/spike")


def shape(value: Any) -> Any:
    """Types by name, one of each list."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in sorted(value.items())}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_a_receiver_of_alertmanagers_webhook_takes_ours_for_one(tmp_path: Path) -> None:
    need("prometheus-alertmanager")
    got: queue.Queue[dict[str, Any]] = queue.Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = tmp_path / "am.yml"
    route = {"receiver": "desk", "group_by": ["alertname", "spike"], "group_wait": "0s", "group_interval": "1s"}
    hook = {"url": f"http://127.0.0.1:{server.server_port}/", "send_resolved": True}
    config.write_text(yaml.safe_dump({"route": route, "receivers": [{"name": "desk", "webhook_configs": [hook]}]}))
    instance = Instance(tmp_path, config, "am")
    now = int(time.time()) * 1_000
    firing = sample_body(now - 60_000)
    resolved = {**firing, "status": "resolved", "closed_at": firing["at"]}
    try:
        instance.start()
        instance.wait_ready()
        for status, body in (("firing", firing), ("resolved", resolved)):
            told = [Alert(str(firing["id"]), "firing", now - 60_000, "warning", firing)]
            if status == "resolved":
                told.append(Alert(str(firing["id"]), "resolved", now, "warning", body))
            data = json.dumps(postable(told, now, STYLE)).encode()
            request = urllib.request.Request(
                f"{instance.url}/api/v2/alerts", data, {"content-type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert answer.status == 200
            theirs = got.get(timeout=20)
            ours = version_4(body, "desk", STYLE)
            assert shape(ours) == shape(theirs)
            for name in ("version", "status", "receiver", "groupLabels", "commonLabels", "groupKey", "truncatedAlerts"):
                assert ours[name] == theirs[name], name
            (mine,), (its,) = ours["alerts"], theirs["alerts"]
            for name in ("status", "labels", "annotations", "generatorURL"):
                assert mine[name] == its[name], name
            assert fingerprint(mine["labels"]) == its["fingerprint"]  # ours leaves the severity out
            assert mine["startsAt"] == its["startsAt"].replace(".000", "")
    finally:
        instance.close()
        server.shutdown()
        server.server_close()
