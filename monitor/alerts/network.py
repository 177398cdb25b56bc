"""What went wrong on the way to an endpoint, in a short stable word. Pure."""

from __future__ import annotations

import errno
import ssl

import aiohttp


def reason_of(error: Exception) -> str:
    """The reason of a Retryable: certificates and forbidden addresses are an operator's to mend, the rest passes.

    Never holds the address: that may be a secret.

    >>> reason_of(aiohttp.ServerDisconnectedError())
    'connection: ServerDisconnectedError'
    """
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return f"tls: {type(error).__name__}"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno == errno.EACCES:  # what our connectors refuse an address with
        return "private_address"
    return f"connection: {type(error).__name__}"
