"""What is shipped, for tests: the watchlist and its matcher are made once a process, both take a second."""

from __future__ import annotations

from functools import cache

from monitor.ingest.entities import EntityMatcher
from monitor.ingest.watchlist import Watchlist, load_watchlist

# For daemons whose model is not what is tested: half the work of the default one.
FAST = {"BEARWATCH_MODEL__PATH": "fast"}


@cache
def watchlist() -> Watchlist:
    return load_watchlist()


@cache
def matcher() -> EntityMatcher:
    return EntityMatcher(watchlist())
