"""WeCom (Enterprise WeChat): a group robot's markdown message. The key in the address is the secret.

https://developer.work.weixin.qq.com/document/path/91770 (4,096 bytes, 20 messages a minute),
https://developer.work.weixin.qq.com/document/path/90313 (codes).
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.chat.fullwidth import FullWidth
from monitor.alerts.chat.parts import rendered
from monitor.alerts.chat.protocol import MINUTE_S, Answer, Payload, judge_code
from monitor.alerts.message import Message

_BYTES = 4_096  # of the content, UTF-8
# 45009: more than 20 a minute; 45033: too many at once; -1: "system busy".
_PASSING = {45009: MINUTE_S, 45033: MINUTE_S, -1: MINUTE_S}


class WeCom:
    """Markdown with a coloured title: `warning` is orange, `info` green; there is no red."""

    def render(self, message: Message) -> list[Payload]:
        style, colour = FullWidth(), "info" if message.over else "warning"

        def payload(title: str, rows: Sequence[str]) -> Payload:
            heading = f'**<font color="{colour}">{style.line(title)}</font>**'
            return {"msgtype": "markdown", "markdown": {"content": "\n".join([heading, *rows])}}

        return rendered(message, style, payload, _fits)

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        return url, payload

    def judge(self, answer: Answer) -> None:
        """`errcode_93000`: no such robot; `errcode_40058`: the message is not as it should be."""
        judge_code(answer, "errcode", _PASSING)


def _fits(payload: Payload) -> bool:
    markdown = payload["markdown"]
    assert isinstance(markdown, dict)
    return len(markdown["content"].encode()) <= _BYTES
