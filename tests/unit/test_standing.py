"""What stands reaches every Alertmanager, whatever the others, one bad alert or the store do."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.standing import RESEND_S, AlertmanagerSender
from monitor.alerts.standing_payload import FIRING_MS, Style
from monitor.alerts.standing_round import RESOLVED_MS, Rounds
from monitor.errors import StoreUnavailableError
from monitor.records import MINUTE_MS, Alert
from monitor.storage import mutes, queries
from monitor.storage.standing import StoredStanding
from monitor.storage.store import Store
from tests.fakes_alertmanager import FakeAlertmanager, alertmanager, refusing, status
from tests.spikes_child import transition

NOON = 1_700_049_600_000
ONE, TWO, THREE = (f"entity:alpha{n}@28334160#0000000{n}" for n in (1, 2, 3))


class Time:
    """A clock that stands until it is set; minutes since noon."""

    def __init__(self) -> None:
        self.minute = 0.0

    def __call__(self) -> int:
        return NOON + round(self.minute * MINUTE_MS)


class Rig:
    """One store, one clock, instances before fake servers, and the rounds that tell them."""

    def __init__(self, store: Store, session: aiohttp.ClientSession) -> None:
        self.store, self.session, self.clock = store, session, Time()
        self.names: list[str] = []
        self.seen: list[tuple[str, str]] = []

    def do(self, what: str, spike: str, severity: str = "warning", ago: int = 0) -> None:
        """ago: how many minutes the news' own clock is behind the wall's."""
        command = {"do": what, "spike": spike, "at": self.clock() - ago * MINUTE_MS, "severity": severity}
        self.store.commit(transition(self.store, command, self.names))

    def instance(self, name: str, server: FakeAlertmanager, timeout_s: float = 2.0) -> Alertmanager:
        self.names.append(name)
        return Alertmanager(
            name, server.url, session=self.session, clock=self.clock, style=Style(), timeout_s=timeout_s
        )

    def rounds(self, instance: Alertmanager) -> Rounds:
        return Rounds(
            StoredStanding(self.store, self.clock),
            instance,
            clock=self.clock,
            observe=lambda *told: self.seen.append(told),
        )

    def rows(self, endpoint: str) -> dict[str, tuple[str, int, str]]:
        """`<spike>:<status>` -> status, tries, error of the endpoint's rows."""
        views = self.store.read(queries.deliveries)
        return {
            view.id.removesuffix(f":{endpoint}"): (view.status, view.tries, view.last_error)
            for view in views
            if view.endpoint == endpoint
        }


@asynccontextmanager
async def rig(folder: Path, count: int = 1) -> AsyncIterator[tuple[Rig, list[FakeAlertmanager]]]:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(alertmanager()) for _ in range(count)]
        store = stack.enter_context(Store.open(folder / "b.db"))
        yield Rig(store, await stack.enter_async_context(aiohttp.ClientSession())), servers


def spikes_of(sent: Sequence[dict[str, Any]]) -> list[str]:
    return sorted({alert["labels"]["spike"] for alert in sent})


def test_a_firing_alert_is_sent_twenty_times_before_it_would_resolve_itself() -> None:
    assert FIRING_MS == 20 * RESEND_S * 1_000
    assert RESOLVED_MS == 15 * MINUTE_MS


def test_an_open_spike_is_sent_in_every_round_and_its_rows_are_marked_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            made.do("open", ONE)
            for made.clock.minute in (0.0, 0.25, 0.5):
                assert await rounds.round(0) is None
            ends = [alert["endsAt"] for [alert] in server.taken]
            assert ends == ["2023-11-15T12:05:00Z", "2023-11-15T12:05:15Z", "2023-11-15T12:05:30Z"]
            assert {alert["startsAt"] for [alert] in server.taken} == {"2023-11-15T12:00:00Z"}
            assert made.rows("am") == {f"{ONE}:firing": ("sent", 1, "")}
            assert made.seen == [("am", "sent")]

    asyncio.run(scenario())


