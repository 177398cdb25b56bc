"""Ordinary stories: what a newsroom writes on days on which nothing much happens. Pure."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from datetime import UTC, datetime
from random import Random

from monitor.demo.distinct import Recent
from monitor.demo.grammar import expand, load, pick
from monitor.demo.item import Draft
from monitor.demo.mix import ANALYST, EARNINGS, FINANCIALS, MOVEMENT, ORDINARY, PRODUCT, SEASON, SIGNS, Kind
from monitor.demo.pace import ALL, Pace
from monitor.demo.world import COMPANIES, COUNTRIES, DemoCompany
from monitor.records import HOUR_MS

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LEAD_SHARE = 0.5
_TICKER_SHARE = 0.3
# The same topic about the same company comes back after this long at the soonest: no newsroom tells it twice a day,
# and two stories of a day do not contradict each other.
_TOPIC_REST_MS = 18 * HOUR_MS
# A surge of bad news about one name is what a shock is: in ordinary times so much lies between two.
_BAD_REST_MS = 14 * HOUR_MS
# Within a day a company's figures, shares and ratings point one way.
_ONE_WAY = frozenset({EARNINGS, FINANCIALS, MOVEMENT, ANALYST})
_ONE_WAY_MS = 20 * HOUR_MS
_TRIES = 60
# Topics whose dull stories are about numbers.
_FIGURES = frozenset(
    {"Macro", "Markets", "Currencies", "Treasuries | Corporate Debt", "Energy | Oil", "Gold | Metals | Materials"}
)


def base_words(at: int, rng: Random) -> dict[str, str]:
    """The slots that hang together: a country with its adjective and currency, months and years by the date."""
    here = pick(rng, COUNTRIES)
    there = pick(rng, [country for country in COUNTRIES if country is not here])
    now = datetime.fromtimestamp(at / 1000, UTC)
    return {
        "place": here.name,
        "adj": here.adjective,
        "currency": here.currency,
        "place2": there.name,
        "year": str(now.year + int(rng.random() * 2)),
        "oldyear": str(now.year - 3 - int(rng.random() * 15)),
        "month": _MONTHS[(now.month - 2 - int(rng.random() * 2)) % 12],
        "nextmonth": _MONTHS[(now.month + int(rng.random() * 2)) % 12],
    }


def lead(group: str, sign: str, rng: Random, words: dict[str, str], sector: str = "") -> str:
    """Two different sentences of `summaries.txt`, which speak of the persons and places of `words`."""
    sentences = load("summaries")[f"{group} {sign}"]
    first = pick(rng, sentences)
    second = pick(rng, [sentence for sentence in sentences if sentence != first])
    return " ".join(expand(sentence, rng, words, sector) for sentence in (first, second))


class Newsroom:
    """Writes ordinary stories one after another, in order of time; remembers what it has written.

    Args:
        seed: of the whole corpus; the same seed and times give the same stories.
    """

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}:ordinary")
        self.recent = Recent()
        self._pace = Pace()
        self._told: dict[tuple[str, str], int] = {}
        self._bad: dict[str, int] = {}
        self._ways: dict[str, tuple[int, str]] = {}
        self._results: dict[str, str] = {}
        # Some companies are in the news more than others.
        reach = 0.0
        self._reach: list[float] = []
        for _ in COMPANIES:
            reach += 0.6 + 0.8 * self._rng.random()
            self._reach.append(reach)
        self._quarters: defaultdict[str, str] = defaultdict(
            lambda: pick(self._rng, ("first", "second", "third", "fourth"))
        )

    def write(self, number: int, at: int, *, season: bool) -> Draft | None:
        """A story for this instant, unlike those of the last days; None where the tables had nothing new to say.

        Args:
            number: how many stories were asked for before. season: an earnings season day.
        """
        kind = self._kind(season)
        for attempt in range(1, _TRIES):
            draft = self._draft(number, at, kind)
            if draft is not None:
                return draft
            if attempt % 20 == 0:
                kind = self._kind(season)
        return None

    def _kind(self, season: bool) -> Kind:
        kinds, shares = SEASON if season else ORDINARY
        return kinds[min(bisect(shares, self._rng.random()), len(kinds) - 1)]

    def _draft(self, number: int, at: int, kind: Kind) -> Draft | None:
        company = (
            COMPANIES[bisect(self._reach, self._rng.random() * self._reach[-1])] if kind.file == "company" else None
        )
        paced = [ALL, kind.topic, *([company.sector] if company else [])]
        if kind.sign == "-" and not self._pace.allows(paced, number):
            return None
        draft = self._company_story(number, at, kind, company) if company else self._other_story(number, at, kind)
        if draft is not None and kind.sign == "-":
            self._pace.spend(paced, number)
        return draft

    def closing(self, at: int) -> Draft:
        """The story that ends the news: a dull one that every corpus has."""
        title = expand(
            "{city_index} closing bell: {stat}, {stat2} and what comes next", self._rng, base_words(at, self._rng)
        )
        return Draft("closing", title, "", (), "neutral", "Markets", ())

    def _company_story(self, number: int, at: int, kind: Kind, company: DemoCompany) -> Draft | None:
        rng = self._rng
        if not self._may_tell(company, at, kind):
            return None
        words = base_words(at, rng)
        words |= {
            "co": company.name if rng.random() < 0.55 else company.short,
            "short": company.short,
            "q": f"{self._quarters[company.id]}-quarter",
            "quarter": f"{self._quarters[company.id]} quarter",
        }
        title = expand(pick(rng, load("company")[kind.section]), rng, words, company.sector)
        if not self.recent.is_distinct(at, title, company.id):
            return None
        self.recent.add(at, title, company.id)
        self._remember(company, at, kind)
        summary = lead("company", kind.sign, rng, words, company.sector) if rng.random() < _LEAD_SHARE else ""
        tickers = (company.ticker,) if rng.random() < _TICKER_SHARE else ()
        return Draft(f"n{number:05d}", title, summary, tickers, SIGNS[kind.sign], kind.topic, (company.id,))

    def _other_story(self, number: int, at: int, kind: Kind) -> Draft | None:
        rng = self._rng
        words = base_words(at, rng)
        title = expand(pick(rng, load(kind.file)[kind.section]), rng, words)
        if not self.recent.is_distinct(at, title):
            return None
        self.recent.add(at, title)
        group = "figures" if kind.topic in _FIGURES and kind.sign == "0" else kind.file
        summary = lead(group, kind.sign, rng, words) if rng.random() < _LEAD_SHARE else ""
        return Draft(f"n{number:05d}", title, summary, (), SIGNS[kind.sign], kind.topic, (), "", kind.file == "general")

    def _may_tell(self, company: DemoCompany, at: int, kind: Kind) -> bool:
        key, sign = company.id, kind.sign
        told = self._told.get((key, kind.topic))
        rest = _TOPIC_REST_MS // 3 if kind.topic == PRODUCT else _TOPIC_REST_MS
        if told is not None and at - told < rest:
            return False
        if sign == "-" and at - self._bad.get(key, -_BAD_REST_MS) < _BAD_REST_MS:
            return False
        if kind.topic in _ONE_WAY and sign != "0":
            then, way = self._ways.get(key, (at, sign))
            if way != sign and at - then < _ONE_WAY_MS:
                return False
        # One quarter has one result.
        return not (kind.topic == EARNINGS and sign != "0" and self._results.get(key, sign) != sign)

    def _remember(self, company: DemoCompany, at: int, kind: Kind) -> None:
        self._told[company.id, kind.topic] = at
        if kind.sign == "-":
            self._bad[company.id] = at
        if kind.topic in _ONE_WAY and kind.sign != "0":
            self._ways[company.id] = (at, kind.sign)
        if kind.topic == EARNINGS and kind.sign != "0":
            self._results[company.id] = kind.sign
