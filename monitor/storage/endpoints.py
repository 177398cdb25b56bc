"""Which endpoints are gone: they have answered 410 and are sent nothing until somebody says otherwise.

The rule: 410 Gone (RFC 9110, 15.5.11) disables an endpoint. A changed address in the configuration enables it, or a
redrive of one of its deliveries, or of all. Neither a restart nor a clock does.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from monitor.storage import schema
from monitor.storage.statements import inserting

GONE = 410


def is_gone(connection: Connection, endpoint: str) -> bool:
    """Whether it has said 410 Gone and has not been enabled since."""
    table = schema.endpoints.c
    return connection.execute(select(table.gone_at).where(table.name == endpoint)).scalar() is not None


def disable(connection: Connection, endpoint: str, at: int) -> None:
    """It has said 410 Gone; at: ms."""
    table = schema.endpoints
    if not connection.execute(update(table).where(table.c.name == endpoint).values(gone_at=at)).rowcount:
        connection.execute(insert(table).values(name=endpoint, address="", gone_at=at))


def enable(connection: Connection, endpoint: str = "") -> None:
    """It is asked again from now on; all of them where none is named."""
    table = schema.endpoints
    named = table.c.name == endpoint if endpoint else table.c.gone_at.is_not(None)
    connection.execute(update(table).where(named).values(gone_at=None))


def changed_addresses(connection: Connection, addresses: Mapping[str, str]) -> dict[str, str]:
    """Those whose address is not the one last remembered."""
    table = schema.endpoints.c
    known = {row.name: row.address for row in connection.execute(select(table.name, table.address))}
    return {name: address for name, address in addresses.items() if known.get(name) != address}


def remember_addresses(connection: Connection, addresses: Mapping[str, str]) -> list[str]:
    """Endpoints as they are configured now; returns those that were gone and are enabled by a new address.

    Args:
        addresses: name -> a digest of the address: the address itself may be a secret.
    """
    changed = changed_addresses(connection, addresses)
    back = [name for name in changed if is_gone(connection, name)]
    for name, address in changed.items():
        told = inserting(connection.dialect.name, schema.endpoints, "replace")
        connection.execute(told.values(name=name, address=address, gone_at=None))
    return back
