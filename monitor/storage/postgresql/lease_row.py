"""The lease as PostgreSQL keeps it: one row that says who may write, under which epoch, and until when.

Every time in it is the server's, by clock_timestamp(): no two machines' clocks are ever compared. (epoch, token) is a
key of the table, so that PostgreSQL's own row locks do the fencing without any wait between friends:

    a writer         SELECT ... WHERE epoch, token = mine FOR KEY SHARE     held to the end of its transaction
    the renewal      UPDATE ... SET until                                   changes no key: goes on beside a writer
    a takeover       UPDATE ... SET epoch = epoch + 1, token                changes the key: waits for open writers

(https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS) So a transaction of the former holder is
over before the epoch changes, and none can begin after it. The token tells apart two holders of one epoch, which a
server that lost its last transactions (a failover to a replica that lagged) could bring about.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import Any

from monitor.storage import schema_version
from monitor.storage.lease import LeaseRow

# The row exists before the first migration, since the schema is the holder's to migrate.
TABLE = schema_version.LEASE
CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    id smallint PRIMARY KEY CHECK (id = 1),
    epoch bigint NOT NULL,
    token uuid NOT NULL,
    host text NOT NULL,
    process integer NOT NULL,
    command text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL,
    UNIQUE (epoch, token)
)"""
FIRST = f"""
INSERT INTO {TABLE} VALUES (1, 0, '00000000-0000-0000-0000-000000000000', '', 0, '', clock_timestamp(), to_timestamp(0))
ON CONFLICT DO NOTHING"""

_COLUMNS = """
epoch, token::text, host, process, command, to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
extract(epoch FROM until)::float8, until <= clock_timestamp()"""
LOOK = f"SELECT {_COLUMNS} FROM {TABLE}"
TAKE = f"""
UPDATE {TABLE} SET epoch = epoch + 1, token = %s, host = %s, process = %s, command = %s,
    since = clock_timestamp(), until = clock_timestamp() + make_interval(secs => %s)
WHERE until <= clock_timestamp() RETURNING {_COLUMNS}"""
RENEW = f"""
UPDATE {TABLE} SET until = clock_timestamp() + make_interval(secs => %s)
WHERE epoch = %s AND token = %s RETURNING {_COLUMNS}"""
# By 1970 the next one knows that it was let go of, and need not wait for the one before it to come back.
RELEASE = f"UPDATE {TABLE} SET until = to_timestamp(0) WHERE epoch = %s AND token = %s RETURNING {_COLUMNS}"
FENCE = f"SELECT 1 FROM {TABLE} WHERE epoch = %s AND token = %s FOR KEY SHARE"
# Sessions of a former holder that is in the way: stopped in the middle of a transaction, it holds its row lock. Allowed
# to whoever has the same role; for others the sessions' own idle_in_transaction_session_timeout ends them.
END_SESSIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid()"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who asks for the lease.

    Attributes:
        token: of this one claim. command: e.g. `bearwatch run`.
    """

    token: str
    host: str
    process: int
    command: str

    @classmethod
    def of_this_process(cls, command: str) -> Claim:
        return cls(str(uuid.uuid4()), socket.gethostname(), os.getpid(), command)


def read(row: tuple[Any, ...]) -> LeaseRow:
    """A row of `LOOK`, or of what else returns the same columns."""
    return LeaseRow(*row)


def session_name(epoch: int, token: str) -> str:
    """What a holder's sessions are called in pg_stat_activity, so that whoever comes next finds them.

    >>> session_name(7, "5f0c0d8e-0000-0000-0000-000000000000")
    'bearwatch lease 7 5f0c0d8e'
    """
    return f"bearwatch lease {epoch} {token[:8]}"
