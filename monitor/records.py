"""The records that travel through the daemon: frozen, made once, never changed.

All times are integer milliseconds since the Unix epoch, UTC. All probabilities are integer millionths, so that
every sum over them is exact and independent of order. `minute` is `ms // 60_000`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

MILLION = 1_000_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

# More than this far in the future, a publisher's clock is not believed and received_at is used in its stead.
FUTURE_TOLERANCE_MS = 5 * MINUTE_MS

# Why an article has no scores; the last: the network's answer was no number.
EMPTY, UNSUPPORTED, NOT_A_NUMBER = "empty", "unsupported_language", "not_a_number"
UNSCORED = (UNSUPPORTED, EMPTY, NOT_A_NUMBER)


class Standing(StrEnum):
    """What an article may do to the counts, decided once when it is folded.

    live: counts, and may open a spike. late: older than its source's watermark minus the lateness; teaches the
    baseline, opens nothing. history: came by backfill; teaches the baseline, opens nothing. trial: of a source that
    the baseline does not know yet; shown, counted as history once its trial is over. backlog: came with a feed's first
    poll (its coverage of past hours is unknown), or is over 30 days old; shown, neither taught nor alarmed on.
    """

    LIVE = "live"
    LATE = "late"
    HISTORY = "history"
    TRIAL = "trial"
    BACKLOG = "backlog"

    @property
    def counted(self) -> bool:
        """Whether it is in N and n."""
        return self not in (Standing.TRIAL, Standing.BACKLOG)


class Mode(StrEnum):
    """How a source hands over an article; the fold makes a `Standing` of it."""

    LIVE = "live"
    HISTORY = "history"
    BACKLOG = "backlog"


class Scope(StrEnum):
    """`general` news feeds market and topics only through a matched entity or sector; `finance` always does."""

    GENERAL = "general"
    FINANCE = "finance"


@dataclass(frozen=True, slots=True)
class Article:
    """One news item as a source gives it, dates already clamped, text still raw (never markup: text).

    Attributes:
        key: identity within the store: `source` + the given id, or a hash (see `ingest.canonical.article_key`).
        source: the configured source's name (one archive is one source).
        publisher: who published it, a host name or masthead, lower case; the unit of the evidence gate.
        published_at: the publisher's time, or None where it gave none.
        received_at: when we (or the given record) first had it.
        event_time: published_at; received_at where that is missing or over 5 minutes in the future.
        tickers: given by the source, upper case, e.g. `AAPL`, `600519.SS`.
    """

    key: str
    source: str
    publisher: str
    url: str
    title: str
    summary: str
    language: str
    published_at: int | None
    received_at: int
    event_time: int
    tickers: tuple[str, ...] = ()
    scope: Scope = Scope.GENERAL
    mode: Mode = Mode.LIVE


@dataclass(frozen=True, slots=True)
class Tick:
    """A minute of the clock, in sequence with the articles: silence is an input too.

    Attributes:
        at: milliseconds, a whole minute.
        mode: `history` for the ticks of a backfill, which teach the baseline which hours were observed.
    """

    at: int
    mode: Mode = Mode.LIVE


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a source could not make an article of; counted by reason and kept in the store.

    Attributes:
        source: the source's name.
        reason: a short stable word: `not_json`, `no_title`, `bad_date`, ...
        where: file and line, feed address, or partition and offset.
        detail: one line for people.
        payload: the first 2,000 characters of what was refused.
        at: when it was refused.
    """

    source: str
    reason: str
    where: str
    detail: str
    payload: str
    at: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source has been read; committed in the same transaction as what was read.

    Attributes:
        source: the source's name.
        partition: a feed's address, a file's path, a Kafka `topic/partition`; one row each.
        value: JSON-able state private to the source (ETag, byte offset, Kafka offset, ...).
    """

    source: str
    partition: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity found in an article.

    Attributes:
        entity_id: the watchlist's id, e.g. `us.aapl`, `cb.ecb`, `sector.banks`-words have kind `sector`.
        name: display name.
        kind: `company`, `central_bank`, `currency`, `commodity`, `index`, `hazard` or `sector`.
        sector: the sector's slug for companies and sector words, else "".
        where: `title`, `summary` or `ticker`; the best place it was seen.
        start, end: character span in the canonical title (where == "title"), else 0, 0.
        relevance: millionths; 1,000,000 in the title, less in the summary.
    """

    entity_id: str
    name: str
    kind: str
    sector: str
    where: str
    start: int
    end: int
    relevance: int


@dataclass(frozen=True, slots=True)
class Score:
    """What the model says of one text.

    negative + neutral + positive == 1,000,000. `topics` holds (name, millionths) of the most probable topics,
    highest first, those of at least 50,000 millionths; empty where the model has no topic head.

    Attributes:
        model: the model folder's content hash, 16 hex digits.
        target: entity id for a score by target, None for the whole headline.
    """

    negative: int
    neutral: int
    positive: int
    topics: tuple[tuple[str, int], ...]
    model: str
    target: str | None = None

    @property
    def sentiment(self) -> int:
        """P(pos) - P(neg) in millionths, from -1,000,000 to 1,000,000."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with what the stateless stages found: canonical text, entities, and later its scores.

    Attributes:
        title, lead: canonical text (`ingest.canonical`): title and first characters of the summary.
        text_hash: 16 hex digits over title and lead; the same key with another hash is a revision.
        scores: first the whole headline's (target None), then one per target; empty where unsupported.
        unscored: why there are no scores (`UNSCORED`), or "".
        scored_at: when the scores came, ms by the wall clock of who scored; None where nobody knows, as in a replay.
    """

    article: Article
    title: str
    lead: str
    text_hash: str
    mentions: tuple[Mention, ...]
    scores: tuple[Score, ...] = ()
    unscored: str = ""
    scored_at: int | None = None


