"""The measuring instrument has an identity: what must be known of store, clock, model and library before counting."""

from __future__ import annotations

import structlog

from monitor.alerts.evidence import iso_time
from monitor.errors import InputError
from monitor.records import DAY_MS, FUTURE_TOLERANCE_MS
from monitor.storage import rebuild
from monitor.storage.connections import sqlite_warning
from monitor.storage.effects import Effects
from monitor.storage.store import Store

log = structlog.get_logger(__name__)


def require_past(store: Store, now: int) -> None:
    """Raises InputError where the store's clock is ahead of ours: every tick would be taken for one that goes back."""
    last = store.read(rebuild.last_tick)
    if last is not None and last[1].at > now + FUTURE_TOLERANCE_MS:
        raise InputError(
            f"{store.path}: its last minute is {iso_time(last[1].at)}, this machine's clock says {iso_time(now)}; "
            "set the clock, or restore a backup made before the clock was wrong"
        )


def instrument_notes(store: Store, instrument: str, now: int) -> list[str]:
    """What a person must know of the measuring instrument; remembers in the store with what it measured last."""
    notes = [warning] if (warning := sqlite_warning()) else []
    before = store.read(rebuild.meta, "instrument")
    if before != instrument:
        changed = {} if before is None else {"instrument_changed_at": str(now)}
        store.commit(Effects(meta={"instrument": instrument, **changed}))
        log.info("instrument", before=before, now=instrument)
    since = store.read(rebuild.meta, "instrument_changed_at")
    if (before not in (None, instrument)) or (since is not None and now - int(since) < 28 * DAY_MS):
        notes.append(
            "the model or the watchlist was changed within the last 28 days: the baselines were counted in part with "
            "the old one"
        )
    return notes
