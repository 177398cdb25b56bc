"""How much a shadow that works as hard as it can slows the live watch: `python -m benchmarks.shadow [STORE]`.

A daemon takes the same number of pushed articles alone and beside a shadow that reads its past by another model, in
turns within one run; the figure is the ratio of the times, which a busy machine leaves nearly as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROUNDS = 5
BATCHES, OF = 4, 50
TOKEN = "a-token-for-this-only"


def measured(past: Path | None) -> dict[str, float]:
    """Seconds of each kind, medians, and their ratio. past: a store to begin with; None makes the demonstration's."""
    with tempfile.TemporaryDirectory(prefix="bearwatch-shadow-") as name:
        folder = Path(name)
        if past is None:
            _bearwatch("demo", "--store", name, "--minutes", "0", "--stop-at-end").wait()
        else:
            shutil.copy(past, folder / "demo.db")
        config = folder / "bearwatch.yaml"
        push = {"enabled": True, "token": TOKEN, "scope": "finance"}
        given = {
            "store": {"url": f"sqlite:///{folder}/demo.db"},
            "web": {"port": 0},
            "sources": {"rss": {"feeds": []}, "push": push},
        }
        config.write_text(json.dumps(given), encoding="utf-8")
        daemon = _bearwatch("run", "-c", config)
        try:
            address = _said(daemon, r"http://\S+/")
            alone, beside = [], []
            _pushed(address, 0)  # the first batches warm it up
            for number in range(ROUNDS):
                alone.append(_pushed(address, 2 * number + 1))
                own = folder / f"own{number}.db"
                shadow = _bearwatch("shadow", "run", "-c", config, "--model", "fast", "--store", own)
                _said(shadow, r"shadow is at")  # from here on it scores five thousand headlines
                beside.append(_pushed(address, 2 * number + 2))
                print(f"alone {alone[-1]:.2f} s, beside {beside[-1]:.2f} s", file=sys.stderr)
                busy = shadow.poll() is None
                shadow.kill()
                shadow.communicate()
                if not busy:
                    raise RuntimeError("the shadow had ended: nothing was measured")
        finally:
            daemon.kill()
            daemon.communicate()
    ratio = statistics.median(b / a for a, b in zip(alone, beside, strict=True))
    return {
        "articles": float(BATCHES * OF),
        "alone_s": round(statistics.median(alone), 3),
        "beside_s": round(statistics.median(beside), 3),
        "ratio": round(ratio, 3),
    }


def _bearwatch(*argv: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "monitor", *map(str, argv)]
    env = {**os.environ, "BEARWATCH_WEB__PORT": "0"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)


def _said(process: subprocess.Popen[str], pattern: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[0]
    raise RuntimeError("it ended before it had begun")


def _pushed(address: str, turn: int) -> float:
    """Seconds until so many articles are committed."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    began = time.monotonic()
    for batch in range(BATCHES):
        numbers = range((turn * BATCHES + batch) * OF, (turn * BATCHES + batch + 1) * OF)
        lines = [
            {
                "id": f"s{n}",
                "title": f"Firm {n * 7919 % 99_991} tells of plan {n} in town {n * 31 % 9_973}",
                "published_at": now,
            }
            for n in numbers
        ]
        request = urllib.request.Request(
            f"{address}api/v1/articles",
            json.dumps(lines).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
        )
        urllib.request.urlopen(request, timeout=120).read()
    return time.monotonic() - began


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