@dataclass(frozen=True, slots=True)
class Development:
    """An article that stands out of its story: a turn with something that no earlier one had, or a denial.

    Attributes:
        id: the article's key; of a turn also the id of the unit that it opened. at: its event time, ms.
        text: its canonical title. negative: its P(neg), millionths, None where unscored.
    """

    id: str
    at: int
    publisher: str
    url: str
    text: str
    negative: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that tell the same thing, counted in units: the story itself, and each of its developments.

    Attributes:
        id: the key of its first article in sequence, and the id of its first unit. first_seq: that article's number.
        first_at: event time of that article; publisher and url are its too. last_at: event time of the latest one, ms.
        first_text, newest_text: canonical titles that a further article may be like.
        copies: articles beyond the first. publishers: all that carried it, sorted.
        companies: ids of companies in its members' titles, sorted.
        negative: the greatest P(neg) of a member, millionths; None while no member is scored.
        developments: in sequence. newest_unit: the unit that `newest_text` was counted in.
        figures, events: numbers and kinds of event told by titles after the first, sorted; what is beyond these is new.
        tellings: one for each distinct text: its digest, then who may have written it (`ingest.originators`).
        stale: its first article repeated old news; its developments are news all the same.
        denials: its articles that deny or correct what was said (`ingest.denials`), in sequence, the first few.
    """

    id: str
    first_seq: int
    first_at: int
    last_at: int
    publisher: str
    url: str
    first_text: str
    newest_text: str
    copies: int
    publishers: tuple[str, ...]
    companies: tuple[str, ...]
    negative: int | None
    newest_unit: str = ""
    developments: tuple[Development, ...] = ()
    figures: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    tellings: tuple[tuple[str, ...], ...] = ()
    stale: bool = False
    denials: tuple[Development, ...] = ()

    def unit(self, unit_id: str) -> Story:
        """The story as one of its units tells it: that unit's own title, time, address and P(neg)."""
        told = next((d for d in self.developments if d.id == unit_id), None)
        if told is None:
            return self
        return replace(
            self,
            id=told.id,
            first_at=told.at,
            publisher=told.publisher,
            url=told.url,
            first_text=told.text,
            negative=told.negative,
            tellings=(("", told.publisher),) if self.stale else self.tellings,
            stale=False,
        )


@dataclass(frozen=True, slots=True)
class PastText:
    """A text that has been told, to know it when it is told again.

    Its tellings come in runs, with no gap in one that is longer than the window of stories.

    Attributes:
        fingerprint: 64 bits of its words, signed. last_at: the latest event time of an article that had it, ms.
        days: the first three days (since the epoch) of the present run. before: those of all runs before it, likewise.
    """

    fingerprint: int
    before: tuple[int, ...]
    days: tuple[int, ...]
    last_at: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Counts of one series in one event-time minute; also used for deltas, which may be negative.

    Attributes:
        stories, negative: new stories and new negative stories, of every standing but `backlog`: the baseline's food;
            here and below a development counts as a story does.
        live_stories, live_negative: those of standing `live`, the only ones that can open a spike.
        shown: stories of every standing, for display; `scored` of them have a sentiment.
        sentiment: sum of P(pos) - P(neg) over the scored ones, millionths; sentiment / scored is the mean.
    """

    series: str
    minute: int
    stories: int = 0
    negative: int = 0
    live_stories: int = 0
    live_negative: int = 0
    shown: int = 0
    scored: int = 0
    sentiment: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of the evidence gate and its outcome, kept with the spike for `explain`."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Spike:
    """A surge of negative stories in a series, from opening to closing.

    Attributes:
        id: `<series>@<opening minute>#<hash>`: deterministic, so a replay gives the same.
        opened_at, closed_at: ms by the last tick in sequence; closed_at None while open.
        by: `surprise` where a window opened it, `cusum` where the cumulative sum did.
        window: hours that n is counted over: 1 or 6, or the length of the sum's run, rounded up.
        n, stories, expected: negative and all stories observed in it, and the baseline's mean for it.
        surprise: S = -log10 P(N >= n) under the baseline, the greater of both windows. threshold: S in force.
        cusum, cusum_threshold: C in nats, and h in force.
        severity: `warning` or `critical`, the highest so far.
        evidence: ids of the negative units counted, stories and developments: a window's in order of event
            time, a sum's in the order in which they were counted.
        publishers: how many of them are independent; wire copy under several mastheads is one (`ingest.originators`).
        robust: `yes`, `no` or `not applicable`: whether it would have opened without its largest publisher, and
            without its largest story.
        headed_by: id of the open spike whose page already tells this story (half the evidence is shared), or "".
        baseline: the parameters to recompute S from (mean, dispersion, posterior of the rate, hours observed ...).
    """

    id: str
    series: str
    opened_at: int
    closed_at: int | None
    by: str
    window: int
    n: int
    stories: int
    expected: float
    surprise: float
    threshold: float
    cusum: float
    cusum_threshold: float
    severity: str
    gates: tuple[Gate, ...]
    evidence: tuple[str, ...]
    publishers: int
    robust: str = "not applicable"
    headed_by: str = ""
    baseline: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """What a person is told: one transition of one spike.

    Attributes:
        id: the spike's id; `status` is `firing`, `update-1` and so on while it grows, or `resolved`. (id, status) is
            unique.
        body: JSON-able evidence, complete at the moment of the transition.
    """

    id: str
    status: str
    at: int
    severity: str
    body: dict[str, Any]
