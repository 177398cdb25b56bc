"""Feishu and Lark: a custom bot's interactive card.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (signature, 20 KB, 100 a minute and 5 a second),
https://open.feishu.cn/document/uAjLw4CM/ukzMukzMukzM/feishu-cards/card-components/content-components/rich-text:
the entities.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from monitor.alerts.chat.parts import rendered
from monitor.alerts.chat.protocol import MINUTE_S, Answer, Payload, encode, json_object, judge_code, judge_status
from monitor.alerts.message import Item, Message

# "20 KB" by the smaller reading, less the signature that comes on top: a number of seconds and 44 characters.
_BYTES = 20_000 - 200
# 11232: too many messages for this bot; 99991400: too many requests; both are counted by the minute.
_PASSING = {11232: MINUTE_S, 99991400: MINUTE_S}
# Everything that card markdown reads as more than a character, as the entities that its documentation asks for.
_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&<>*_~`[]#!\\"})


class Feishu:
    """A card: the title in a coloured header, all rows in one markdown element."""

    def render(self, message: Message) -> list[Payload]:
        colour = "green" if message.over else "red" if message.severity == "critical" else "orange"

        def payload(title: str, rows: Sequence[str]) -> Payload:
            header = {"title": {"tag": "plain_text", "content": title}, "template": colour}
            card = {
                "config": {"wide_screen_mode": True},
                "header": header,
                "elements": [{"tag": "markdown", "content": "\n".join(rows)}],
            }
            return {"msg_type": "interactive", "card": card}

        return rendered(message, _Markdown(), payload, lambda payload: len(encode(payload)) <= _BYTES)

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        """HMAC-SHA256 of nothing; the key is the time in seconds, a line break and the secret."""
        timestamp = str(now // 1_000)
        digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        return url, {"timestamp": timestamp, "sign": base64.b64encode(digest).decode(), **payload}

    def judge(self, answer: Answer) -> None:
        """`code_19021`: the signature does not match, or the clock is an hour off; `code_19001`: no such bot."""
        told = json_object(answer.body)
        if "code" not in told and told.get("StatusCode") == 0:
            judge_status(answer)  # how older bots say success
            return
        judge_code(answer, "code", _PASSING)


class _Markdown:
    def line(self, text: str) -> str:
        return text.translate(_ENTITIES)

    def heading(self, text: str) -> str:
        return f"**{text.translate(_ENTITIES)}**"

    def item(self, number: int, item: Item) -> str:
        return f"{number}. {_link(item.title, item.url)}{item.about.translate(_ENTITIES)}"

    def links(self, links: Sequence[tuple[str, str]]) -> str:
        return " · ".join(_link(name, url) for name, url in links)

    def footer(self, text: str) -> str:
        return text.translate(_ENTITIES)


def _link(text: str, url: str) -> str:
    return f"[{text.translate(_ENTITIES)}]({url})" if url else text.translate(_ENTITIES)
