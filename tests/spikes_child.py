"""A child process with the daemon's own store, wiring and Alertmanager sender, and spikes that come by command.

    python -m tests.spikes_child STORE CONFIG

Lines on stdin are JSON, `{"do": "open", "spike": ..., "at": ms, "severity": ...}`; each is committed as the fold
commits a transition, then answered by a line. A killed child leaves what a killed daemon leaves.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from monitor.alerts.evidence import Circumstances, Ledger, alert_body
from monitor.config import load_config
from monitor.detection.spikes import OpenSpike, Told
from monitor.endpoints import running_alertmanagers
from monitor.records import Alert, Spike
from monitor.storage import queries
from monitor.storage.effects import Effects, OutboxRow, outbox_id
from monitor.storage.store import Store
from monitor.telemetry.logs import set_up_logs
from monitor.telemetry.metrics import Metrics

STATUS = {"open": "firing", "close": "resolved"}


def opened(spike_id: str, at: int, severity: str) -> OpenSpike:
    spike = Spike(
        id=spike_id,
        series=spike_id.partition("@")[0],
        opened_at=at,
        closed_at=None,
        by="surprise",
        window=1,
        n=9,
        stories=12,
        expected=1 / 6,
        surprise=7.2,
        threshold=4.1,
        cusum=1.0,
        cusum_threshold=6.0,
        severity=severity,
        gates=(),
        evidence=("a", "b"),
        publishers=3,
    )
    return OpenSpike(spike, None, 9, 7.2, told=Told(1, 9, 12, 1 / 6, 7.2, (0, 1), 3, spike.evidence))


def transition(store: Store, command: dict[str, Any], endpoints: list[str]) -> Effects:
    """What the fold would commit: the spike's new state, its alert, and a row for each endpoint."""
    at, do = command["at"], command["do"]
    held = store.read(queries.spike, command["spike"])
    if do == "open":
        held = opened(command["spike"], at, command["severity"])
    assert held is not None
    if do in ("grow", "escalate"):
        severity = "critical" if do == "escalate" else held.spike.severity
        held = replace(
            held,
            spike=replace(held.spike, severity=severity),
            peak_n=2 * held.peak_n,
            told=replace(held.told, n=2 * held.told.n),
            updates=held.updates + 1,
        )
    if do == "close":
        held = replace(held, spike=replace(held.spike, closed_at=at))
    status = STATUS.get(do, f"update-{held.updates}")
    about = Circumstances(at, "Alpha Bank", [], [], Ledger(at), "0" * 16, "1" * 16, "2" * 16)
    body = alert_body(held, status, about)
    alert = Alert(held.spike.id, status, at, held.spike.severity, body)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    rows = [OutboxRow(outbox_id(alert, name), alert.id, name, text, at, at) for name in endpoints]
    return Effects(spikes=[held], alerts=[alert], outbox=rows)


async def main(path: Path, configuration: Path) -> None:
    config = load_config(configuration, {})
    set_up_logs("info", "console")  # to stderr: stdout is the answers'
    endpoints = [given.name for given in config.alerts.alertmanagers]
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin.buffer)
    with Store.open(path, holder="spikes") as store:
        async with running_alertmanagers(config, store, Metrics(CollectorRegistry())) as sender:
            serving = asyncio.create_task(sender.run())
            print("ready", flush=True)
            while line := await commands.readline():
                await store.commit_async(transition(store, json.loads(line), endpoints))
                sender.wake()
                print("done", flush=True)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
