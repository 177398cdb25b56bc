"""What must be known of store, clock and library before counting."""

from __future__ import annotations

from monitor.alerts.evidence import iso_time
from monitor.errors import InputError
from monitor.ingest.sourcing import Sources
from monitor.records import FUTURE_TOLERANCE_MS
from monitor.storage import rebuild
from monitor.storage.store import Store


def require_past(store: Store, now: int) -> None:
    """Raises InputError where the store's clock is ahead of ours: every tick would be taken for one that goes back."""
    last = store.read(rebuild.last_tick)
    if last is not None and last[1].at > now + FUTURE_TOLERANCE_MS:
        raise InputError(
            f"{store.name}: its last minute is {iso_time(last[1].at)}, this machine's clock says {iso_time(now)}; "
            "set the clock, or restore a backup made before the clock was wrong"
        )


def library_notes(store: Store) -> list[str]:
    """What a person must know of the store's library."""
    return [warning] if (warning := store.warning) else []


def trial_notes(sources: Sources, trial_ms: int) -> list[str]:
    """What a person must know of sources that do not count yet."""
    return [
        f"{source} is new here: its stories are shown, and count from {iso_time(sources.heard[source] + trial_ms)} on"
        for source in sorted(sources.trial)
    ]