def test_an_end_is_told_for_fifteen_minutes_from_when_it_was_taken_by_a_restarted_daemon_too(tmp_path: Path) -> None:
    """An instance that was away while it was told, or forgot it, would page on."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            instance = made.instance("am", server)
            rounds = made.rounds(instance)
            made.do("open", ONE)
            await rounds.round(0)
            made.clock.minute = 60
            made.do("close", ONE)
            for made.clock.minute in (61, 70, 75.9):
                rounds = made.rounds(instance)  # it knows no more than the store
                await rounds.round(0)
                assert [alert["endsAt"] for alert in server.taken[-1]] == ["2023-11-15T13:00:00Z"]
            made.clock.minute = 76.1
            await rounds.round(0)
            assert server.taken[-1] == []
            assert {state for state, *_ in made.rows("am").values()} == {"sent"}

    asyncio.run(scenario())


def test_with_nothing_to_tell_the_instance_is_asked_all_the_same(tmp_path: Path) -> None:
    """Who learns that the pager is unreachable from the first spike learns it too late."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            assert await rounds.round(0) is None
            assert server.taken == [[]]
            server.answer = status(401)
            failed = await rounds.round(0)
            assert failed is not None and failed.reason == "http_401"

    asyncio.run(scenario())


def test_while_it_is_away_rows_wait_and_none_dies_while_the_spike_is_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            server.answer = status(503)
            made.do("open", ONE)
            for made.clock.minute in range(0, 60 * 24 * 14, 60 * 24):  # two weeks
                await rounds.round(0)
            assert made.rows("am") == {f"{ONE}:firing": ("pending", 14, "http_503")}
            server.answer = None
            await rounds.round(0)
            assert made.rows("am") == {f"{ONE}:firing": ("sent", 15, "")}
            assert server.taken[-1][0]["startsAt"] == "2023-11-15T12:00:00Z"

    asyncio.run(scenario())


def test_what_ended_untold_is_dead_after_fifteen_minutes_and_sent_no_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            server.answer = status(503)
            made.do("open", ONE)
            made.clock.minute = 60
            made.do("close", ONE)
            for made.clock.minute in (60, 74.9):
                await rounds.round(0)
            assert {state for state, *_ in made.rows("am").values()} == {"pending"}
            made.clock.minute = 75.1
            await rounds.round(0)
            assert {(state, error) for state, _, error in made.rows("am").values()} == {("dead", "not_taken")}
            server.answer = None
            await rounds.round(0)
            assert server.taken == [[]]

    asyncio.run(scenario())


def test_what_the_demonstrations_clock_closes_days_ago_is_told_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            made.do("open", ONE, ago=60 * 72)
            for made.clock.minute in (0, 30):  # a daemon that has long been running
                await rounds.round(0)
            made.clock.minute = 31
            made.do("close", ONE, ago=60 * 66)
            for made.clock.minute in (31, 45):
                await rounds.round(0)
                assert [alert["endsAt"] for alert in server.taken[-1]] == ["2023-11-12T18:31:00Z"]
            assert made.rows("am")[f"{ONE}:resolved"] == ("sent", 1, "")

    asyncio.run(scenario())


def test_a_closing_that_we_slept_through_has_its_fifteen_minutes_all_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            instance = made.instance("am", server)
            made.do("open", ONE)
            await made.rounds(instance).round(0)
            made.clock.minute = 60
            made.do("close", ONE)
            made.clock.minute = 60 * 24 * 3
            await made.rounds(instance).round(0)
            assert server.taken[-1][0]["endsAt"] == "2023-11-15T13:00:00Z"
            assert made.rows("am")[f"{ONE}:resolved"] == ("sent", 1, "")

    asyncio.run(scenario())


def test_an_opening_that_an_instance_only_hears_of_with_its_end_was_told_to_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            made.do("open", ONE)
            made.do("close", ONE)
            await rounds.round(0)
            assert made.rows("am") == {
                f"{ONE}:firing": ("dead", 1, "resolved_first"),
                f"{ONE}:resolved": ("sent", 1, ""),
            }

    asyncio.run(scenario())


def test_one_bad_alert_is_named_and_sinks_no_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            server.answer = refusing(TWO)
            for spike in (ONE, TWO, THREE):
                made.do("open", spike)
            with structlog.testing.capture_logs() as logs:
                assert await rounds.round(0) is not None
                assert await rounds.round(0) is not None
            assert [(log["alert"], log["detail"]) for log in logs if log["event"] == "alert_refused"] == [
                (TWO, '"invalid label set"')
            ]
            assert [spikes_of(sent) for sent in server.taken] == [[ONE], [THREE], [ONE, THREE]]
            rows = made.rows("am")
            assert rows[f"{ONE}:firing"] == rows[f"{THREE}:firing"] == ("sent", 1, "")
            assert rows[f"{TWO}:firing"] == ("pending", 2, "http_400")
            # It may have been a proxy's doing: once it is taken it goes with the others again.
            server.answer = None
            for _ in range(2):
                assert await rounds.round(0) is None
            assert spikes_of(server.taken[-1]) == [ONE, TWO, THREE]
            assert made.rows("am")[f"{TWO}:firing"] == ("sent", 3, "")

    asyncio.run(scenario())


