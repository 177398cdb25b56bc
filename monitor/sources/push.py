"""News handed in over HTTP (`POST /api/v1/articles`); the web room owns the route and the bearer token."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from monitor.channel import Channel, ChannelClosed
from monitor.delivery import Delivery
from monitor.errors import BearwatchError
from monitor.records import Article, Mode, Refusal, Scope
from monitor.sources.protocol import Clock, SourceHealth, SourceState
from monitor.sources.wire import Reason, WireContext, article_from_line, article_from_object, parse_object

MAX_ARTICLES = 1_000
MAX_BODY_BYTES = 5 << 20
DEADLINE_SECONDS = 10.0  # under the 15 s after which common clients give up


class PushError(BearwatchError):
    """The body as a whole is not taken; nothing of it was.

    Args:
        reason: `too_large` or `too_many` (HTTP 413), `empty`, `bad_utf8` or `not_json` (HTTP 400).
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Busy(BearwatchError):
    """Not committed within the deadline, or no room now (HTTP 503); the same body may be sent again.

    Attributes:
        retry_after: seconds.
    """

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Refused:
    """An article that was not taken. index counts from 0 in the order of the body."""

    index: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class PushResult:
    """What became of a body, once it is committed."""

    accepted: int
    refused: tuple[Refused, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: `{"accepted": n, "refused": [{"index", "reason", "detail"}]}`."""
        return asdict(self)


class PushSource:
    """A source that others feed. It has no positions: whoever pushes keeps what has not been answered.

    Args:
        deadline: seconds that `submit` waits for the commit.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        name: str = "push",
        scope: Scope = Scope.GENERAL,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self.name = name
        self._clock = clock
        self._scope = scope
        self._deadline = deadline
        self._out: Channel[Delivery] | None = None
        self._paused = False
        self._last_ok: int | None = None
        self._last_item: int | None = None
        self._items = 0
        self._failures = 0

    async def run(self, out: Channel[Delivery]) -> None:
        """Takes what `submit` brings until cancelled."""
        self._out = out
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._out = None

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def health(self) -> list[SourceHealth]:
        state = SourceState.FAILING if self._failures else SourceState.OK if self._last_ok else SourceState.WAITING
        return [
            SourceHealth(
                source=self.name,
                partition="",
                state=state,
                last_ok=self._last_ok,
                last_item=self._last_item,
                failures=self._failures,
                reason="busy" if self._failures else "",
                items=self._items,
            )
        ]

    async def submit(self, body: bytes) -> PushResult:
        """Takes one article object, an array of them, or JSONL; answers when all of it is committed.

        At most 1,000 articles and 5 MiB. What is no article is kept as a refusal and named in the result by its index;
        the others count all the same. Articles sent again under the same id are known by their key.

        Raises:
            PushError: the body as a whole is wrong.
            Busy: the pipeline is full, not running, or did not commit within the deadline.
        """
        if len(body) > MAX_BODY_BYTES:
            raise PushError("too_large", f"{len(body)} bytes, at most {MAX_BODY_BYTES} are taken")
        context = WireContext(self.name, self._scope, Mode.LIVE, self._clock())
        records = await asyncio.to_thread(_records, body, context)
        try:
            async with asyncio.timeout(self._deadline):
                await self._commit(records)
        except ChannelClosed as error:
            raise Busy("the daemon is stopping", retry_after=30) from error
        except TimeoutError as error:
            self._failures += 1
            raise Busy(f"not committed within {self._deadline:g} s", retry_after=30) from error
        articles = [record for record in records if isinstance(record, Article)]
        self._failures = 0
        self._last_ok = self._clock()
        self._items += len(articles)
        self._last_item = max([self._last_item or 0, *(article.event_time for article in articles)]) or None
        refused = (Refused(i, r.reason, r.detail) for i, r in enumerate(records) if isinstance(r, Refusal))
        return PushResult(len(articles), tuple(refused))

    async def _commit(self, records: list[Article | Refusal]) -> None:
        acknowledged = asyncio.Event()
        out = self._out
        if out is None or self._paused:
            raise Busy("the pipeline takes nothing at the moment", retry_after=5)
        for record in records[:-1]:
            await out.put(Delivery(record))
        # Commits follow the channel's order, so the last acknowledgement covers the body, whoever pushes in between.
        await out.put(Delivery(records[-1], ack=acknowledged.set))
        await acknowledged.wait()


def _records(body: bytes, context: WireContext) -> list[Article | Refusal]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PushError("bad_utf8", f"the body is not UTF-8 at byte {error.start}") from error
    if not text.strip():
        raise PushError("empty", "the body holds no article")
    try:
        value = parse_object(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        _at_most(len(lines))
        records = [article_from_line(line.encode(), context, f"push:{i}") for i, line in enumerate(lines)]
        if isinstance(records[0], Refusal) and all(getattr(r, "reason", "") == Reason.NOT_JSON for r in records):
            raise PushError("not_json", records[0].detail) from None
        return records
    values = value if isinstance(value, list) else [value]
    if not values:
        raise PushError("empty", "the body holds no article")
    _at_most(len(values))
    return [article_from_object(item, context, f"push:{i}") for i, item in enumerate(values)]


def _at_most(count: int) -> None:
    if count > MAX_ARTICLES:
        raise PushError("too_many", f"{count} articles, at most {MAX_ARTICLES} are taken")
