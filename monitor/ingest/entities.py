"""Which companies, central banks, currencies, commodities and sectors a headline names. Pure.

An Aho-Corasick automaton (Aho and Corasick, CACM 18(6), 1975) finds every alias; then, in this order: word boundaries,
the leftmost-longest choice among overlapping ones, and the conditions of ambiguous aliases, which are judged from
what else stands in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import ahocorasick_rs

from monitor.ingest.surroundings import FIRST_CJK, Surroundings, goes_on, is_word_character
from monitor.ingest.tickers import TickerIndex
from monitor.ingest.watchlist import Alias, Entity, Need, Watchlist
from monitor.records import MILLION, Mention

# A name in the title says what the story is about; a given ticker nearly as much, but publishers tag widely; the
# lead often names companies in passing.
TITLE_RELEVANCE = MILLION
TICKER_RELEVANCE = 800_000
LEAD_RELEVANCE = 500_000

# "$3M" is money, and "$HAL" a ticker, which the ticker index knows better than the aliases.
_CURRENCY_SIGNS = frozenset("$€£¥₹")
_FIRST_LETTER = re.compile(r"(?<![\w'])\w")
_INITIAL = re.compile(r"[A-Z]\.")

# Where an entity was seen: (-relevance, start, end, "title" | "summary" | "ticker"); the smallest is the best.
_Place = tuple[int, int, int, str]


@dataclass(frozen=True, slots=True)
class _Sense:
    """One entity that a pattern may mean. `capitals`: the pattern is the alias written in capitals."""

    entity: Entity
    alias: Alias
    capitals: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    """A chosen match; `text` is the title or the lead that it stands in."""

    place: _Place
    text: str
    senses: tuple[_Sense, ...]


class EntityMatcher:
    """Finds the entities of a watchlist. Holds no state between calls."""

    def __init__(self, watchlist: Watchlist) -> None:
        self._watchlist = watchlist
        self._sector_context = {e.sector: e.context for e in watchlist.entities.values() if e.kind == "sector"}
        senses: dict[str, list[_Sense]] = {}
        for entity in watchlist.entities.values():
            for alias in entity.aliases:
                for form, capitals in _written_forms(alias.text):
                    senses.setdefault(form, []).append(_Sense(entity, alias, capitals))
        for entity in watchlist.entities.values():
            for phrase in entity.not_in:
                for form in _phrase_forms(phrase):
                    # Matches, and means nobody; so does an alias in capitals that is named here ("AMEX").
                    senses[form] = [sense for sense in senses.get(form, ()) if not sense.capitals]
        self._senses = [_without_doubles(found) for found in senses.values()]
        self._bounded = [(is_word_character(form[0]), is_word_character(form[-1])) for form in senses]
        self._automaton = ahocorasick_rs.AhoCorasick(list(senses))
        self._tickers = TickerIndex({ticker: e.id for e in watchlist.entities.values() for ticker in e.tickers})

    def find(self, title: str, lead: str = "", tickers: Sequence[str] = ()) -> tuple[Mention, ...]:
        """The entities that a text names, each once at its best place, by relevance and then by position.

        Args:
            title, lead: canonical text (`ingest.canonical.clean_text`).
            tickers: given with the article, in any notation, e.g. `AAPL`, `0700.HK`, `NYSE:XOM`.
        """
        around = Surroundings(title, lead)
        found: dict[str, _Place] = {}
        pending: list[_Hit] = []
        for text, where, relevance in (
            (around.title, "title", TITLE_RELEVANCE),
            (around.lead, "summary", LEAD_RELEVANCE),
        ):
            for start, end, key in self._tickers.find(text):
                _keep(found, key, (-relevance, start, end, where))
            for start, end, senses in self._longest(text):
                hit = _Hit((-relevance, start, end, where), text, senses)
                if len(senses) > 1 or senses[0].alias.need is not Need.NOTHING:
                    pending.append(hit)
                elif self._stands(hit, senses[0], around):
                    _keep(found, senses[0].entity.id, hit.place)
        for given in tickers:
            owner = self._tickers.owner(given)
            if owner is not None:
                _keep(found, owner, (-TICKER_RELEVANCE, 0, 0, "ticker"))
        if pending:
            # Judged together against what is certain, so that their order cannot matter.
            sectors = {e.sector for e in map(self._watchlist.entities.__getitem__, found) if e.kind == "company"}
            for hit in pending:
                sense = self._choose(hit, around, sectors)
                if sense is not None:
                    _keep(found, sense.entity.id, hit.place)
        return tuple(self._mention(key, place) for place, key in sorted((place, key) for key, place in found.items()))

    def _longest(self, text: str) -> Iterator[tuple[int, int, tuple[_Sense, ...]]]:
        """Leftmost-longest among the matches that keep word boundaries; those that mean nobody only take the room."""
        bounded = []
        for pattern, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            word_first, word_last = self._bounded[pattern]
            if word_first and start and (is_word_character(text[start - 1]) or text[start - 1] in _CURRENCY_SIGNS):
                continue
            if word_last and goes_on(text, end):
                continue
            bounded.append((start, -end, pattern))
        bounded.sort()
        reached = 0
        for start, negative_end, pattern in bounded:
            if start >= reached:
                reached = -negative_end
                if self._senses[pattern]:
                    yield start, reached, self._senses[pattern]

    def _choose(self, hit: _Hit, around: Surroundings, sectors: set[str]) -> _Sense | None:
        """The sense with the most words of its own around it; the first in the watchlist where none has more."""
        best, most = None, -1
        for sense in hit.senses:
            own = around.count(sense.entity.context)
            if own > most and self._stands(hit, sense, around) and self._needs_met(hit, sense, around, sectors):
                best, most = sense, own
        return best

    def _stands(self, hit: _Hit, sense: _Sense, around: Surroundings) -> bool:
        """Whether nothing speaks against the sense."""
        if sense.capitals and len(sense.alias.text) < 4 and not around.all_capitals:
            return False  # "KIA" or "ENI" in an ordinary sentence is something else
        if sense.alias.surname:
            before = around.word_before(hit.text, hit.place[1])
            if before.rstrip(".").title() in self._watchlist.given_names or _INITIAL.fullmatch(before):
                return False
        return not (sense.entity.unless and around.count(sense.entity.unless))

    def _needs_met(self, hit: _Hit, sense: _Sense, around: Surroundings, sectors: set[str]) -> bool:
        entity, need = sense.entity, sense.alias.need
        if need is Need.NOTHING or around.count(entity.context):
            return True
        if need is Need.OWN_CONTEXT:
            return False
        _, start, end, _ = hit.place
        if need is Need.CAPITAL and not sense.capitals and around.capital_tells(hit.text, start, sense.alias.text):
            return True
        following = around.word_after(hit.text, end)
        if entity.kind == "company" and following in self._watchlist.other_company_words:
            return False
        return (
            following.lower() in self._watchlist.company_verbs
            or around.has_any(self._watchlist.market_words)
            or around.count(self._sector_context.get(entity.sector, ())) > 0
            or entity.sector in sectors
        )

    def _mention(self, key: str, place: _Place) -> Mention:
        entity = self._watchlist.entities[key]
        negative_relevance, start, end, where = place
        if where != "title":
            start = end = 0
        return Mention(entity.id, entity.name, entity.kind, entity.sector, where, start, end, -negative_relevance)


def _written_forms(text: str) -> Iterator[tuple[str, bool]]:
    """(form, in capitals): as given and without accents; any case where it has no capital itself; in capitals."""
    forms = {text: False}
    if text[0] < FIRST_CJK:
        bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        forms.setdefault(unicodedata.normalize("NFC", bare), False)
    for form in list(forms):
        if form.islower():
            forms.setdefault(form[0].upper() + form[1:], False)
            forms.setdefault(_FIRST_LETTER.sub(lambda m: m[0].upper(), form), False)
            forms.setdefault(form.upper(), False)
        elif len(form) > 2:
            forms.setdefault(form.upper(), True)
    yield from forms.items()


def _phrase_forms(phrase: str) -> Iterator[str]:
    """A phrase in which a name means something else: every mixture of small and capital first letters."""
    words = phrase.split(" ")
    if len(words) <= 4:
        choices = [dict.fromkeys((word, word[:1].upper() + word[1:], word[:1].lower() + word[1:])) for word in words]
        yield from (" ".join(chosen) for chosen in product(*choices))
    else:
        yield phrase
    yield phrase.upper()


def _without_doubles(senses: Sequence[_Sense]) -> tuple[_Sense, ...]:
    """One sense per entity; an exact unconditioned one leaves no doubt, so the others go."""
    exact = [sense for sense in senses if sense.alias.need is Need.NOTHING and not sense.capitals]
    return tuple(exact[:1]) or tuple({sense.entity.id: sense for sense in reversed(senses)}.values())[::-1]


def _keep(found: dict[str, _Place], key: str, place: _Place) -> None:
    if key not in found or place < found[key]:
        found[key] = place
