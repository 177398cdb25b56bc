"""How a command runs its coroutine, and what a signal does before that."""

from __future__ import annotations

import os
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

from monitor.errors import BearwatchError, InputError, OperatorError
from monitor.heap import one_heap


def heed_stop() -> None:
    """SIGTERM ends a daemon that is still starting; once it runs, its supervisor's handler stands in this one's place.

    Without a handler the kernel keeps the signal from a container's first process, and the runtime kills that at last.
    It leaves at once, as nothing is under way: an exception would become an ImportError where a C module is imported.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def in_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs on uvloop; an error for people that a task group wrapped comes out as itself."""
    one_heap()
    try:
        return uvloop.run(work)
    except BaseExceptionGroup as group:
        told = group.subgroup((InputError, OperatorError))
        if told is None:
            raise
        raise _first(told) from None


def _first(group: BaseExceptionGroup[BearwatchError]) -> BearwatchError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
