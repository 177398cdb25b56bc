"""A message as rows, and rows as parts that a provider takes: split between rows, never within one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from monitor.alerts.message import Item, Message

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

_MOST = 99  # room for "(99/99)" is kept in every title; an alert has some thirty rows


class Style(Protocol[R_co]):
    """How a format writes each kind of row; texts come plain and are escaped here."""

    def line(self, text: str) -> R_co: ...

    def heading(self, text: str) -> R_co: ...

    def item(self, number: int, item: Item) -> R_co:
        """A headline or denial, number 1 being the first."""
        ...

    def links(self, links: Sequence[tuple[str, str]]) -> R_co:
        """Our own links, (what it is called, its address), in one row."""
        ...

    def footer(self, text: str) -> R_co: ...


def rows_of(message: Message, style: Style[R], fits: Callable[[Sequence[R]], bool]) -> list[R]:
    """The message's rows in order, but for its footer; an address that would make its row longer than a whole part is
    left out.

    Args:
        fits: whether a part of these rows is within the limits.
    """
    rows = [style.line(line) for line in message.lines]
    for heading, items in ((message.headlines_heading, message.headlines), (message.denials_heading, message.denials)):
        if items:
            rows.append(style.heading(heading))
        for number, item in enumerate(items, start=1):
            row = style.item(number, item)
            rows.append(row if fits([row]) else style.item(number, replace(item, url="")))
    if message.links:
        joined = style.links(message.links)
        rows += [joined] if fits([joined]) else [style.links([link]) for link in message.links]
    return rows


def split(rows: Sequence[R], fits: Callable[[Sequence[R]], bool]) -> list[list[R]]:
    """Rows in as few parts as their order allows; a row that fits nowhere has a part to itself."""
    parts: list[list[R]] = []
    for row in rows:
        if parts and fits([*parts[-1], row]):
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def rendered(
    message: Message,
    style: Style[R],
    payload: Callable[[str, Sequence[R]], dict[str, object]],
    fits: Callable[[dict[str, object]], bool],
) -> list[dict[str, object]]:
    """The message's parts as payloads. Each ends with the footer: it says which alert goes on there, and has the word
    `Bearwatch`, without which a robot that is set to a keyword refuses a message.

    Args:
        payload: makes one of a title and rows. fits: whether a payload is within the limits.
    """
    longest, footer = message.numbered(_MOST, _MOST), style.footer(message.footer)

    def fit(rows: Sequence[R]) -> bool:
        return fits(payload(longest, [*rows, footer]))

    parts = split(rows_of(message, style, fit), fit) or [[]]
    return [
        payload(message.numbered(number, len(parts)), [*rows, footer]) for number, rows in enumerate(parts, start=1)
    ]
