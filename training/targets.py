"""Entity-level labels become rows of their own: the entity's name in the headline is replaced by `[TARGET]`.

A headline that names one entity stays as it is: its sentiment is the headline's. One that names several becomes a row
for each name, so that the model can say different things of them; as the daemon asks, once per entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from monitor.ingest.canonical import clean_text, digest, mark_target
from training.data import MISSING, Row

TARGET = "[TARGET]"

# SEntFiN's makers put their labels over the words of advice, inside names too: "Alibaba Group neutraling Inc".
_ARTEFACTS = (("neutral", "hold"), ("negative", "sell"), ("positive", "buy"))

Span = tuple[int, int]


def unmarked(row: Row) -> str:
    """The headline of a row as it was before its name was replaced."""
    return row.text.replace(TARGET, row.target, 1) if row.target else row.text


def occurrences(text: str, name: str) -> Iterator[Span]:
    """Where the name stands as whole words, in order: as written, else in any case.

    >>> list(occurrences("Turmoil in oil", "oil")), list(occurrences("ACME FALLS", "Acme"))
    ([(11, 14)], [(0, 4)])
    """
    pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
    exact = [found.span() for found in re.finditer(pattern, text)]
    yield from exact or (found.span() for found in re.finditer(pattern, text, re.IGNORECASE))


def spelled(text: str, name: str) -> str:
    """The name as it may stand in the headline: cleaned, SEntFiN's artefacts undone where it is not found otherwise.

    >>> spelled("Nomura Holdings cuts jobs", "Nomura neutralings ")
    'Nomura holdings'
    """
    name = clean_text(name)
    if next(occurrences(text, name), None):
        return name
    restored = name
    for artefact, word in _ARTEFACTS:
        restored = re.sub(artefact, word, restored, flags=re.IGNORECASE)
    return restored if next(occurrences(text, restored), None) else name


def find_names(text: str, names: list[str]) -> dict[str, Span]:
    """The first place of each name that stands in the text as whole words; names that do not are absent.

    A place inside a longer name of the same headline ("Tata" in "Tata Motors") is taken only where there is no other.
    """
    spelling = {name: spelled(text, name) for name in names}
    places = {name: list(occurrences(text, spelt)) if spelt else [] for name, spelt in spelling.items()}
    result: dict[str, Span] = {}
    for name, spans in places.items():
        longer = [span for other in names if len(spelling[other]) > len(spelling[name]) for span in places[other]]
        free = [(a, b) for a, b in spans if not any(start <= a and b <= end for start, end in longer)]
        if spans:
            result[name] = (free or spans)[0]
    return result


def entity_rows(plain: Row, entities: Mapping[str, int]) -> tuple[list[Row], list[str]]:
    """The rows of a headline with entity-level labels, and the names that were not found in it.

    One entity: the plain row with its label. Several: a row for each name that is found, its name replaced, `target`
    the name as it stood there; beside them the plain row, with the label where all agree, without one where they
    differ (so it stays only for its topic). All rows of a headline share `group`.

    Args:
        plain: the headline without the token (`without_token`), its topic, source, group ("" for none) and date; a
            sentiment of its own goes before its entities'.
        entities: name -> index of the sentiment.
    """
    labels = {plain.sentiment} - {MISSING} or set(entities.values())
    sentiment = labels.pop() if len(labels) == 1 else MISSING
    group = plain.group or (f"{plain.source}:{digest(plain.text)}" if len(entities) > 1 else "")
    whole = replace(plain, sentiment=sentiment, group=group)
    rows = [whole] if sentiment != MISSING or plain.topic != MISSING else []
    if len(entities) < 2:
        return rows, []
    found = find_names(plain.text, list(entities))
    for name, span in found.items():
        text = mark_target(plain.text, *span, TARGET)
        before, _, behind = text.partition(TARGET)
        # Not what the span holds: a possessive in a name stays behind the token.
        target = plain.text[len(before) : len(plain.text) - len(behind)]
        rows.append(replace(whole, text=text, sentiment=entities[name], topic=MISSING, target=target))
    return rows, [name for name in entities if name not in found]
