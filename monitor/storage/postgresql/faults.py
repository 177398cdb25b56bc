"""What PostgreSQL's errors mean, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

from __future__ import annotations

import re

import psycopg
from sqlalchemy import exc

# Passing conditions: the same transaction is worth another try, on a new connection where this one is gone.
_TRANSIENT = frozenset(
    {
        "25006",  # read-only transaction: the server has become a standby
        "25P03",  # idle in transaction for too long: this process stood still
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # a lock was not to be had in time
        "57014",  # cancelled: took longer than statement_timeout, or somebody cancelled it
        "57P01",  # the server shuts down, or an administrator ended this session
        "57P02",  # another backend crashed
        "57P03",  # the server starts up
        "57P05",  # idle session
        "58030",  # I/O error
    }
)
_TRANSIENT_CLASSES = ("08", "53")  # connections; disk full, out of memory, too many connections
# libpq hands out no SQLSTATE where a connection is refused. What only a person can mend is told by the server's words;
# those of a server that speaks another language are taken for a passing condition: exit code 1 instead of 2.
_WRONG_INPUT = re.compile(
    r'password authentication failed|no password supplied|database "[^"]*" does not exist|role "[^"]*" does not exist'
    r"|no pg_hba\.conf entry|permission denied for database|certificate verify failed|root certificate file"
    r"|invalid (connection option|port number|sslmode value|channel_binding value)|not permitted to log in"
    r"|authentication failed for user|does not support SSL"
)


def driver_error(error: BaseException) -> psycopg.Error | None:
    """psycopg's own error, also where SQLAlchemy has wrapped it."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return cause if isinstance(cause, psycopg.Error) else None


def is_transient(error: psycopg.Error) -> bool:
    """Whether the same transaction may be tried again."""
    if error.sqlstate is None:
        # The connection broke, or none could be made; a wrong use of the driver is another class.
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate in _TRANSIENT or error.sqlstate.startswith(_TRANSIENT_CLASSES)


def is_wrong_input(error: psycopg.Error) -> bool:
    """Whether a connection was refused for what a person has to mend."""
    return error.sqlstate is None and _WRONG_INPUT.search(str(error)) is not None


def one_line(error: BaseException) -> str:
    """What the server or libpq says, in one line. Neither repeats a password."""
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip())[:500]
