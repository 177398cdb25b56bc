"""Options that many commands take, and what they come to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.config import Config, load_config
from monitor.telemetry.logs import set_up_logs

ConfigOption = Annotated[
    Path | None, typer.Option("-c", "--config", help="YAML file; without it RSS, SQLite and defaults.")
]
StoreOption = Annotated[str | None, typer.Option("--store", help="A store's file, e.g. of the demo, or its URL.")]


def configured(path: Path | None) -> Config:
    """The configuration, with logs set up after it. Raises ConfigError."""
    config = load_config(path, os.environ)
    level: Literal["debug", "info", "warning", "error"] = config.log.level
    set_up_logs(level, config.log.format)
    return config
