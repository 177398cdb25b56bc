"""Where a store is, as it was given: a SQLite file, or a PostgreSQL database with what it takes to reach it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

POSTGRESQL = ("postgresql", "postgres")  # both spellings are libpq's own


# A standby takes over this long after the last renewal. Shorter, and a slow fsync or a lost packet, which TCP may need
# seconds to send again, costs a takeover; longer, and with the time to read a store of 90 days again (15 s) a takeover
# could exceed the 30 s that are promised.
LEASE_S = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """A store's address.

    Attributes:
        url: a path, `sqlite:///` and a path, or `postgresql://user@host/database?parameters` as libpq reads it.
        password: of the PostgreSQL role; "" leaves it to libpq (PGPASSFILE, PGPASSWORD, ~/.pgpass, certificates).
        folder: for the files that a daemon on PostgreSQL has beside its store, such as its admin socket; None for the
            XDG state folder. A SQLite store's are beside its file.
        lease_s: how long a lease on it holds unless it is renewed.
    """

    url: str
    password: str = field(default="", repr=False)
    folder: Path | None = None
    lease_s: float = LEASE_S

    @property
    def scheme(self) -> str:
        """What stands before `://`; "" of a plain path."""
        scheme, found, _ = self.url.partition("://")
        return scheme if found else ""


Given = Address | str | Path


def address_of(given: Given) -> Address:
    """An address, or a path or URL as one."""
    return given if isinstance(given, Address) else Address(str(given))


def state_folder(env: Mapping[str, str] = os.environ) -> Path:
    """The XDG state folder; a relative XDG_STATE_HOME is ignored, as the XDG specification asks."""
    state = env.get("XDG_STATE_HOME", "")
    home = env.get("HOME", "") or str(Path.home())
    return (Path(state) if Path(state).is_absolute() else Path(home) / ".local" / "state") / "bearwatch"
