"""A certificate that signs itself, for 127.0.0.1 and localhost, made by the openssl command."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """PEM files: what a client trusts, and the same with its private key, for the server."""

    trusted: Path
    with_key: Path


def make_certificate(folder: Path) -> Certificate:
    key, trusted, with_key = folder / "key.pem", folder / "trusted.pem", folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    # Strict verification, Python 3.13's default, also asks what the key is for.
    command += ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command += ["-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"]
    command += ["-keyout", str(key), "-out", str(trusted)]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    with_key.write_text(key.read_text() + trusted.read_text())
    return Certificate(trusted, with_key)
