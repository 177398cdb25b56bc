"""The outbox over days of a virtual clock: order by alert, twelve tries over three days, and what 410 Gone ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from monitor.alerts.outbox import Outbox
from monitor.alerts.protocol import DeliveryError, Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.retry import TRIES
from monitor.records import HOUR_MS, MINUTE_MS, Alert
from monitor.storage import queries
from monitor.storage.deliveries import StoredOutbox, redrive
from monitor.storage.effects import Effects, OutboxRow, outbox_id
from monitor.storage.endpoints import remember_addresses
from monitor.storage.store import Store
from tests.examples import examples
from tests.postgresql import Place

NOON = 1_700_049_600_000


class Endpoint:
    """Answers as it is told, and keeps (time, id) of every request and of what it took."""

    def __init__(self, name: str, now: Callable[[], int], answer: Callable[[OutboxMessage, int], None]) -> None:
        self.name = name
        self.asked: list[tuple[int, str]] = []
        self.took: list[tuple[int, str]] = []
        self._now, self._answer = now, answer

    async def send(self, message: OutboxMessage) -> Outcome:
        self.asked.append((self._now(), message.id))
        self._answer(message, self._now())
        self.took.append((self._now(), message.id))
        return Outcome(200, "ab")


class Days:
    """A store and an outbox whose clock goes on to whatever is due next."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOON
        self.endpoints: list[Endpoint] = []

    def endpoint(self, answer: Callable[[OutboxMessage, int], None], name: str = "desk") -> Endpoint:
        self.endpoints.append(made := Endpoint(name, lambda: self.now, answer))
        return made

    def commit(self, spike: str, *statuses: str) -> None:
        alerts = [Alert(spike, status, self.now, "warning", {}) for status in statuses]
        known = len(self.store.read(lambda db: [v for v in queries.deliveries(db) if v.alert_id == spike]))
        turn = known // max(1, len(self.endpoints))
        rows = [
            OutboxRow(outbox_id(alert, e.name), spike, e.name, "{}", self.now, self.now, turn + place)
            for place, alert in enumerate(alerts)
            for e in self.endpoints
        ]
        self.store.commit(Effects(alerts=alerts, outbox=rows))

    def run(self, until: int) -> None:
        """Serves what is due, then sets the clock to what is due next, up to `until`."""
        rows = StoredOutbox(self.store)

        async def serve() -> None:
            moved = asyncio.Event()
            while True:
                outbox = Outbox(
                    rows,
                    self.endpoints,
                    clock=lambda: self.now,
                    jitter=lambda: 0.5,
                    observe=lambda endpoint, outcome: moved.set(),
                )
                serving = asyncio.create_task(outbox.run())
                while [e for e in self.endpoints if await rows.due(e.name, self.now, 1)]:
                    await moved.wait()
                    moved.clear()
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
                due = [at for e in self.endpoints if (at := await rows.next_due(e.name)) is not None]
                if not due or min(due) > until:
                    return
                self.now = max(self.now, min(due))

        asyncio.run(serve())
        self.now = until

    def status(self, delivery: str) -> tuple[str, int, str]:
        (view,) = [v for v in self.store.read(queries.deliveries) if v.id == delivery]
        return view.status, view.tries, view.last_error


@pytest.fixture
def days(place: Place):  # type: ignore[no-untyped-def]
    with Store.open(place("days")) as store:
        yield Days(store)


def refuses(error: DeliveryError) -> Callable[[OutboxMessage, int], None]:
    def answer(message: OutboxMessage, now: int) -> None:
        raise error

    return answer


def accepts(message: OutboxMessage, now: int) -> None:
    pass


def test_a_dead_endpoint_is_tried_twelve_times_over_more_than_76_hours_and_then_let_go(days: Days) -> None:
    endpoint = days.endpoint(refuses(Retryable("http_503", status=503)))
    days.commit("market@1#ab", "firing")
    days.run(NOON + 120 * HOUR_MS)
    times = [at for at, _ in endpoint.asked]
    assert len(times) == TRIES == 12 and times[-1] - times[0] >= 76 * HOUR_MS
    assert days.status("market@1#ab:firing:desk") == ("dead", 12, "http_503")


def test_what_came_in_an_outage_of_three_days_arrives_when_the_endpoint_is_back(days: Days) -> None:
    back = NOON + 72 * HOUR_MS

    def answer(message: OutboxMessage, now: int) -> None:
        if now < back:
            raise Retryable("connection: refused")

    endpoint = days.endpoint(answer)
    days.commit("market@1#ab", "firing")
    days.now = NOON + HOUR_MS
    days.commit("market@1#ab", "resolved")
    days.run(back + 31 * HOUR_MS)
    assert [name for _, name in endpoint.took] == ["market@1#ab:firing:desk", "market@1#ab:resolved:desk"]
    assert endpoint.took[0][0] < back + 30 * HOUR_MS * 1.2


