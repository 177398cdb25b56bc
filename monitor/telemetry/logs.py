"""Logs: events with keys and values on stderr, for people or as JSON; the same failure once; never a secret.

A failure that repeats is logged once, and then how often it was held back (`once`): a feed that is down for a night is
one line an hour, not seven hundred.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from monitor.telemetry.journal import WithPriority, goes_to_journal
from monitor.telemetry.once import FAILING, Event, OnceAWindow

_SECRET_KEY = re.compile(r"token|secret|passw|authorization|api_?key|cookie|credential", re.IGNORECASE)
_SECRET_PAIR = re.compile(
    r"([?&][\w.-]*(?:key|token|secret|passw(?:or)?d|auth|sig|signature)=)[^&\s'\"]+", re.IGNORECASE
)
_SECRET_TEXT = re.compile(r"whsec_[A-Za-z0-9+/=]+|(?<=Bearer )\S+|(?<=://)[^/\s@]+(?=@)", re.IGNORECASE)
_MASK = "***"

# The last failures that were logged, masked, for `bearwatch debug dump`.
RECENT_FAULTS: deque[dict[str, Any]] = deque(maxlen=50)


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
    if event.get("level") in FAILING:
        RECENT_FAULTS.append(
            {key: value if isinstance(value, int | float) else str(value) for key, value in event.items()}
        )
    return event


def form_for(stream: TextIO, env: Mapping[str, str]) -> Literal["console", "json"]:
    """What `auto` comes to: people read a terminal, and the journal, which has priorities of its own; a pipe or a file
    is a log collector's, as in a container.
    """
    return "console" if stream.isatty() or goes_to_journal(stream, env) else "json"


def set_up_logs(level: Literal["debug", "info", "warning", "error"], form: str, stream: TextIO | None = None) -> None:
    """Sets up structlog and the standard library's logging, which our dependencies use, alike.

    Dependencies speak from warnings on; at level debug they say everything.

    Args:
        form: `console` for people, `json` for one object a line with `timestamp` in ISO 8601 UTC; `auto` by `form_for`.
        stream: stderr where none is given: stdout is for data.
    """
    out = stream if stream is not None else sys.stderr
    if form == "auto":
        form = form_for(out, os.environ)
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
