"""TLS as a client: whom we trust, and who we are."""

from __future__ import annotations

import ssl
from pathlib import Path

from monitor.errors import InputError


def client_tls(name: str, ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """A context that checks the server's certificate and host name, and shows our own certificate where there is one.

    Args:
        name: the option, for the fault. ca: PEM of the authorities that are trusted; None for the system's.
        key: PEM without a passphrase: nobody is there to type it.

    Raises:
        InputError: a file is no such PEM, or certificate and key do not belong together.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:  # SSLError is one
        raise InputError(f"{name}: ca_file: {ca} holds no certificates in PEM: {error.strerror}") from error
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key, password=lambda: "")
        except OSError as error:
            why = error.strerror or "not PEM, not a pair, or the key has a passphrase"
            raise InputError(f"{name}: certificate_file {certificate}, key_file {key}: {why}") from error
    return context