def test_retry_after_is_waited_for(days: Days) -> None:
    asked = iter([Retryable("http_429", retry_after=1_800, status=429)])

    def answer(message: OutboxMessage, now: int) -> None:
        for error in asked:
            raise error

    endpoint = days.endpoint(answer)
    days.commit("market@1#ab", "firing")
    days.run(NOON + HOUR_MS)
    assert [at - NOON for at, _ in endpoint.asked] == [0, 30 * MINUTE_MS]


def test_an_end_waits_for_its_beginning_and_other_alerts_do_not(days: Days) -> None:
    def answer(message: OutboxMessage, now: int) -> None:
        # What comes after it would be taken at once.
        if message.id == "market@1#ab:firing:desk" and now < NOON + MINUTE_MS:
            raise Retryable("timeout")

    endpoint = days.endpoint(answer)
    days.commit("market@1#ab", "firing", "update-1", "resolved")
    days.commit("market@2#cd", "firing")
    days.run(NOON + HOUR_MS)
    assert endpoint.took[1][0] >= NOON + MINUTE_MS
    assert [name.rpartition(":")[0] for _, name in endpoint.took] == [
        "market@2#cd:firing",
        "market@1#ab:firing",
        "market@1#ab:update-1",
        "market@1#ab:resolved",
    ]


def test_a_beginning_that_died_holds_back_nothing(days: Days) -> None:
    endpoint = days.endpoint(lambda message, now: None)
    dies = days.endpoint(
        lambda message, now: (_ for _ in ()).throw(Final("http_400", 400)) if "firing" in message.id else None, "picky"
    )
    days.commit("market@1#ab", "firing", "resolved")
    days.run(NOON + HOUR_MS)
    assert len(endpoint.took) == 2 and [name for _, name in dies.took] == ["market@1#ab:resolved:picky"]


def test_after_410_nothing_is_asked_until_a_person_redrives(days: Days) -> None:
    gone = True

    def answer(message: OutboxMessage, now: int) -> None:
        if gone:
            raise Final("http_410", 410)

    endpoint, other = days.endpoint(answer), days.endpoint(accepts, "other")
    days.commit("market@1#ab", "firing")
    days.run(NOON + MINUTE_MS)
    days.commit("market@2#ab", "firing")
    days.run(NOON + HOUR_MS)
    assert len(endpoint.asked) == 1 and len(other.took) == 2
    assert days.status("market@1#ab:firing:desk") == ("dead", 1, "http_410")
    assert days.status("market@2#ab:firing:desk") == ("dead", 0, "gone")
    gone = False
    asyncio.run(days.store.write(lambda db: redrive(db, days.now, delivery_id="market@2#ab:firing:desk")))
    days.run(NOON + 2 * HOUR_MS)
    days.commit("market@3#ab", "firing")
    days.run(NOON + 3 * HOUR_MS)
    assert [name for _, name in endpoint.took] == ["market@2#ab:firing:desk", "market@3#ab:firing:desk"]


def test_a_new_address_enables_an_endpoint_that_was_gone_and_a_restart_does_not(days: Days) -> None:
    """Without it a desk that has moved, and says so in the configuration, would not be paged again."""
    gone = True

    def answer(message: OutboxMessage, now: int) -> None:
        if gone:
            raise Final("http_410", 410)

    def configured(address: str) -> list[str]:
        return asyncio.run(days.store.write(lambda db: remember_addresses(db, {"desk": address, "new": "x"})))

    endpoint = days.endpoint(answer)
    assert configured("one") == []
    days.commit("market@1#ab", "firing")
    days.run(NOON)
    gone = False
    assert configured("one") == []
    days.commit("market@2#ab", "firing")
    days.run(NOON + HOUR_MS)
    assert endpoint.took == [] and days.status("market@2#ab:firing:desk") == ("dead", 0, "gone")
    assert configured("two") == ["desk"]
    days.commit("market@3#ab", "firing")
    days.run(NOON + 2 * HOUR_MS)
    assert [name for _, name in endpoint.took] == ["market@3#ab:firing:desk"]
    assert configured("two") == []


