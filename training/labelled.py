"""The file that a person labels, and the way back from it to a data set that a recipe can name."""

from __future__ import annotations

import csv
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, field, fields
from pathlib import Path
from typing import Any

from monitor.errors import InputError
from monitor.ingest.canonical import digest
from training.data import SENTIMENTS
from training.prepare import refuse
from training.readers import UnreadableError, read_records
from training.scoring import share
from training.sets import Fault

log = logging.getLogger("bearwatch.train")

RANDOM = "random"  # `why` of the lines that were drawn blindly: the only ones that an error rate may be taken from
_GIVEN = ("sentiment", "topic", "note")
_CHECK = "check"
# What a spreadsheet would run as a formula; news is written by strangers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line before anybody labels it: a headline, or a name in it.

    Attributes:
        key: the article's, as the store has it.
        published_at: ISO 8601, UTC.
        target: the name that is asked about, as it stands in the text; "" for the whole headline.
        p_negative: the stored score's, three decimals.
        why: what it was chosen for.
    """

    key: str
    published_at: str
    publisher: str
    text: str
    target: str
    model_sentiment: str
    p_negative: str
    model_topic: str
    why: str

    def check(self) -> str:
        """Tells a line that was changed or sorted apart. Begins with a letter, or a spreadsheet reads 12e45..."""
        # Not the publisher and P(negative): nothing is made of them, and spreadsheets rewrite figures.
        parts = (self.key, self.published_at, self.text, self.target, self.model_sentiment, self.model_topic, self.why)
        return f"x{digest(*parts)}"


COLUMNS = (*(f.name for f in fields(Line)), *_GIVEN, _CHECK)


@dataclass(frozen=True, slots=True)
class Answer:
    """A line as it came back; labels "" where none was given."""

    number: int
    line: Line
    sentiment: str
    topic: str
    note: str

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.line.key, self.line.text, self.line.target


@dataclass(slots=True)
class Taken:
    """What became of a file's labels.

    Attributes:
        added, same: labels that are new, and that stood so already. changed: `key: was -> is`, one for each other.
        blank: lines without a label.
        alone: headlines of the set with a label for one of their names only; unused until a second has one.
        right: by head, how often the model was right on the lines drawn at random, with its interval.
    """

    added: int = 0
    same: int = 0
    changed: list[str] = field(default_factory=list)
    blank: int = 0
    alone: int = 0
    right: dict[str, dict[str, Any]] = field(default_factory=dict)


def write_lines(lines: Iterable[Line], path: Path) -> Path:
    """Writes the file to be labelled: CSV, UTF-8 with a mark (spreadsheets read it wrongly without).

    Raises:
        InputError: it exists already; somebody's labels may be in it.
    """
    if path.exists():
        raise InputError(
            f"{path} exists already, perhaps with labels in it: take them back first, or name another file"
        )
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([*map(_guarded, astuple(line)), "", "", "", line.check()] for line in lines)
    new.replace(path)
    return path


def take_back(path: Path, to: Path, topics: tuple[str, ...]) -> Taken:
    """Adds a labelled file's labels to the data set `to`, which is made where there is none.

    One JSON line an article: `text`, `sentiment`, `topic`, `entities` (name -> sentiment), `at` and `group` are what
    a recipe's set has; `key`, `publisher`, `why` and `note` are for people. A label given again replaces what stood;
    taking the same file twice changes nothing. Lines of the set without a `key` are left as they are.

    Raises:
        InputError: every fault of both files, one a line; nothing is written then.
    """
    answers, faults = read_answers(path, topics)
    known, wrong = _data_set(to)
    refuse([*faults, *wrong])
    done = Taken(blank=sum(not (answer.sentiment or answer.topic) for answer in answers))
    for answer in answers:
        if answer.sentiment or answer.topic:
            _merge(answer, known, done)
    # One name's label says nothing of a headline that holds several: a set's single entity is the whole headline.
    done.alone = sum("alone" in entry for entry in known.values() if isinstance(entry, dict))
    _write(known, to)
    blind = [answer for answer in answers if answer.line.why == RANDOM and not answer.line.target]
    for head in ("sentiment", "topic"):
        asked = [(getattr(a, head), getattr(a.line, f"model_{head}")) for a in blind if getattr(a, head)]
        if asked:
            done.right[head] = share(sum(person == model for person, model in asked), len(asked))
    for change in done.changed:
        log.warning("changed %s", change)
    return done


def texts_of(path: Path) -> list[str]:
    """The texts that a data set of `take_back` holds; none where it does not exist yet."""
    known, wrong = _data_set(path)
    refuse(wrong)
    return [str(entry.get("text", "")) for entry in known.values() if isinstance(entry, dict)]


def _guarded(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet might run it; `_bare` takes it away again."""
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def read_answers(path: Path, topics: tuple[str, ...]) -> tuple[list[Answer], list[Fault]]:
    """All lines and all faults of a labelled file; lines that a spreadsheet left empty are none."""
    answers: list[Answer] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str, str], int] = {}
    try:
        for record in read_records(str(path), "", "utf-8"):
            where = f"{path}:{record.number}"
            if isinstance(record.fields, str):
                faults.append(Fault(where, record.fields))
                continue
            lacking = [name for name in COLUMNS if name not in record.fields]
            if lacking:
                return [], [Fault(str(path), f"no column {lacking[0]!r} (commas between the columns?)", whole=True)]
            if not any(record.fields.values()):
                continue
            answer, wrong = _answer(record.number, record.fields, topics)
            if answer.identity in seen:
                wrong.append(f"the same article and target as in row {seen[answer.identity]}")
            seen.setdefault(answer.identity, record.number)
            answers.append(answer)
            faults += [Fault(where, what) for what in wrong]
    except UnreadableError as error:
        faults.append(Fault(str(path), str(error), whole=True))
    return answers, faults


