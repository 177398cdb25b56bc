"""The shipped watchlist and its matcher: made once a process, since both take a second and nobody changes them."""

from __future__ import annotations

from functools import cache

from monitor.ingest.entities import EntityMatcher
from monitor.ingest.watchlist import Watchlist, load_watchlist


@cache
def watchlist() -> Watchlist:
    return load_watchlist()


@cache
def matcher() -> EntityMatcher:
    return EntityMatcher(watchlist())
