"""What a chat format is: how a message is written, signed and its answer read. Pure: no network, no clock."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from monitor.alerts.message import Message
from monitor.alerts.protocol import Final, Retryable

Payload = dict[str, object]  # JSON-able

# 408 request timeout, 425 too early, 429 too many requests: these and 5xx may pass.
_RETRYABLE = frozenset({408, 425, 429})
# Every provider's limits are by the minute; none but Slack says when to come again.
MINUTE_S = 60.0
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. body: its first 64 KB. retry_after: seconds, from the header of that name."""

    status: int
    body: bytes
    retry_after: float | None = None


class Format(Protocol):
    """One provider's format."""

    def render(self, message: Message) -> list[Payload]:
        """The message as one or several parts, in order, each within the provider's limits; no headline is lost."""
        ...

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        """Address and payload with the signature, where this kind signs. now: ms since the epoch."""
        ...

    def judge(self, answer: Answer) -> None:
        """Returns where the provider took it.

        Raises:
            Retryable: it may pass, such as a limit of messages a minute.
            Final: the provider's own code as the reason.
        """
        ...


def encode(payload: Payload) -> bytes:
    """The bytes that are sent, and whose size counts."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def judge_status(answer: Answer, word: str = "") -> None:
    """By HTTP status alone. word: what the provider calls a refusal; its reason, where it is a word."""
    status = answer.status
    if 200 <= status < 300:
        return
    if _may_pass(status):
        raise Retryable(f"http_{status}", _wait(answer), status)
    raise Final(word if _WORD.fullmatch(word) else f"http_{status}", status)


def judge_code(answer: Answer, name: str, passing: Mapping[int, float]) -> None:
    """By a code in the body, 0 being good: these providers answer 200 to what they refuse.

    Args:
        name: of the code. passing: codes that pass with time, and the seconds that they take.
    """
    code = json_object(answer.body).get(name)
    if not isinstance(code, int) or isinstance(code, bool):
        judge_status(answer)
        # A proxy's page, or what is no chat at all: had it been taken, there would be a code.
        raise Retryable("no_code", None, answer.status)
    if code == 0:
        judge_status(answer)
    elif code in passing:
        raise Retryable(f"{name}_{code}", max(passing[code], answer.retry_after or 0.0), answer.status)
    elif _may_pass(answer.status):
        # A code that we do not know, with a status that says it is their trouble: no reason to give an alert up.
        raise Retryable(f"{name}_{code}", _wait(answer), answer.status)
    else:
        raise Final(f"{name}_{code}", answer.status)


def _may_pass(status: int) -> bool:
    return status in _RETRYABLE or status >= 500


def _wait(answer: Answer) -> float | None:
    return MINUTE_S if answer.status == 429 and answer.retry_after is None else answer.retry_after


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object in a body, {} where it holds none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
