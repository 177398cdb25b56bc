"""The command line: argv -> configuration -> `app` -> exit code. stdout is data, stderr is logs.

Exit codes: 0 well (SIGTERM too), 1 failed, 2 the user's input is wrong: one line that says what and where.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor import __version__
from monitor.cli_loop import heed_stop, in_loop
from monitor.cli_options import ConfigOption, StoreOption, configured
from monitor.config import effective_yaml, load_config
from monitor.db_cli import db_cli
from monitor.desk_cli import alert_cli, debug_cli, deliveries_cli
from monitor.errors import ConfigError, InputError, OperatorError, StoreUnavailableError
from monitor.shadow_cli import shadow_cli
from monitor.telemetry.journal import as_error
from monitor.token_cli import token_cli

# typer may carry its own copy of click, so the class is taken from one that it exports.
UsageError: Any = typer.BadParameter.__mro__[1]

cli = typer.Typer(
    name="bearwatch",
    help="Watches financial news and calls a person when bad news about something surges.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
feeds_cli = typer.Typer(help="The configured feeds.", no_args_is_help=True)
model_cli = typer.Typer(help="Model folders.", no_args_is_help=True)
kafka_cli = typer.Typer(help="The Kafka sources.", no_args_is_help=True)
letters_cli = typer.Typer(help="Records that no article could be made of.", no_args_is_help=True)
cli.add_typer(feeds_cli, name="feeds")
cli.add_typer(deliveries_cli, name="deliveries")
cli.add_typer(alert_cli, name="alert")
cli.add_typer(db_cli, name="db")
cli.add_typer(kafka_cli, name="kafka")
cli.add_typer(letters_cli, name="dead-letters")
cli.add_typer(model_cli, name="model")
cli.add_typer(token_cli, name="token")
cli.add_typer(shadow_cli, name="shadow")
cli.add_typer(debug_cli, name="debug")

Archives = Annotated[list[Path], typer.Argument(help="JSONL or CSV, also .gz .xz .zst")]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="Take scores from disk, and keep them there.")]
SourceName = Annotated[str, typer.Option("--source", help="The archive's source name.")]
ModelOption = Annotated[str, typer.Option("--model", help="A model folder, or the name of a shipped one.")]


class Role(StrEnum):
    """What a daemon does of the whole way."""

    ALL = "all"
    SCORE = "score"
    WATCH = "watch"


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(argv: list[str]) -> int:
    """Runs one command and gives its exit code; internal faults keep their traceback."""
    try:
        code = typer.main.get_command(cli).main(args=argv, prog_name="bearwatch", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except UsageError as error:
        where = error.ctx.command_path if error.ctx else "bearwatch"
        message = " ".join(error.format_message().split())
        # Without any argument click's message is the whole help text: that may have its lines.
        _complain(error.format_message() if not argv else f"{where}: {message} Try '{where} --help'.")
        return 2
    except InputError as error:
        _complain(f"bearwatch: {error}" if not isinstance(error, ConfigError) else str(error))
        return 2
    except (OperatorError, StoreUnavailableError) as error:
        _complain(f"bearwatch: {error}")
        return 1
    except (KeyboardInterrupt, typer.Abort):
        return 0
    except BrokenPipeError:
        # The reader of our output went away (`| head`): what was asked for is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complain(text: str) -> None:
    print(as_error(text, sys.stderr, os.environ), file=sys.stderr)


@cli.command()
def demo(
    store: Annotated[
        str | None, typer.Option(help="Folder to keep the store in, or a PostgreSQL URL; else a temporary one.")
    ] = None,
    minutes: Annotated[float, typer.Option(help="How long the three played days last; 0: as fast as possible.")] = 6.0,
    stop_at_end: Annotated[bool, typer.Option("--stop-at-end", help="End with the news.")] = False,
) -> None:
    """Bundled news through the real daemon on a virtual clock."""
    heed_stop()
    from monitor.app import run_demo

    config = configured(None)
    if minutes < 0:
        raise InputError(f"--minutes must not be negative, it is {minutes:g}")
    in_loop(run_demo(config, store, play_ms=round(minutes * 60_000), stop_at_end=stop_at_end, on_ready=_announce))


@cli.command("run")
def run_command(
    config: ConfigOption = None,
    role: Annotated[
        Role, typer.Option(help="all; or, over Kafka, one of the scorers, or the one that watches what they scored.")
    ] = Role.ALL,
    *,
    standby: Annotated[
        bool, typer.Option("--standby", help="Where another one has the store (PostgreSQL), wait until it is free.")
    ] = False,
) -> None:
    """The daemon."""
    heed_stop()
    from monitor.app import run_daemon
    from monitor.scoring import run_scorer

    # For a loop that no longer comes round, and so answers no dump: kill -USR1 writes where every thread is.
    faulthandler.register(signal.SIGUSR1, file=sys.__stderr__ or sys.stderr, all_threads=True)
    loaded = configured(config)
    if role is Role.SCORE:
        if standby:
            raise InputError(
                "run --role score: a scorer has no store to stand by for; run several, they share the topics"
            )
        in_loop(run_scorer(loaded, on_ready=_announce))
    else:
        again = partial(load_config, config, os.environ)
        in_loop(
            run_daemon(
                loaded,
                read_again=again,
                path=config.absolute() if config else None,
                watch=role is Role.WATCH,
                standby=standby,
                on_ready=_announce,
            )
        )


@cli.command()
def check(
    config: ConfigOption = None,
    print_: Annotated[bool, typer.Option("--print", help="Show the effective configuration, secrets masked.")] = False,
) -> None:
    """Validates the configuration, model and watchlist; names every fault in one go."""
    from monitor.parts import build_parts
    from monitor.place import store_address
    from monitor.storage.database import database_of
    from monitor.wiring import tls_of

    loaded = configured(config)
    tls_of(loaded)
    database_of(store_address(loaded))  # opens nothing; tells a driver that is missing
    parts = build_parts(loaded)
    if print_:
        print(effective_yaml(loaded), end="")
    entities = len(parts.watchlist.entities)
    print(f"well: model {parts.model_name} {parts.model.hash}, {entities} entities", file=sys.stderr)


@feeds_cli.command("check")
def feeds_check(config: ConfigOption = None) -> None:
    """Tries every feed once: status, type, newest item, what is wrong."""
    from monitor.commands import check_feeds

    raise typer.Exit(in_loop(check_feeds(configured(config))))


@cli.command()
def backfill(
    archives: Archives, config: ConfigOption = None, *, source: SourceName = "archive", cache: CacheOption = True
) -> None:
    """History into the store: stories, buckets and baselines, no alerts; idempotent."""
    from monitor.commands import backfill

    in_loop(backfill(configured(config), archives, source, cache=cache))


@cli.command()
def score(model: ModelOption = "default") -> None:
    """Scores lines {"id","title","summary"?} from stdin to stdout."""
    from monitor.commands import score_lines

    for line in score_lines(model, sys.stdin.buffer):
        print(json.dumps(line, ensure_ascii=False))


@cli.command()
def replay(
    archives: Archives,
    config: ConfigOption = None,
    *,
    source: SourceName = "archive",
    from_: Annotated[str, typer.Option("--from", help="Only articles from this time on, ISO 8601.")] = "",
    to: Annotated[str, typer.Option("--to", help="Only articles before this time, ISO 8601.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON here instead of stdout.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page here too.")] = None,
    against: Annotated[Path | None, typer.Option(help="Another configuration: which pages it gains and loses.")] = None,
    cache: CacheOption = True,
) -> None:
    """An archive through the daemon's own stages on a virtual clock; reports every alert there would have been."""
    from monitor.commands import replay
    from monitor.replay.against import compare
    from monitor.replay.html import render

    for option, path in (("--html", html), ("--report", report)):
        if path is not None and not path.parent.is_dir():  # told before an hour of replaying, not after it
            raise InputError(f"{option} {path}: there is no folder {path.parent}")
    mine, other = configured(config), configured(against) if against else None
    result = in_loop(replay(mine, archives, source, from_, to, cache=cache))
    if other is not None and against is not None:
        theirs = in_loop(replay(other, archives, source, from_, to, cache=cache))
        result.report["against"] = compare(result.report, theirs.report, against.name)
    text = json.dumps(result.report, ensure_ascii=False, indent=2) + "\n"
    if html is not None:
        _write("--html", html, render(result.report, result.timelines, result.labels))
    if report is not None:
        _write("--report", report, text)
    elif html is None:
        print(text, end="")


