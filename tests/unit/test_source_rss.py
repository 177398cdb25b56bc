"""The RSS source over a real server: manners, memory, and what one bad feed does to the others (nothing)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from monitor.channel import Channel
from monitor.delivery import Delivery
from monitor.records import DAY_MS, HOUR_MS, MINUTE_MS, Article, Mode, Refusal
from monitor.sources.check import check_feeds
from monitor.sources.feed import FeedParser
from monitor.sources.feedlist import FeedSpec
from monitor.sources.fetch import Fetcher
from monitor.sources.protocol import SourceState
from monitor.sources.rss import RssSource
from tests.fakes_source import NOW, FeedServer, ManualClock, feed_server, rss_page, take

LONG_AGO = "Mon, 13 Nov 2023 20:00:00 GMT"
INTERVAL = 5 * MINUTE_MS
WEEK = 7 * DAY_MS


@dataclass
class Bench:
    """A running source over a server, with the channel's end in the test's hands."""

    server: FeedServer
    clock: ManualClock
    source: RssSource
    out: Channel[Delivery]

    async def poll(self, count: int = 1, *, after: int = 0, ack: bool = True) -> list[Delivery]:
        if after:
            self.clock.advance(after)
        return await take(self.out, count, ack=ack)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.server.requests]

    async def settle(self) -> None:
        """Lets everything run that needs no time."""
        for _ in range(100):
            await asyncio.sleep(0)


Pages = dict[str, Any]


@asynccontextmanager
async def bench(
    pages: Pages, positions: Mapping[str, Mapping[str, Any]] | None = None, clock: ManualClock | None = None
) -> AsyncIterator[Bench]:
    clock = clock or ManualClock()
    parser = FeedParser()
    async with feed_server() as server, Fetcher("t/1", clock, allow_hosts=["127.0.0.1"]) as fetcher:
        server.pages.update(pages)
        # Saved positions are given by path, since the port is not known before.
        saved = {server.url(path): value for path, value in (positions or {}).items()}
        specs = [FeedSpec(name=path.strip("/"), url=server.url(path), interval=INTERVAL) for path in pages]
        source = RssSource(
            specs,
            positions=saved,
            clock=clock,
            fetcher=fetcher,
            parser=parser,
            timer=clock.sleep,
            jitter=lambda: 0.0,
        )
        out: Channel[Delivery] = Channel(1_000)
        task = asyncio.create_task(source.run(out))
        try:
            yield Bench(server, clock, source, out)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await parser.close()


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await scenario()

    asyncio.run(bounded())


def status(code: int, **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=code, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def titles(deliveries: list[Delivery]) -> list[str]:
    return [d.record.title for d in deliveries if isinstance(d.record, Article)]


def state_of(delivery: Delivery) -> dict[str, Any]:
    assert delivery.position is not None
    return delivery.position.value


def test_the_first_poll_is_backlog_and_what_comes_later_is_live() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO))}) as b:
            (first,) = await b.poll()
            b.server.pages["/a"] = rss_page(("two", LONG_AGO), ("one", LONG_AGO))
            (second,) = await b.poll(after=WEEK)
            assert isinstance(first.record, Article)
            assert isinstance(second.record, Article)
            assert (first.record.title, first.record.mode, first.record.source) == ("one", Mode.BACKLOG, "a")
            assert (second.record.title, second.record.mode) == ("two", Mode.LIVE)

    run(scenario)


def test_an_unchanged_feed_costs_one_304_and_moves_only_its_position() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO))}) as b:
            (first,) = await b.poll()
            (second,) = await b.poll(after=WEEK)
            assert second.record is None
            assert b.server.requests[1][1]["if-none-match"] == state_of(first)["etag"] == state_of(second)["etag"]
            assert state_of(second)["next_check"] > state_of(first)["next_check"]

    run(scenario)


def test_a_304_does_not_forget_the_ttl_of_the_feed() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO), extra="<ttl>120</ttl>")}) as b:
            await b.poll()
            (second,) = await b.poll(after=WEEK)
            assert second.record is None
            assert state_of(second)["next_check"] == b.clock() + 2 * HOUR_MS

    run(scenario)


def test_last_modified_of_a_304_replaces_the_one_before() -> None:
    async def page(request: web.Request) -> web.Response:
        if "If-Modified-Since" in request.headers:
            return web.Response(status=304, headers={"Last-Modified": "second"})
        return web.Response(body=rss_page(("one", LONG_AGO)), headers={"Last-Modified": "first", "ETag": '"e"'})

    async def scenario() -> None:
        async with bench({"/a": page}) as b:
            await b.poll()
            (second,) = await b.poll(after=WEEK)
            assert (state_of(second)["last_modified"], state_of(second)["etag"]) == ("second", '"e"')
            await b.poll(after=WEEK)
            assert [headers.get("if-modified-since") for _, headers in b.server.requests] == [None, "first", "second"]

    run(scenario)


def test_a_server_without_validators_is_not_parsed_again_for_the_same_bytes() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(body=rss_page(("one", LONG_AGO)))

    async def scenario() -> None:
        async with bench({"/a": page}) as b:
            await b.poll()
            (second,) = await b.poll(after=WEEK)
            assert (second.record, state_of(second)["failures"]) == (None, 0)

    run(scenario)


def test_the_next_poll_waits_for_the_longest_wish() -> None:
    cases = [
        ("", {}, 30 * MINUTE_MS),  # one item tells no rhythm: the longest of our own
        ("<ttl>120</ttl>", {}, 2 * HOUR_MS),
        ("<ttl>120</ttl>", {"Cache-Control": "max-age=10800"}, 3 * HOUR_MS),
        ("<ttl>99999</ttl>", {}, 6 * HOUR_MS),
    ]

    async def scenario() -> None:
        for extra, headers, wait in cases:

            async def page(request: web.Request, extra: str = extra, headers: dict[str, str] = headers) -> web.Response:
                return web.Response(body=rss_page(("one", LONG_AGO), extra=extra), headers=headers)

            async with bench({"/a": page}) as b:
                (first,) = await b.poll()
                assert state_of(first)["next_check"] == NOW + wait
                b.clock.advance(wait - 1)
                await b.settle()
                assert len(b.server.requests) == 1
                await b.poll(after=1)
                assert len(b.server.requests) == 2

    run(scenario)


def test_a_busy_feed_is_read_more_often_than_a_quiet_one() -> None:
    busy = [(str(i), f"Tue, 14 Nov 2023 22:{12 - i:02}:00 GMT") for i in range(10)]

    async def scenario() -> None:
        async with bench({"/a": rss_page(*busy)}) as b:
            got = await b.poll(10)
            assert state_of(got[-1])["interval"] == INTERVAL
        async with bench({"/a": rss_page(("one", LONG_AGO))}) as b:
            (first,) = await b.poll()
            assert state_of(first)["interval"] == 30 * MINUTE_MS

    run(scenario)


def test_a_feed_is_not_polled_again_before_its_poll_was_committed() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO))}) as b:
            (first,) = await b.poll(ack=False)
            b.clock.advance(WEEK)
            await b.settle()
            assert len(b.server.requests) == 1
            assert b.source.health()[0].items == 0
            first.ack()
            await b.poll()
            assert len(b.server.requests) == 2

    run(scenario)


def test_a_saved_next_check_is_kept_across_a_restart_and_a_wrong_one_is_not() -> None:
    async def scenario() -> None:
        page = rss_page(("one", LONG_AGO))
        async with bench({"/a": page}, {"/a": {"next_check": NOW + HOUR_MS, "first_poll_done": True}}) as b:
            b.clock.advance(HOUR_MS - 1)
            await b.settle()
            assert b.server.requests == []
            (first,) = await b.poll(after=1)
            assert isinstance(first.record, Article)
            assert first.record.mode is Mode.LIVE
        async with bench({"/a": page}, {"/a": {"next_check": NOW + 3_650 * DAY_MS}}) as b:
            await b.settle()
            await b.poll(after=2 * DAY_MS)

    run(scenario)


def test_429_and_503_wait_as_long_as_they_ask() -> None:
    async def scenario() -> None:
        for code, value in ((429, "7200"), (503, "Wed, 15 Nov 2023 00:13:20 GMT")):
            async with bench({"/a": status(code, Retry_After=value)}) as b:
                (first,) = await b.poll()
                assert (state_of(first)["next_check"], state_of(first)["failures"]) == (NOW + 2 * HOUR_MS, 1)
                (health,) = b.source.health()
                assert (health.state, health.reason) == (SourceState.FAILING, f"http_{code}")

    run(scenario)


def test_a_failing_feed_backs_off_and_recovers() -> None:
    async def scenario() -> None:
        async with bench({"/a": status(500)}) as b:
            waits = []
            for _ in range(4):
                (delivery,) = await b.poll()
                waits.append(state_of(delivery)["next_check"] - b.clock())
                b.clock.advance(waits[-1])
            assert waits == [INTERVAL, 2 * INTERVAL, 4 * INTERVAL, 8 * INTERVAL]
            await b.poll()
            b.server.pages["/a"] = rss_page(("one", LONG_AGO))
            (good,) = await b.poll(after=DAY_MS)
            assert (state_of(good)["failures"], state_of(good)["reason"]) == (0, "")
            assert b.source.health()[0].state is SourceState.OK

    run(scenario)


def test_410_stops_a_feed_for_good_and_the_source_ends_with_its_last() -> None:
    async def scenario() -> None:
        async with bench({"/a": status(410)}) as b:
            (first,) = await b.poll()
            assert state_of(first)["gone"] is True
            assert b.source.health()[0].state is SourceState.STOPPED
            assert b.source.health()[0].next_check is None
        async with bench({"/a": rss_page()}, {"/a": state_of(first)}) as b:
            b.clock.advance(30 * DAY_MS)
            await b.settle()
            assert b.server.requests == []

    run(scenario)


def test_a_permanent_redirect_rewrites_the_address_and_a_temporary_one_does_not() -> None:
    async def scenario() -> None:
        async with bench({"/a": status(301, Location="/new")}) as b:
            b.server.pages["/new"] = rss_page(("one", LONG_AGO))
            (first,) = await b.poll()
            assert state_of(first)["moved"] == b.server.url("/new")
            assert first.position is not None
            assert first.position.partition == b.server.url("/a")
            await b.poll(after=WEEK)
            assert b.paths == ["/a", "/new", "/new"]
        async with bench({"/a": status(302, Location="/new")}) as b:
            b.server.pages["/new"] = rss_page(("one", LONG_AGO))
            await b.poll()
            await b.poll(after=WEEK)
            assert b.paths == ["/a", "/new", "/a", "/new"]

    run(scenario)


def test_a_permanent_redirect_to_something_that_is_no_feed_rewrites_nothing() -> None:
    async def scenario() -> None:
        async with bench({"/a": status(301, Location="/portal")}) as b:
            b.server.pages["/portal"] = b"<html>Please log in</html>"
            (first,) = await b.poll()
            assert isinstance(first.record, Refusal)
            assert state_of(first)["moved"] == ""

    run(scenario)


def test_when_the_new_address_dies_the_configured_one_is_asked_again() -> None:
    async def scenario() -> None:
        async with bench({"/a": status(301, Location="/new")}) as b:
            b.server.pages["/new"] = rss_page(("one", LONG_AGO))
            await b.poll()
            b.server.pages["/new"] = status(410)
            b.server.pages["/a"] = rss_page(("one", LONG_AGO), ("two", LONG_AGO))
            (lost,) = await b.poll(after=WEEK)
            assert (state_of(lost)["moved"], state_of(lost)["gone"]) == ("", False)
            assert titles(await b.poll(after=INTERVAL)) == ["two"]
            assert b.paths == ["/a", "/new", "/new", "/a"]

    run(scenario)


def test_bytes_that_are_no_feed_are_refused_once_and_read_again_when_they_change() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(body=b"<html>down</html>")

    async def scenario() -> None:
        async with bench({"/a": page}) as b:
            (first,) = await b.poll()
            assert isinstance(first.record, Refusal)
            assert (first.record.reason, first.record.source) == ("not_a_feed", "a")
            (second,) = await b.poll(after=DAY_MS)
            assert (second.record, state_of(second)["failures"]) == (None, 2)
            b.server.pages["/a"] = status(500)
            await b.poll(after=DAY_MS)
            b.server.pages["/a"] = page
            (fourth,) = await b.poll(after=DAY_MS)
            assert (fourth.record, state_of(fourth)["failures"], state_of(fourth)["reason"]) == (None, 4, "not_a_feed")
            b.server.pages["/a"] = rss_page(("one", LONG_AGO))
            assert titles(await b.poll(after=DAY_MS)) == ["one"]
            assert b.source.health()[0].failures == 0

    run(scenario)


def test_one_bad_feed_leaves_the_others_alone() -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(3_600)
        return web.Response()

    async def scenario() -> None:
        bomb = b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'
        pages: Pages = {"/hang": hang, "/bomb": bomb, "/gone": status(410), "/good": rss_page(("one", LONG_AGO))}
        async with bench(pages) as b:
            got = await b.poll(3)
            assert titles(got) == ["one"]
            assert [d.record.reason for d in got if isinstance(d.record, Refusal)] == ["dtd"]
            states = {health.source: health.state for health in b.source.health()}
            assert states == {
                "hang": SourceState.WAITING,
                "bomb": SourceState.FAILING,
                "gone": SourceState.STOPPED,
                "good": SourceState.OK,
            }

    run(scenario)


def test_only_what_is_new_or_changed_is_handed_over_again() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO), ("two", LONG_AGO))}) as b:
            await b.poll(2)
            b.server.pages["/a"] = rss_page(("three", LONG_AGO), ("two", LONG_AGO)).replace(
                b">two</title>", b">TWO</title>"
            )
            got = await b.poll(2, after=WEEK)
            assert sorted(titles(got)) == ["TWO", "three"]

    run(scenario)


def test_while_paused_no_poll_starts() -> None:
    async def scenario() -> None:
        async with bench({"/a": rss_page(("one", LONG_AGO))}) as b:
            await b.poll()
            b.source.pause()
            b.clock.advance(WEEK)
            await b.settle()
            assert len(b.server.requests) == 1
            assert b.source.health()[0].state is SourceState.WAITING
            b.source.resume()
            await b.poll()
            assert len(b.server.requests) == 2

    run(scenario)


def test_a_pause_also_holds_the_feeds_that_stand_in_line() -> None:
    async def scenario() -> None:
        gate, two = asyncio.Event(), asyncio.Event()
        waiting = 0

        async def slow(request: web.Request) -> web.Response:
            nonlocal waiting
            waiting += 1
            if waiting == 2:  # two connections a host
                two.set()
            await gate.wait()
            return web.Response(body=rss_page(("one", LONG_AGO)))

        async with bench({f"/{i}": slow for i in range(12)}) as b:
            await two.wait()
            b.source.pause()
            gate.set()
            await b.poll(8)
            await b.settle()
            assert len(b.server.requests) == 8
            b.source.resume()
            await b.poll(4)

    run(scenario)


def test_feeds_check_tells_what_is_wrong_with_each() -> None:
    async def scenario() -> None:
        clock, parser = ManualClock(), FeedParser()
        async with feed_server() as server, Fetcher("t/1", clock, allow_hosts=["127.0.0.1"]) as fetcher:
            server.pages["/good"] = rss_page(("one", LONG_AGO))
            server.pages["/moved"] = status(308, Location="/good")
            server.pages["/html"] = b"<html></html>"
            server.pages["/empty"] = rss_page()
            server.pages["/undated"] = rss_page(("one", ""))
            names = ["good", "moved", "html", "empty", "undated", "missing"]
            specs = [FeedSpec(name=name, url=server.url(f"/{name}?key=secret")) for name in names]
            specs.append(FeedSpec(name="private", url="http://10.0.0.1/rss"))
            results = {r.name: r for r in await check_feeds(specs, fetcher=fetcher, parser=parser, clock=clock)}
        await parser.close()
        assert [r.ok for r in results.values()] == [True, True, False, False, True, False, False]
        assert (results["good"].status, results["good"].items, results["good"].newest) == (200, 1, 1_699_905_600_000)
        assert results["good"].wrong == ""
        assert "moved for good" in results["moved"].wrong
        assert results["html"].wrong.startswith("not_a_feed")
        assert results["empty"].wrong == "no usable entry"
        assert results["undated"].wrong == "no entry has a date"
        assert (results["missing"].status, results["missing"].wrong) == (404, "http_404: the server answered 404")
        assert results["private"].wrong.startswith("refused_address")
        assert "secret" not in repr(results)

    run(scenario)