def test_many_alerts_leave_in_batches_one_request_after_the_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            for number in range(150):
                made.do("open", f"entity:a{number}@28334160#0000000a")
            await rounds.round(0)
            assert [len(sent) for sent in server.taken] == [64, 64, 22]
            assert server.most == 1
            assert {state for state, *_ in made.rows("am").values()} == {"sent"}

    asyncio.run(scenario())


class Unreadable(StoredStanding):
    broken = False

    async def standing(self, endpoint: str, since: int) -> list[tuple[Alert, str]]:
        if self.broken:
            raise StoreUnavailableError("the disk is gone")
        return await super().standing(endpoint, since)

    async def settle(self, *given: Any, **more: Any) -> None:
        if self.broken:
            raise StoreUnavailableError("the disk is full")
        await super().settle(*given, **more)


def test_a_store_that_cannot_be_read_or_written_resolves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            store = Unreadable(made.store, made.clock)
            instance = made.instance("am", server)
            rounds = Rounds(store, instance, clock=made.clock, observe=lambda *told: made.seen.append(told))
            made.do("open", ONE)
            assert await rounds.round(0) is None
            store.broken = True
            made.clock.minute = 10
            assert await rounds.round(0) is None
            assert [alert["endsAt"] for alert in server.taken[-1]] == ["2023-11-15T12:15:00Z"]

    asyncio.run(scenario())


