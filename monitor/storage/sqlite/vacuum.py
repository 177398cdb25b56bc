"""Pages that deleted rows leave behind, given back to the file system."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection

# Of the file; retention deletes about what comes in, so that a little space is soon used again.
SPARE = 0.05
# Pages (4 KiB) of one transaction: each may move another one, all are written, about 10 ms.
STEP_PAGES = 250


def give_back(connection: Connection, spare: float = SPARE) -> int:
    """Cuts a few free pages off the file's end, in the caller's transaction; how many.

    0 where no more than `spare` is free, and where this database has none to give: it was made without incremental
    vacuum.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection) or _pragma(driver, "auto_vacuum") != 2:
        return 0
    free = _pragma(driver, "freelist_count")
    beyond = free - int(_pragma(driver, "page_count") * spare)
    if beyond <= 0:
        return 0
    left, target = free, free - min(beyond, STEP_PAGES)
    while left > target:
        # However many it is asked for, a page or two go with each call: sqlite3 does not step a statement without
        # columns to its end.
        driver.execute("PRAGMA incremental_vacuum(2)").fetchall()
        before, left = left, _pragma(driver, "freelist_count")
        if left == before:
            break
    return free - left


def _pragma(driver: sqlite3.Connection, name: str) -> int:
    return int(driver.execute(f"PRAGMA {name}").fetchone()[0])