def _write(option: str, path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{option} {path}: {error.strerror}") from error


@cli.command()
def explain(
    alert: Annotated[str, typer.Argument(help="An alert's id.")] = "",
    config: ConfigOption = None,
    *,
    store: StoreOption = None,
    pinned: Annotated[
        bool, typer.Option("--pinned", help="Only by the articles that the alert pinned: at once on an old store.")
    ] = False,
    words: Annotated[bool, typer.Option("--words", help="Also which words made the worst headlines bad news.")] = False,
    missed: Annotated[
        tuple[str, str] | None, typer.Option(help="SERIES TIME: what kept a series silent then.", metavar="SERIES TIME")
    ] = None,
) -> None:
    """Every number of an alert again from the store; or which threshold or gate kept a series silent."""
    from monitor.commands import explain_alert, explain_missed

    if bool(alert) == (missed is not None):
        raise InputError("explain: give an alert id, or --missed SERIES TIME")
    loaded = configured(config)
    if missed:
        result, well = explain_missed(loaded, store, *missed)
    else:
        result, well = explain_alert(loaded, store, alert, pinned_only=pinned, words=words)
    print(json.dumps(result, ensure_ascii=False, indent=2))
    raise typer.Exit(0 if well else 1)


@model_cli.command("info")
def info(model: Annotated[str, typer.Argument(help="A folder or a shipped name.")] = "default") -> None:
    """The manifest's facts as JSON."""
    from monitor.inference.verify import model_info

    print(json.dumps(model_info(model), ensure_ascii=False, indent=2))


@model_cli.command("verify")
def verify(model: Annotated[str, typer.Argument(help="A folder or a shipped name.")] = "default") -> None:
    """Hashes, golden outputs, and batch invariance over the golden texts."""
    from monitor.commands import verify_model

    findings = verify_model(model)
    for finding in findings:
        print(finding, file=sys.stderr)
    if findings:
        raise typer.Exit(1)
    print(f"{model}: well", file=sys.stderr)


@kafka_cli.command("seek")
def kafka_seek(
    topic: Annotated[str, typer.Argument(help="A topic that a configured source reads.")],
    to: Annotated[str, typer.Option("--to", help="earliest, latest, a time (ISO 8601), or an offset.")],
    config: ConfigOption = None,
) -> None:
    """Moves the store's positions of a topic, with the daemon down; Kafka's own tools move nothing here."""
    from monitor.kafka_commands import printed, seek

    for line in printed(iter(seek(configured(config), topic, to))):
        print(line)


@letters_cli.command("list")
def dead_letters_list(config: ConfigOption = None) -> None:
    """The dead letters that were not sent again, as JSON lines."""
    from monitor.kafka_commands import printed, waiting_letters

    for line in printed(waiting_letters(configured(config))):
        print(line)


@letters_cli.command("redrive")
def dead_letters_redrive(config: ConfigOption = None) -> None:
    """Sends them back to the topics that they came from."""
    from monitor.kafka_commands import redrive

    print(f"{in_loop(redrive(configured(config)))} dead letters sent again", file=sys.stderr)


@cli.command()
def version() -> None:
    """The version."""
    print(__version__)


def _announce(address: str) -> None:
    print(f"Bearwatch is at {address}", flush=True)
