"""Slack: incoming webhooks with Block Kit. The address is the secret; nothing is signed.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, .../reference/block-kit/blocks (limits),
https://docs.slack.dev/messaging/formatting-message-text (escaping),
https://docs.slack.dev/apis/web-api/rate-limits (one message a second).
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.chat.parts import rendered
from monitor.alerts.chat.protocol import Answer, Payload, judge_status
from monitor.alerts.message import Item, Message

_SECTION_CHARS = 3_000
_HEADER_CHARS = 150
_BLOCKS = 50


class Slack:
    """Blocks: the title as header, rows gathered into sections, `text` for where blocks are not shown."""

    def render(self, message: Message) -> list[Payload]:
        return rendered(message, _Mrkdwn(), _payload, _fits)

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        return url, payload

    def judge(self, answer: Answer) -> None:
        """Slack names what it refuses in the body: `invalid_payload`, `no_service`, `channel_is_archived`."""
        judge_status(answer, answer.body[:100].decode("utf-8", "replace").strip())


class _Mrkdwn:
    def line(self, text: str) -> str:
        return _escaped(text)

    def heading(self, text: str) -> str:
        return f"*{_escaped(text)}*"

    def item(self, number: int, item: Item) -> str:
        return f"{number}. {_link(item.title, item.url)}{_escaped(item.about)}"

    def links(self, links: Sequence[tuple[str, str]]) -> str:
        return " · ".join(_link(name, url) for name, url in links)

    def footer(self, text: str) -> str:
        return _escaped(text)


def _payload(title: str, rows: Sequence[str]) -> Payload:
    sections: list[str] = []
    for row in rows:
        if sections and _length(sections[-1]) + 1 + _length(row) <= _SECTION_CHARS:
            sections[-1] += f"\n{row}"
        else:
            sections.append(row)
    header = {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    return {
        "text": _escaped(title),
        "unfurl_links": False,  # ten headlines would become ten previews
        "unfurl_media": False,
        "blocks": [header, *({"type": "section", "text": _text(section)} for section in sections)],
    }


def _text(text: str) -> Payload:
    # verbatim: what looks like an address, a channel or a name in a headline is not made one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _fits(payload: Payload) -> bool:
    blocks = payload["blocks"]
    assert isinstance(blocks, list)
    header, *sections = (block["text"]["text"] for block in blocks)
    return (
        len(blocks) <= _BLOCKS
        and _length(header) <= _HEADER_CHARS
        and all(_length(section) <= _SECTION_CHARS for section in sections)
    )


def _length(text: str) -> int:
    """In UTF-16 units, as JavaScript counts: never less than characters."""
    return len(text.encode("utf-16-le")) // 2


def _escaped(text: str) -> str:
    """Slack's three entities; a fence of backticks would swallow the rows behind it, so they become ordinary marks."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")


def _link(text: str, url: str) -> str:
    return f"<{url.replace('&', '&amp;')}|{_escaped(text)}>" if url else _escaped(text)
