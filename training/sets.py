"""A set's records become rows: columns and labels by the recipe's maps, text cleaned as by the daemon.

A label is a name of ours, or what the recipe's label map makes one; `entities` (name -> sentiment, SEntFiN's form) may
be an object or its JSON text. See `targets` for what becomes of entities.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.errors import BearwatchError
from monitor.ingest.canonical import clean_text, model_text, without_token
from training.data import MISSING, SENTIMENTS, Row
from training.readers import Record, UnreadableError, fingerprint, read_records
from training.recipe import COLUMNS, DataSet
from training.targets import TARGET, entity_rows


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `file:row`, or the file alone (`whole`) where the set cannot be used at all."""

    where: str
    what: str
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class SetRead:
    """What came of a set.

    Attributes:
        read: rows of the set, faulty ones included.
        unused: rows without any label, or with a text that is a link alone; no fault and no use.
        lost: names of entities that their headline does not hold.
        mark: sha256 and size of what was read.
    """

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    read: int = 0
    unused: int = 0
    lost: list[str] = field(default_factory=list)
    mark: dict[str, Any] = field(default_factory=dict)


class _WrongRowError(BearwatchError):
    """This row is no labelled headline; the message says why."""


def read_set(
    entry: DataSet, topics: tuple[str, ...], watched: Callable[[Iterable[Record]], Iterable[Record]] = iter
) -> SetRead:
    """All rows and all faults of a set; what the set holds never raises.

    Args:
        watched: wraps the records as they are read, for a progress bar.
    """
    done = SetRead()
    adapter = _Adapter(entry, topics)
    hashed = hashlib.sha256()
    try:
        for record in watched(read_records(entry.path, entry.split, entry.encoding)):
            done.read += 1
            hashed.update(repr(record).encode("utf-8", "surrogatepass"))
            try:
                rows, lost = adapter.rows(record)
            except _WrongRowError as error:
                done.faults.append(Fault(f"{entry.path}:{record.number}", str(error)))
                continue
            done.rows += rows
            done.lost += lost
            done.unused += not rows
        done.mark = fingerprint(entry.path, hashed.hexdigest())
        if not done.read:
            raise UnreadableError("no row is in it")
    except UnreadableError as error:
        done.faults.append(Fault(entry.path, str(error), whole=True))
        return done
    absent = adapter.absent()
    # A column that no row has is one fault, not one a row.
    of_rows = [fault for fault in done.faults if fault.what not in absent]
    done.faults = [*(Fault(entry.path, what, whole=True) for what in absent), *of_rows]
    return done


class _Adapter:
    """One set's way from records to rows; remembers which columns it has seen."""

    def __init__(self, entry: DataSet, topics: tuple[str, ...]) -> None:
        self._entry = entry
        self._names = {"sentiment": SENTIMENTS, "topic": topics}
        self._columns = {ours: entry.columns.get(ours, ours) for ours in COLUMNS}
        self._seen: set[str] = set()

    def rows(self, record: Record) -> tuple[list[Row], list[str]]:
        """The rows of a record, none where it is of no use, and the names that its text does not hold.

        Raises:
            _WrongRowError: what is wrong with it.
        """
        if isinstance(record.fields, str):
            raise _WrongRowError(record.fields)
        self._seen.update(record.fields)
        given = {ours: _value(record.fields.get(theirs)) for ours, theirs in self._columns.items()}
        if self._columns["text"] not in record.fields:
            raise _WrongRowError(_no_column(self._columns["text"]))
        text = without_token(model_text(clean_text(_text(given["text"])), ""), TARGET).strip()
        plain = Row(
            text=text,
            sentiment=self._label("sentiment", given["sentiment"]),
            topic=self._label("topic", given["topic"]),
            source=self._entry.name,
            # Two sets may number their groups alike.
            group=f"{self._entry.name}:{clean_text(str(given['group']))}" if given["group"] is not None else "",
            at=moment(given["at"]) if given["at"] is not None else None,
        )
        if plain.at is None and "at" in self._entry.columns:
            raise _WrongRowError("no date")
        entities = {name: self._label("sentiment", label) for name, label in _entities(given["entities"]).items()}
        return entity_rows(plain, entities) if text else ([], [])

    def absent(self) -> list[str]:
        """Columns that the recipe names, `text`, or any that could hold a label, and that no row had."""
        if not self._seen:
            return []
        wanted = [self._columns["text"], *(t for o, t in self._entry.columns.items() if o != "text")]
        faults = [_no_column(name) for name in wanted if name not in self._seen]
        labels = [self._columns[name] for name in ("sentiment", "topic", "entities")]
        return faults if self._seen.intersection(labels) else [*faults, _no_column("' or '".join(labels))]

    def _label(self, head: str, given: Any) -> int:
        if given is None:
            return MISSING
        name = str(given)
        ours = self._entry.labels.get(name, name)
        names = self._names[head]
        if ours not in names:
            shown = repr(name) if ours == name else f"{name!r} ({ours!r} by the recipe)"
            known = f"; known are {', '.join(names)}" if head == "sentiment" else ""
            raise _WrongRowError(f"unknown {head} {shown}{known}")
        return names.index(ours)


def _no_column(name: str) -> str:
    return f"no column {name!r}" if "'" not in name else f"no column '{name}'"


def _value(given: Any) -> Any:
    """None for what tables write where they have nothing; whole numbers without the point that gaps give them."""
    if isinstance(given, float):
        return None if math.isnan(given) else int(given) if given.is_integer() else given
    if isinstance(given, str):
        return given.strip() or None
    return given


def _text(given: Any) -> str:
    if given is None:
        raise _WrongRowError("empty text")
    if not isinstance(given, str):
        raise _WrongRowError(f"the text is no text but {type(given).__name__}")
    return given


def _entities(given: Any) -> Mapping[str, Any]:
    """Name -> label, from an object, its JSON text, or a Parquet map or struct (which has all names in every row)."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise _WrongRowError(f"entities are not JSON: {error}") from error
    if isinstance(given, list):
        given = dict(pair for pair in given if isinstance(pair, tuple) and len(pair) == 2)
    if given is not None and not isinstance(given, dict):
        raise _WrongRowError("entities are an object of names and sentiments")
    return {str(name): label for name, label in (given or {}).items() if label is not None}


def moment(given: Any) -> int:
    """A date as ms UTC: ISO 8601 (UTC where it names no zone), seconds or milliseconds since 1970, or a datetime.

    >>> moment("2023-03-10"), moment("2023-03-10T00:00:00+01:00"), moment(1678406400)
    (1678406400000, 1678402800000, 1678406400000)
    """
    text = str(given)
    if text.lstrip("-").isdecimal() and len(text) > 8:
        number = int(text)
        # Seconds reach this in the year 5138, milliseconds had it in March 1973.
        return number if abs(number) >= 100_000_000_000 else number * 1_000
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise _WrongRowError(f"bad date {text[:40]!r}") from error
    return round((when if when.tzinfo else when.replace(tzinfo=datetime.UTC)).timestamp() * 1_000)
