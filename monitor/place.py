"""Where the configuration says that the store is."""

from __future__ import annotations

from monitor.config import Config
from monitor.storage.address import Address


def store_address(config: Config, store: str | None = None) -> Address:
    """The configured store's address; store: another one's path or URL, as a command was given it."""
    given = config.store
    password = given.password.get_secret_value() if given.password else ""
    return Address(store or given.url, password, given.folder, given.lease / 1_000)