def test_what_was_read_before_its_endpoint_was_enabled_is_sent_after_all(days: Days) -> None:
    """A redrive commits while a batch of what is to die is being marked: what is left of it must not die."""
    endpoint = days.endpoint(refuses(Final("http_410", 410)))
    days.commit("market@1#ab", "firing")
    days.run(NOON)
    days.commit("market@2#ab", "firing")
    days.commit("market@3#ab", "firing")
    rows = StoredOutbox(days.store)

    async def marking() -> list[bool]:
        first, second = await rows.due("desk", NOON, 20)
        died = await rows.mark_gone(first.id, NOON)
        await days.store.write(lambda db: redrive(db, NOON, endpoint="desk"))
        return [died, await rows.mark_gone(second.id, NOON)]

    assert asyncio.run(marking()) == [True, False]
    days.endpoints = [days.endpoint(accepts)]
    days.run(NOON + HOUR_MS)
    assert len(days.endpoints[0].took) == 3 and len(endpoint.asked) == 1


def test_that_an_endpoint_is_gone_is_told_at_once_and_only_again_after_a_restart(days: Days) -> None:
    days.endpoint(refuses(Final("http_410", 410)))
    with capture_logs() as logs:
        days.commit("market@1#ab", "firing", "resolved")
        days.run(NOON + MINUTE_MS)
        for number in range(2, 5):
            days.commit(f"market@{number}#ab", "firing", "resolved")
        days.run(NOON + HOUR_MS)  # another life of the outbox: all of them lie before it
    told = [line for line in logs if line["event"] == "endpoint_gone"]
    assert len(told) == 2 and {line["log_level"] for line in told} == {"error"}
    assert all(line["advice"].endswith("bearwatch deliveries redrive --endpoint desk") for line in told)
    assert [line["message"] for line in logs if line["log_level"] == "error" and "message" in line] == [
        "market@1#ab:firing:desk"
    ]


def test_after_the_clock_was_set_back_an_hour_nothing_waits_for_the_hour_to_pass(days: Days) -> None:
    """A spike opens at the last minute that was ticked, which now lies an hour ahead; so does what is to be retried."""
    fails = [Retryable("timeout")]

    def answer(message: OutboxMessage, now: int) -> None:
        if fails:
            raise fails.pop()

    endpoint = days.endpoint(answer)
    days.commit("market@1#ab", "firing")
    days.run(NOON)
    days.commit("market@2#cd", "firing")
    days.now = NOON - HOUR_MS
    days.run(NOON - HOUR_MS + MINUTE_MS)
    assert [(at, name) for at, name in endpoint.took] == [
        (NOON - HOUR_MS, "market@2#cd:firing:desk"),
        (NOON - HOUR_MS, "market@1#ab:firing:desk"),
    ]


def test_the_small_steps_of_a_time_server_shorten_no_wait(days: Days) -> None:
    endpoint = days.endpoint(refuses(Retryable("http_503", status=503)))
    days.commit("market@1#ab", "firing")
    days.run(NOON + 20 * MINUTE_MS)
    tries = len(endpoint.asked)
    days.now = endpoint.asked[-1][0] - MINUTE_MS // 2
    days.run(days.now + MINUTE_MS)
    assert len(endpoint.asked) == tries == 5


# Whose transition is the next, and how many minutes pass after it; each spike's last one is its end.
STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 90)), min_size=3, max_size=12)


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_whatever_fails_each_endpoint_first_hears_of_an_alert_in_order_and_misses_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]], seed: int
) -> None:
    chance = random.Random(seed)

    def answer(message: OutboxMessage, now: int) -> None:
        roll = chance.random()
        if roll < 0.4:
            raise Retryable("http_500", retry_after=chance.choice([None, 1, 4_000]), status=500)
        if roll < 0.45:
            raise Final("http_400", 400)

    with ExitStack() as stack:
        days = Days(stack.enter_context(Store.open(tmp_path_factory.mktemp("order") / "o.db")))
        endpoints = [days.endpoint(answer, name) for name in ("desk", "pager")]
        course: dict[str, list[str]] = {}
        for place, (number, later) in enumerate(steps):
            told = course.setdefault(f"market@{number}#ab", [])
            is_last = all(other != number for other, _ in steps[place + 1 :])
            status = "firing" if not told else "resolved" if is_last else f"update-{len(told)}"
            told.append(status)
            days.commit(f"market@{number}#ab", status)
            days.run(days.now + later * MINUTE_MS)
        days.run(days.now + 200 * HOUR_MS)
        rows = {view.id: view.status for view in days.store.read(queries.deliveries)}
        for endpoint in endpoints:
            took = [name for _, name in endpoint.took]
            assert len(took) == len(set(took))
            for spike, told in course.items():
                wanted = [f"{spike}:{status}:{endpoint.name}" for status in told]
                assert [name for name in took if name in wanted] == [n for n in wanted if rows[n] == "sent"]
                assert all(rows[name] in ("sent", "dead") for name in wanted)
