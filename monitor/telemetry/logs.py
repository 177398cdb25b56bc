"""Logs: events with keys and values on stderr, for people or as JSON; the same failure once; never a secret.

A failure that repeats is logged the first time, then once a window with how often it was held back: a feed that is
down for a night is one line an hour, not seven hundred.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable, MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from monitor.telemetry.journal import WithPriority, goes_to_journal

HELD_BACK_S = 3_600.0
_REMEMBERED = 1_000  # failures told apart; beyond it the one not seen for longest is forgotten
_FAILING = {"warning", "error", "critical"}
# What does not make a failure another one: it differs at every try.
_VARYING = {"attempt", "failures", "retry_s", "next_check", "seconds", "exc_info"}
_SECRET_KEY = re.compile(r"token|secret|passw|authorization|api_?key|cookie|credential", re.IGNORECASE)
_SECRET_PAIR = re.compile(
    r"([?&][\w.-]*(?:key|token|secret|passw(?:or)?d|auth|sig|signature)=)[^&\s'\"]+", re.IGNORECASE
)
_SECRET_TEXT = re.compile(r"whsec_[A-Za-z0-9+/=]+|(?<=Bearer )\S+|(?<=://)[^/\s@]+(?=@)", re.IGNORECASE)
_MASK = "***"

Event = MutableMapping[str, Any]

# The last failures that were logged, masked, for `bearwatch debug dump`.
RECENT_FAULTS: deque[dict[str, Any]] = deque(maxlen=50)


class OnceAWindow:
    """Drops a failure that was logged within the window; the next one let through tells how many were dropped.

    Two failures are the same when level, event and every value that does not vary from try to try are equal.
    """

    def __init__(self, window_s: float = HELD_BACK_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __call__(self, _logger: Any, method: str, event: Event) -> Event:
        if method not in _FAILING:
            return event
        same = repr(sorted((key, repr(value)) for key, value in event.items() if key not in _VARYING))
        now = self._clock()
        logged_at, held = self._seen.pop(same, (float("-inf"), 0))
        if now - logged_at < self._window_s:
            self._seen[same] = (logged_at, held + 1)
            raise structlog.DropEvent
        self._seen[same] = (now, 0)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if held:
            event["repeated"] = held
        return event


def mask_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Values under secret-sounding keys, and tokens, signing secrets and passwords inside any text, become `***`."""
    for key, value in event.items():
        event[key] = _masked(value, key)
    return event


def masked_text(text: str) -> str:
    """The text without what looks like a secret.

    >>> masked_text("GET https://me:pw@news.example/a?page=2&api_key=abc failed")
    'GET https://***@news.example/a?page=2&api_key=*** failed'
    """
    return _SECRET_TEXT.sub(_MASK, _SECRET_PAIR.sub(rf"\g<1>{_MASK}", text))


def _masked(value: Any, key: str = "") -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value  # a number of tokens is no token
    if _SECRET_KEY.search(key):
        return _MASK
    if isinstance(value, dict):
        return {k: _masked(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return masked_text(str(value))


def remember_faults(_logger: Any, _method: str, event: Event) -> Event:
    """Keeps what is being logged in RECENT_FAULTS, where it is a failure."""
    if event.get("level") in _FAILING:
        RECENT_FAULTS.append(
            {key: value if isinstance(value, int | float) else str(value) for key, value in event.items()}
        )
    return event


def set_up_logs(level: Literal["debug", "info", "warning", "error"], form: str, stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging, which our dependencies use, alike.

    Dependencies speak from warnings on; at level debug they say everything.

    Args:
        form: `console` for people, `json` for one object a line with `timestamp` in ISO 8601 UTC.
        stream: stderr where none is given: stdout is for data.
    """
    out = stream if stream is not None else sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
    ]
    # Masked after the traceback has become text, held back before the time makes every line another.
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask_secrets,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            remember_faults,
            renderer,
        ],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(WithPriority(formatter) if goes_to_journal(out, os.environ) else formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper() if level in {"debug", "error"} else "WARNING")
    logging.getLogger("monitor").setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared[:-1],
            OnceAWindow(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a test sets them up again
    )
