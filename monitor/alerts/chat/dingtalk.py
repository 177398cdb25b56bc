"""DingTalk: a custom robot's markdown message.

https://open.dingtalk.com/document/orgapp/custom-robot-access (20 messages a minute, then nothing for ten),
https://open.dingtalk.com/document/robots/customize-robot-security-settings (signature),
https://open.dingtalk.com/document/orgapp/custom-bot-send-message-type.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import urlencode

from monitor.alerts.chat.fullwidth import FullWidth
from monitor.alerts.chat.parts import rendered
from monitor.alerts.chat.protocol import MINUTE_S, Answer, Payload, encode, judge_code
from monitor.alerts.message import Message

_BYTES = 20_000  # of the whole request
# 130101 and 410100: faster than 20 a minute, after which the robot is silenced for ten. -1: "system busy".
_PASSING = {130101: 10 * MINUTE_S, 410100: 10 * MINUTE_S, -1: MINUTE_S}


class DingTalk:
    """Markdown; nobody is called (`at`), whatever a headline says."""

    def render(self, message: Message) -> list[Payload]:
        style = FullWidth()

        def payload(title: str, rows: Sequence[str]) -> Payload:
            text = "\n\n".join([f"#### {style.line(title)}", *rows])  # one line break alone is none
            return {
                "msgtype": "markdown",
                "markdown": {"title": style.line(title), "text": text},
                "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False},
            }

        return rendered(message, style, payload, lambda payload: len(encode(payload)) <= _BYTES)

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        """HMAC-SHA256 by the secret of the time in ms, a line break and the secret; both go into the query."""
        digest = hmac.new(secret.encode(), f"{now}\n{secret}".encode(), hashlib.sha256).digest()
        query = urlencode({"timestamp": now, "sign": base64.b64encode(digest).decode()})
        return f"{url}{'&' if '?' in url else '?'}{query}", payload

    def judge(self, answer: Answer) -> None:
        """`errcode_310000`: signature, keyword or address do not match; `errcode_300001`: no such robot."""
        judge_code(answer, "errcode", _PASSING)
