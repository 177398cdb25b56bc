"""`bearwatch token`: tokens for the page and the API."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from monitor.credentials import digest, new_token
from monitor.errors import InputError

token_cli = typer.Typer(help="Tokens for the page and the API.", no_args_is_help=True)


class TokenScope(StrEnum):
    """What a token may do, each also what stands before it."""

    READ = "read"
    ACK = "ack"
    ADMIN = "admin"


@token_cli.command("new")
def token_new(
    name: Annotated[str, typer.Option("--name", help="Whose it is; the user name of a browser's login.")],
    scope: Annotated[TokenScope, typer.Option("--scope", help="read the page; ack alerts too; admin: all.")],
) -> None:
    """Prints a new token, once, and on stderr the lines of the configuration that let it in."""
    from monitor.config import is_slug

    if not is_slug(name):
        raise InputError(f"--name: should be a short name of a-z, 0-9, '.', '_' and '-' (64 at most), not {name!r}")
    token = new_token()
    print(token)
    print(
        f"to web.tokens:\n    - name: {name}\n      scope: {scope.value}\n      sha256: {digest(token.encode())}",
        file=sys.stderr,
    )
