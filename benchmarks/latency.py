"""From a headline to a webhook: the whole daemon, warm, at half the load that it can take.

Sixty companies, each with a sector of its own, so that no page covers another's. Of each three bad headlines arrive
from three publishers; the clock runs from the POST of the third, which tips it, to the signed webhook at the sink.
Cores taken by others are shown: where they grow after the daemon's rate was measured, "half load" was none.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from aiohttp import web
from rich.console import Console
from rich.table import Table

COMPANIES = 60
PAST_DAYS = 3
PAST_AN_HOUR = 20
FLOOD = 2_000
BETWEEN_S = 0.5  # one spike each
PULSE_S = 0.1  # the load comes in so many POSTs a second, as a feed's items do

_A = ("Or", "Vel", "Tar", "Bren", "Cal", "Dun", "Esk", "Far", "Gor", "Hal", "Ist", "Jor", "Kel", "Lor", "Mar")
_B = ("dane", "wick", "mont", "beck")
NAMES = [f"{a}{b}" for a in _A for b in _B][:COMPANIES]
BAD = (
    "{} files for bankruptcy after fraud probe widens",
    "Prosecutors raid {} headquarters, chief executive arrested",
    "{} shares collapse as auditor quits over missing millions",
)
DULL = ("opens branch in", "names manager for", "to sponsor chess club of", "moves office to", "publishes calendar of")


def measure(console: Console, folder: Path) -> None:
    """Prints the row."""
    token, secret = secrets.token_hex(24), "whsec_" + "QmVhcndhdGNoLWxhdGVuY3ktYmVuY2gtc2VjcmV0"
    asyncio.run(_measured(console, folder, token, secret))


async def _measured(console: Console, folder: Path, token: str, secret: str) -> None:
    arrived: dict[str, float] = {}

    async def sink(request: web.Request) -> web.Response:
        body = await request.json()
        arrived.setdefault(body["series"], time.perf_counter())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", sink)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    config = _configuration(folder, token, secret, port)
    _run(folder, "backfill", str(_past(folder)), "-c", str(config), "--no-cache")
    with _daemon(folder, config) as (address, daemon):
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as session:
            texts = _dull()
            begun = _Cores(daemon)
            capacity = await _flooded(session, address, texts)
            flooded = begun.others()
            load = asyncio.create_task(_loaded(session, address, texts, capacity / 2))
            await asyncio.sleep(3)
            begun = _Cores(daemon)
            sent = await _spiked(session, address)
            spiked = begun.others()
            await _all_in(arrived, sent)
            load.cancel()
            await asyncio.gather(load, return_exceptions=True)
    await runner.cleanup()
    waits = sorted(1_000 * (arrived[series] - at) for series, at in sent.items() if series in arrived)
    table = Table(title="From the POST of the headline that tips it to the signed webhook", title_justify="left")
    for column in ("load, articles/s (half of)", "spikes", "paged", "p50 ms", "p95 ms", "p99 ms", "most ms"):
        table.add_column(column, justify="right")
    cuts = statistics.quantiles(waits, n=100, method="inclusive") if len(waits) > 1 else [0.0] * 99
    shown = [f"{value:.0f}" for value in (cuts[49], cuts[94], cuts[98], waits[-1] if waits else 0.0)]
    table.add_row(f"{capacity / 2:.0f} ({capacity:.0f})", str(len(sent)), str(len(waits)), *shown)
    console.print(table)
    console.print(f"Others' cores: {flooded} while the rate was measured, {spiked} during the spikes")


class _Cores:
    """From its making on: what the machine did for neither us nor the daemon, in cores; Linux only."""

    def __init__(self, daemon: int) -> None:
        self._daemon = daemon
        self._began = (time.perf_counter(), self._seconds())

    def others(self) -> str:
        (then, before), now = self._began, self._seconds()
        if before is None or now is None:
            return "unknown"
        return f"{(now - before) / (time.perf_counter() - then):.1f}"

    def _seconds(self) -> float | None:
        try:
            user, nice, system = map(int, Path("/proc/stat").read_text("ascii").split()[1:4])
            ours = Path(f"/proc/{self._daemon}/stat").read_text("utf-8").rpartition(")")[2].split()
        except (OSError, ValueError):
            return None
        ticks = user + nice + system - int(ours[11]) - int(ours[12])  # its utime and stime: proc(5)
        return ticks / os.sysconf("SC_CLK_TCK") - time.process_time()


async def _flooded(session: aiohttp.ClientSession, address: str, texts: Iterator[str]) -> float:
    """Articles a second that the daemon commits when more come than it takes."""
    before, start = await _committed(session, address), time.perf_counter()
    waiting = FLOOD
    while waiting:
        step = min(waiting, 200)
        await _post(session, address, [_item(next(texts), "load.example") for _ in range(step)])
        waiting -= step
    while await _committed(session, address) < before + FLOOD:  # noqa: ASYNC110  (metrics can only be asked)
        await asyncio.sleep(0.05)
    return FLOOD / (time.perf_counter() - start)


async def _loaded(session: aiohttp.ClientSession, address: str, texts: Iterator[str], rate: float) -> None:
    """Dull news at that rate until cancelled, however long a POST takes."""
    start, given = time.perf_counter(), 0
    while True:
        due = int((time.perf_counter() - start) * rate) - given
        if due > 0:
            await _post(session, address, [_item(next(texts), "load.example") for _ in range(due)])
            given += due
        await asyncio.sleep(PULSE_S)


async def _spiked(session: aiohttp.ClientSession, address: str) -> dict[str, float]:
    """Series -> when the article that tips it was sent."""
    sent = {}
    for number, name in enumerate(NAMES):
        for k, text in enumerate(BAD):
            if k == len(BAD) - 1:
                await asyncio.sleep(BETWEEN_S)
                sent[f"entity:bench.c{number}"] = time.perf_counter()
            await _post(session, address, [_item(text.format(name), f"wire{k}.example")])
    return sent


async def _all_in(arrived: dict[str, float], sent: dict[str, float]) -> None:
    deadline = time.perf_counter() + 20
    while not sent.keys() <= arrived.keys() and time.perf_counter() < deadline:  # noqa: ASYNC110  (or never)
        await asyncio.sleep(0.1)


async def _post(session: aiohttp.ClientSession, address: str, items: list[dict[str, str]]) -> None:
    """Tried again for as long as the daemon says that it is full."""
    body = "".join(json.dumps(item) + "\n" for item in items)
    while True:
        async with session.post(f"{address}api/v1/articles", data=body) as response:
            if response.status < 300:
                return
            if response.status not in (429, 503):
                raise RuntimeError(f"{response.status}: {await response.text()}")
        await asyncio.sleep(0.05)


async def _committed(session: aiohttp.ClientSession, address: str) -> int:
    async with session.get(f"{address}metrics") as response:
        text = await response.text()
    found = re.findall(r'^bearwatch_articles_total\{outcome="live",source="push"\} (\S+)', text, re.MULTILINE)
    return int(float(found[0])) if found else 0


def _item(title: str, publisher: str) -> dict[str, str]:
    return {"title": title, "publisher": publisher, "published_at": _iso(time.time())}


def _dull() -> Iterator[str]:
    number = 0
    while True:
        place, other = f"Quay{number % 977:03d}", f"Vale{number * 7 % 1_009:03d}"
        yield f"Municipal library of {place} {DULL[number % len(DULL)]} {other} number {number}"
        number += 1


def _past(folder: Path) -> Path:
    """Three days of dull news that end now: what is usual has been learnt."""
    path, texts, now = folder / "past.jsonl", _dull(), time.time()
    count = PAST_DAYS * 24 * PAST_AN_HOUR
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            at = now - (count - number) * 3_600 / PAST_AN_HOUR
            file.write(json.dumps({**_item("Past: " + next(texts), "past.example"), "published_at": _iso(at)}) + "\n")
    return path


def _configuration(folder: Path, token: str, secret: str, port: int) -> Path:
    watchlist = folder / "companies.csv"
    rows = [f"sector.bench{n},sector,Bench {n},bench{n}" for n in range(COMPANIES)]
    rows += [f"bench.c{n},company,{name},bench{n}" for n, name in enumerate(NAMES)]
    watchlist.write_text("id,kind,name,sector\n" + "\n".join(rows) + "\n", encoding="utf-8")
    config = {
        "store": {"url": f"sqlite:///{folder}/latency.db"},
        "sources": {"rss": {"feeds": []}, "push": {"enabled": True, "token": token, "scope": "finance"}},
        "watchlist": {"files": [str(watchlist)]},
        "alerts": {
            "allow_hosts": ["127.0.0.1"],
            "webhooks": [{"name": "sink", "url": f"http://127.0.0.1:{port}/", "secret": secret}],
        },
        "web": {"port": 0},
    }
    path = folder / "latency.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    return path


def _run(folder: Path, *arguments: str) -> None:
    with (folder / "latency.log").open("ab") as log:
        subprocess.run([sys.executable, "-m", "monitor", *arguments], check=True, stderr=log, env=_environment(folder))


@contextmanager
def _daemon(folder: Path, config: Path) -> Iterator[tuple[str, int]]:
    """The daemon's address, once it is ready, and its process."""
    with (folder / "latency.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run", "-c", str(config)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=_environment(folder),
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError((folder / "latency.log").read_text("utf-8")[-2_000:])
        yield line.split()[-1], process.pid
    finally:
        process.terminate()
        process.wait(30)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder)}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
