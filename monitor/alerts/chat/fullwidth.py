"""Markdown for providers that document no escape: what could become markup is written as its full-width twin. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.message import Item

# U+FF01 to U+FF5E are ! to ~ in the width of Chinese characters, and mean the same to a reader. `@` is among them: a
# name or telephone number behind it would be called.
_TWINS = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "<>@[]*`_~#|\\"} | {"&": "＆"})
_FOOTER = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in "<>[]*`"})  # an alert's id is to be copied: it has @ and #


class FullWidth:
    """Rows in markdown of bold, links and nothing else."""

    def line(self, text: str) -> str:
        return text.translate(_TWINS)

    def heading(self, text: str) -> str:
        return f"**{text.translate(_TWINS)}**"

    def item(self, number: int, item: Item) -> str:
        return f"{number}. {self._link(item.title, item.url)}{item.about.translate(_TWINS)}"

    def links(self, links: Sequence[tuple[str, str]]) -> str:
        return " · ".join(self._link(name, url) for name, url in links)

    def footer(self, text: str) -> str:
        return text.translate(_FOOTER)

    def _link(self, text: str, url: str) -> str:
        return f"[{text.translate(_TWINS)}]({url})" if url else text.translate(_TWINS)