def test_what_was_taken_and_not_marked_is_marked_with_the_next_round(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            store = Unreadable(made.store, made.clock)
            rounds = Rounds(
                store,
                made.instance("am", server),
                clock=made.clock,
                observe=lambda *told: made.seen.append(told),
            )
            made.do("open", ONE)

            async def take(request: Any, alerts: Any) -> None:
                store.broken = True

            server.answer = take
            assert await rounds.round(0) is None
            assert made.rows("am") == {f"{ONE}:firing": ("pending", 0, "")}
            store.broken, server.answer = False, None
            assert await rounds.round(0) is None
            assert made.rows("am") == {f"{ONE}:firing": ("sent", 1, "")}

    asyncio.run(scenario())


def test_an_instance_whose_clock_is_far_off_is_complained_of_once(tmp_path: Path) -> None:
    """One that is five minutes ahead takes every alert for resolved, and says 200."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))  # its clock is the present, ours stands in 2023
            with structlog.testing.capture_logs() as logs:
                await rounds.round(0)
                await rounds.round(0)
            assert [log["event"] for log in logs if log["log_level"] == "error"] == ["alertmanager_clock"]

    asyncio.run(scenario())


async def serving(sender: AlertmanagerSender, until: Callable[[], Any]) -> None:
    task = asyncio.create_task(sender.run())
    try:
        async with asyncio.timeout(20):
            await until()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_one_that_hangs_and_one_that_refuses_keep_no_other_waiting(tmp_path: Path) -> None:
    async def hang(request: Any, alerts: Any) -> None:
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with rig(tmp_path, 3) as (made, [dead, broken, live]):
            dead.answer, broken.answer = hang, status(500)
            instances = [
                made.instance("dead", dead, 60.0),
                made.instance("broken", broken),
                made.instance("live", live),
            ]
            sender = AlertmanagerSender(
                StoredStanding(made.store, made.clock), instances, clock=made.clock, jitter=lambda: 0.0, resend_s=60.0
            )

            async def until() -> None:
                await live.until(lambda: len(live.taken) == 1)
                for number in range(5):
                    made.do("open", f"entity:a{number}@28334160#0000000a")
                    sender.wake()  # nothing else brings a round within a minute
                    await live.until(lambda number=number: len(live.taken[-1]) == number + 1)
                await broken.until(lambda: broken.asked >= 3)

            await serving(sender, until)
            assert dead.asked == 1 and dead.most == broken.most == live.most == 1

    asyncio.run(scenario())


def test_after_a_failure_it_is_tried_again_within_seconds_and_ever_more_slowly(tmp_path: Path) -> None:
    waits: asyncio.Queue[int] = asyncio.Queue()
    seen: list[int] = []

    class Noting(StoredStanding):
        async def settle(self, rows: Any, status: str, at: int, *, due_at: int | None, **more: Any) -> None:
            await super().settle(rows, status, at, due_at=due_at, **more)
            waits.put_nowait((due_at or at) - at)

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            server.answer = status(503)
            dice = itertools.cycle([0.0, 0.5])
            sender = AlertmanagerSender(
                Noting(made.store, made.clock),
                [made.instance("am", server)],
                clock=made.clock,
                jitter=lambda: next(dice),
            )
            made.do("open", ONE)

            async def until() -> None:
                while len(seen) < 7:
                    seen.append(await waits.get())
                    sender.wake()  # as a commit would

            await serving(sender, until)

    asyncio.run(scenario())
    assert seen == [500, 1_500, 2_000, 6_000, 7_500, 11_250, 7_500]


def test_rows_of_other_endpoints_and_of_old_spikes_are_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            made.names.append("desk")  # a webhook, which has a queue of its own
            rounds = made.rounds(made.instance("am", server))
            made.do("open", ONE)
            made.do("open", TWO)
            await rounds.round(0)
            made.clock.minute = 1
            made.do("close", ONE)
            await rounds.round(0)
            made.clock.minute = 30
            await rounds.round(0)
            assert spikes_of(server.taken[-1]) == [TWO]
            assert {state for state, *_ in made.rows("desk").values()} == {"pending"}

    asyncio.run(scenario())


def test_what_stands_is_found_by_indexes(tmp_path: Path) -> None:
    """It is read every 15 s for every instance: history must not be walked."""
    with Store.open(tmp_path / "b.db"):
        pass
    with sqlite3.connect(tmp_path / "b.db") as db:
        for condition in ("status = 'pending'", "updated_at >= 5 AND status = 'sent'"):
            plan = db.execute(
                f"EXPLAIN QUERY PLAN SELECT id, alert_id FROM outbox WHERE endpoint = 'a' AND {condition}"
            )
            assert all("USING INDEX" in str(step) for step in plan)


@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_a_spike_of_before_the_endpoint_was_configured_is_told_too(tmp_path: Path, severity: str) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            made.do("open", ONE, severity)
            await made.rounds(made.instance("am", server)).round(0)
            assert [alert["labels"]["severity"] for alert in server.taken[-1]] == [severity]

    asyncio.run(scenario())


def muting(made: Rig, series: str, minutes: float) -> None:
    until = made.clock() + round(minutes * MINUTE_MS)
    made.store.write_now(
        lambda db: mutes.add_mute(db, series, until=until, who="ann", why="known", at=made.clock(), via="cli")
    )


def test_what_a_mute_keeps_back_is_told_when_it_ends_and_its_rows_are_put_aside(tmp_path: Path) -> None:
    """Two hours of silence were asked for; an alert that is open after them is one that nobody has heard of."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            muting(made, ONE.partition("@")[0], 60)
            made.do("open", ONE)
            made.do("open", TWO)
            made.do("grow", ONE)
            for made.clock.minute in (1.0, 2.0):
                assert await rounds.round(0) is None
                assert spikes_of(server.taken[-1]) == [TWO]
            assert {row[0] for name, row in made.rows("am").items() if name.startswith(ONE)} == {"muted"}
            made.clock.minute = 60.0
            muting(made, TWO.partition("@")[0], 60)  # another series' mute holds nothing of this one
            assert await rounds.round(0) is None
            assert spikes_of(server.taken[-1]) == [ONE, TWO]

    asyncio.run(scenario())


def test_a_mute_over_an_alert_that_was_told_keeps_it_as_it_was_and_resolves_nothing(tmp_path: Path) -> None:
    """To fall silent would be a false resolve after five minutes; to go on is no new message to anybody."""

    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            made.do("open", ONE)
            assert await rounds.round(0) is None
            muting(made, ONE.partition("@")[0], 60)
            made.do("escalate", ONE)  # opens a second alert, which would page
            for made.clock.minute in (1.0, 7.0):
                assert await rounds.round(0) is None
                assert [(a["labels"]["spike"], a["labels"]["severity"]) for a in server.taken[-1]] == [(ONE, "warning")]
            made.clock.minute = 8.0
            made.do("close", ONE)  # its end is told: it was told of
            assert await rounds.round(0) is None
            assert [a["endsAt"] for a in server.taken[-1]] == ["2023-11-15T12:08:00Z"]

    asyncio.run(scenario())


def test_what_began_and_ended_under_a_mute_is_never_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with rig(tmp_path) as (made, [server]):
            rounds = made.rounds(made.instance("am", server))
            muting(made, ONE.partition("@")[0], 60)
            made.do("open", ONE)
            assert await rounds.round(0) is None
            made.do("close", ONE)
            for made.clock.minute in (1.0, 61.0):
                assert await rounds.round(0) is None
            assert all(spikes_of(sent) == [] for sent in server.taken)
            assert {row[0] for row in made.rows("am").values()} == {"muted"}

    asyncio.run(scenario())
