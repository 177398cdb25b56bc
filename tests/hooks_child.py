"""A process that commits alerts and sends them by webhook, to be killed: the daemon's own store, outbox and notifier.

python -m tests.hooks_child STORE URL TRANSITIONS. Which transition comes next is read from the store, so that a restart
goes on; only the pauses between tries are its own, milliseconds instead of hours.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from sqlalchemy import func, select

from monitor.alerts.outbox import Outbox
from monitor.alerts.webhook import Webhook
from monitor.endpoints import outgoing_session
from monitor.records import Alert
from monitor.storage import schema
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.effects import Effects, OutboxRow, outbox_id
from monitor.storage.store import Store
from monitor.telemetry.logs import set_up_logs

NAME, SECRET = "desk", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="
COURSE = ("firing", "update-1", "resolved")
BETWEEN_S = 0.01
PATIENCE_S = 0.2  # of the sender with an answer


def transition(number: int, now: int) -> Effects:
    """The number-th of all: each spike runs its course, four of them side by side."""
    block, place = divmod(number, 4 * len(COURSE))
    spike, turn = f"entity:a{block * 4 + place % 4}@1#ab", place // 4
    body = {"id": spike, "status": COURSE[turn], "n": number, "title": "“停牌” ünïcode"}
    alert = Alert(spike, COURSE[turn], now, "warning", body)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return Effects(alerts=[alert], outbox=[OutboxRow(outbox_id(alert, NAME), spike, NAME, text, now, now, turn)])


def soon(tries: int, jitter: float, retry_after: float | None = None) -> int | None:
    """Never the last one: what is proved here is that nothing is lost, not when it is given up."""
    return round(min(20 * 2 ** min(tries, 4), 200) * (0.5 + jitter))


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def main(path: Path, url: str, count: int) -> None:
    set_up_logs("error", "console")  # to stderr: a pipe that nobody reads would stop us
    with Store.open(path) as store:
        async with outgoing_session(allow_private=True) as session:
            hook = Webhook(NAME, url, secrets=[SECRET], session=session, clock=now_ms, timeout_s=PATIENCE_S)
            outbox = Outbox(StoredOutbox(store), [hook], clock=now_ms, delays=soon)
            serving = asyncio.create_task(outbox.run())
            print("up", flush=True)
            done = store.read(lambda db: db.execute(select(func.count()).select_from(schema.alerts)).scalar_one())
            for number in range(done, count):
                await store.commit_async(transition(number, now_ms()))
                outbox.wake()
                await asyncio.sleep(BETWEEN_S)
            await serving


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