def _answer(number: int, cells: dict[str, Any], topics: tuple[str, ...]) -> tuple[Answer, list[str]]:
    line = Line(**{f.name: _bare(cells[f.name]) for f in fields(Line)})
    faults = []
    if cells[_CHECK] != line.check():
        faults.append("key, date, text, target or what the model said was changed; only labels and notes may be")
    found = {"sentiment": "", "topic": ""}
    for head, names in (("sentiment", SENTIMENTS), ("topic", topics)):
        given = cells[head].strip()
        # Spreadsheets like to begin a cell with a capital.
        fitting = [name for name in names if name.casefold() == given.casefold()]
        if given and not fitting:
            known = f"; known are {', '.join(names)}" if head == "sentiment" else ""
            faults.append(f"unknown {head} {given!r}{known}")
        found[head] = fitting[0] if fitting else ""
    if line.target and found["topic"]:
        faults.append("a topic is the headline's: it belongs in the line without a target")
    return Answer(number, line, found["sentiment"], found["topic"], cells["note"].strip()), faults


Known = dict[tuple[str, str] | int, dict[str, Any] | str]


def _data_set(path: Path) -> tuple[Known, list[Fault]]:
    """The set's entries by (key, text), those without a key as they stand by their row; and what is wrong."""
    known: Known = {}
    if not path.is_file():
        return known, []
    faults = []
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="surrogateescape").split("\n"), 1):
        if not text.strip():
            continue
        try:
            entry = json.loads(text)
        except ValueError as error:
            faults.append(Fault(f"{path}:{number}", f"not JSON: {error}"))
            continue
        mine = isinstance(entry, dict) and "key" in entry and "text" in entry
        known[(str(entry["key"]), str(entry["text"])) if mine else number] = entry if mine else text
    return known, faults


def _merge(answer: Answer, known: Known, done: Taken) -> None:
    line = answer.line
    entry = known.setdefault(
        (line.key, line.text),
        # Articles of one story are picked once, under the key of its first: the key is the story.
        {"text": line.text, "at": line.published_at, "group": digest(line.key), "key": line.key,
         "publisher": line.publisher, "why": line.why},
    )  # fmt: skip
    assert isinstance(entry, dict)
    named = {**entry.pop("entities", {}), **entry.pop("alone", {})}
    if line.target:
        _put(named, line.target, answer.sentiment, f"{line.key} ({line.target})", done)
    else:
        for head in ("sentiment", "topic"):
            if getattr(answer, head):
                _put(entry, head, getattr(answer, head), f"{line.key} {head}", done)
    if named:
        entry["entities" if len(named) > 1 else "alone"] = named
    if answer.note:
        entry["note"] = answer.note


def _put(place: dict[str, Any], name: str, label: str, what: str, done: Taken) -> None:
    before = place.get(name)
    place[name] = label
    if before is None:
        done.added += 1
    elif before == label:
        done.same += 1
    else:
        done.changed.append(f"{what}: {before} -> {label}")


def _write(known: Known, path: Path) -> None:
    def lines() -> Iterator[str]:
        for entry in known.values():
            yield (entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False)) + "\n"

    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(lines())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def told(taken: Taken) -> str:
    """One line for a person, and one for each head that the lines drawn at random can speak of."""
    counts = {name: value for name, value in asdict(taken).items() if name in ("added", "same", "blank", "alone")}
    first = ", ".join(f"{value} {name}" for name, value in {**counts, "changed": len(taken.changed)}.items())
    right = (
        f"{head}: the model was right on {found['share']:.3f} {found['interval']} of {found['rows']} drawn at random"
        for head, found in taken.right.items()
    )
    return "\n".join([f"labels: {first}", *right])
