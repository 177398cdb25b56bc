"""The watchlist: which companies, central banks, currencies, commodities and sectors exist and what they are called.

The shipped tables and a user's own files have one format (CSV, UTF-8), described in `monitor/watchlist/README.md`.
Reads files; what it returns is plain data for the matcher in `ingest.entities`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from monitor.errors import InputError
from monitor.ingest.canonical import digest

SHIPPED = Path(__file__).resolve().parent.parent / "watchlist"
KINDS = ("company", "central_bank", "currency", "commodity", "index", "hazard", "sector")
COLUMNS = ("id", "kind", "name", "sector", "country", "tickers", "aliases", "zh", "context", "not", "unless")
_TABLES = (
    "sectors.csv",
    "companies.csv",
    "central_banks.csv",
    "currencies.csv",
    "commodities.csv",
    "indices.csv",
    "hazards.csv",
)
_WORD_LISTS = ("market_words", "company_verbs", "given_names", "other_company_words")
_ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)+")
_TICKER = re.compile(r"[A-Z0-9]+:[A-Z0-9.&\-]+")


class Need(StrEnum):
    """What must be seen besides an alias before it counts.

    nothing: the alias is enough. capital: an everyday word; enough where its capital letter tells (in the middle
    of a sentence), else as for context. context: a market word, a word of the entity or its sector, another
    company of the sector, or a company's verb right behind it. own_context: a word of the entity itself.
    """

    NOTHING = ""
    CAPITAL = "?"
    CONTEXT = "~"
    OWN_CONTEXT = "="


@dataclass(frozen=True, slots=True)
class Alias:
    """A name as headlines write it.

    Attributes:
        text: matched exactly, and in capitals; also capitalised where it holds no capital letter itself.
        need: what else must be seen.
        surname: people bear it too, so it does not count behind a given name ("Harrison Ford").
    """

    text: str
    need: Need = Need.NOTHING
    surname: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """One row of a watchlist.

    Attributes:
        id: `us.aapl`, `cn.600519`, `cb.ecb`, `sector.banks`.
        sector: slug for companies and sectors, else "".
        country: ISO 3166-1 alpha-2, upper case, or "".
        tickers: `EXCHANGE:SYMBOL`, the main listing first.
        context: words that, in title or lead, make an ambiguous alias certain.
        not_in: phrases in which the alias means something else ("Apple pie").
        unless: words that, anywhere in title or lead, say that something else is meant.
    """

    id: str
    name: str
    kind: str
    sector: str = ""
    country: str = ""
    tickers: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    context: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Entities by id, in file order, with what the matcher needs to judge the ambiguous ones.

    Attributes:
        sectors: slug to label.
        market_words: words of the trade that tell a company from an everyday word.
        company_verbs: what companies do, right behind their name ("posts", "unveils").
        given_names: behind these a surname is a person.
        other_company_words: behind an ambiguous name these make another company's ("Titan Energy").
        hash: 16 hex digits over all of it; enters the baselines' identity.
    """

    entities: Mapping[str, Entity]
    sectors: Mapping[str, str]
    market_words: frozenset[str]
    company_verbs: frozenset[str]
    given_names: frozenset[str]
    other_company_words: frozenset[str]
    hash: str


