"""`bearwatch db`: the store as a whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_options import ConfigOption, StoreOption, configured

db_cli = typer.Typer(help="The store as a whole.", no_args_is_help=True)


@db_cli.command("backup")
def db_backup(
    to: Annotated[Path, typer.Argument(help="The file to write, on a local disk.")],
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """A consistent copy of the store, while its daemon writes on."""
    from monitor.db_commands import backup

    size = backup(configured(config), store, to, overwrite=overwrite)
    print(f"backup: {to}, {size / 1e6:,.1f} MB, read through and on the disk", file=sys.stderr)


@db_cli.command("check")
def db_check(config: ConfigOption = None, store: StoreOption = None) -> None:
    """Whether the store is sound and every count is what its articles give; a line for each thing that is not."""
    from monitor.db_commands import check

    wrong = 0
    for line in check(configured(config), store):
        wrong += 1
        print(line)
    if wrong:
        raise typer.Exit(1)
    print("well", file=sys.stderr)
