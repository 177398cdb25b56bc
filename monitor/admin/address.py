"""Where the daemon's admin socket is: beside the store that it writes."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.errors import OperatorError

# sun_path of Linux has 108 bytes with the closing NUL (unix(7)); others have fewer, none has more.
_MOST_BYTES = 107


def socket_path(store: Path) -> Path:
    """The socket of the daemon whose files stand beside this one (`Store.beside`).

    >>> socket_path(Path("/var/lib/bearwatch/bearwatch.db")).name
    'bearwatch.db.sock'

    Raises OperatorError: the path is longer than a Unix socket's may be.
    """
    path = store.with_name(f"{store.name}.sock")
    length = len(os.fsencode(path))
    if length > _MOST_BYTES:
        raise OperatorError(
            f"the admin socket {path} would have a path of {length} bytes, and a Unix socket's has {_MOST_BYTES} at "
            "most: keep the store under a shorter path, or stop the daemon for this"
        )
    return path