def load_watchlist(*paths: Path) -> Watchlist:
    """The shipped watchlist, with the rows of `paths` added to it or, where the id is known, in place of its own.

    A name that a later file claims is taken from the entities of earlier files.

    Raises:
        InputError: a file cannot be read or a row is wrong; one line with file, line and what.
    """
    rows = _read_layer([SHIPPED / table for table in _TABLES])
    for path in paths:
        added = _read_layer([path])
        claimed = {alias.text for row in added.values() for alias in row.entity.aliases}
        claimed.update(ticker for row in added.values() for ticker in row.entity.tickers)
        rows = {key: _without(row, claimed) for key, row in rows.items()} | added
    sectors = {row.entity.sector: row.entity.name for row in rows.values() if row.entity.kind == "sector"}
    for row in rows.values():
        if row.entity.sector and row.entity.sector not in sectors:
            raise InputError(f"{row.where}: no sector is called {row.entity.sector!r}; known: {', '.join(sectors)}")
    entities = {key: row.entity for key, row in rows.items()}
    words = {name: _read_words(SHIPPED / f"{name}.txt") for name in _WORD_LISTS}
    content = [repr(entity) for entity in entities.values()] + [" ".join(sorted(found)) for found in words.values()]
    return Watchlist(
        entities=MappingProxyType(entities),
        sectors=MappingProxyType(sectors),
        hash=digest(*content),
        **words,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    entity: Entity
    where: str  # "file:line", for the messages


def _without(row: _Row, claimed: Collection[str]) -> _Row:
    """The row less the aliases and tickers that a later file claims."""
    entity = replace(
        row.entity,
        aliases=tuple(alias for alias in row.entity.aliases if alias.text not in claimed),
        tickers=tuple(ticker for ticker in row.entity.tickers if ticker not in claimed),
    )
    return _Row(entity, row.where)


def _read_layer(paths: Iterable[Path]) -> dict[str, _Row]:
    """The rows of files that may not contradict each other: an id once, a certain alias or ticker of one entity."""
    rows: dict[str, _Row] = {}
    owners: dict[str, _Row] = {}
    for path in paths:
        for row in _read_rows(path):
            if row.entity.id in rows:
                raise InputError(f"{row.where}: id {row.entity.id!r} stands already in {rows[row.entity.id].where}")
            rows[row.entity.id] = row
            certain = [alias.text for alias in row.entity.aliases if alias.need is Need.NOTHING]
            for name in (*certain, *row.entity.tickers):
                other = owners.setdefault(name, row)
                if other is not row:
                    raise InputError(
                        f"{row.where}: {name!r} belongs to {other.entity.id!r} already ({other.where}); an alias "
                        "may be shared where it has a condition (?, ~ or = before it)"
                    )
    return rows


def _read_rows(path: Path) -> Iterator[_Row]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot read this watchlist: {error}") from error
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{path}:{number}"
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise InputError(f"{where}: no CSV line: {error}") from error
        if header is None:
            header = _header(cells, where)
            continue
        if len(cells) > len(header):
            raise InputError(f"{where}: {len(cells)} cells under {len(header)} columns; quote cells that hold a comma")
        cell = dict(zip(header, (c.strip() for c in cells), strict=False))
        yield _Row(_entity(cell, where), where)
    if header is None:
        raise InputError(f"{path}: empty; the first line names the columns, of {', '.join(COLUMNS)}")


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    unknown = [cell for cell in header if cell not in COLUMNS]
    if unknown:
        raise InputError(f"{where}: no column is called {unknown[0]!r}; known: {', '.join(COLUMNS)}")
    missing = [name for name in ("id", "name") if name not in header]
    if missing or len(set(header)) < len(header):
        raise InputError(f"{where}: column {missing[0]!r} is missing" if missing else f"{where}: a column stands twice")
    return header


def _entity(cell: Mapping[str, str], where: str) -> Entity:
    def items(column: str) -> tuple[str, ...]:
        return tuple(part for raw in cell.get(column, "").split("|") if (part := raw.strip()))

    key, name, sector = (cell.get(column, "") for column in ("id", "name", "sector"))
    kind = cell.get("kind", "") or "company"
    if not _ID.fullmatch(key):
        raise InputError(f"{where}: id {key!r} must look like us.aapl: small letters and digits with a dot between")
    if not name:
        raise InputError(f"{where}: {key} has no name")
    if kind not in KINDS:
        raise InputError(f"{where}: kind {kind!r} is none of {', '.join(KINDS)}")
    if kind == "company" and not sector:
        raise InputError(f"{where}: {key} has no sector")
    if kind == "sector" and key != f"sector.{sector}":
        raise InputError(f"{where}: the id of sector {sector!r} must be sector.{sector}")
    tickers = items("tickers")
    for ticker in tickers:
        if not _TICKER.fullmatch(ticker):
            raise InputError(f"{where}: ticker {ticker!r} must look like NYSE:XOM")
    names = items("aliases") or (() if kind == "sector" else (name,))
    aliases = tuple(dict.fromkeys(_alias(text, where) for text in (*names, *items("zh"))))
    return Entity(
        id=key,
        name=name,
        kind=kind,
        sector=sector,
        country=cell.get("country", "").upper(),
        tickers=tickers,
        aliases=aliases,
        context=tuple(word.lower() for word in items("context")),
        not_in=items("not"),
        unless=tuple(word.lower() for word in items("unless")),
    )


def _alias(written: str, where: str) -> Alias:
    """`[?~=][@]text`, the flags in either order."""
    text, need, surname = written, Need.NOTHING, False
    while text and text[0] in "?~=@":
        surname |= text[0] == "@"
        need = need if text[0] == "@" else Need(text[0])
        text = text[1:]
    text = text.strip()
    if len(text) < 2:
        raise InputError(f"{where}: alias {written!r} is too short: two characters at least")
    return Alias(text, need, surname)


def _read_words(path: Path) -> frozenset[str]:
    """Words set apart by blanks; `#` begins a comment."""
    text = path.read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())
