"""`bearwatch deliveries` and `bearwatch alert`: what operators and the desk do with alerts after they were made."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli_options import ConfigOption, StoreOption, configured
from monitor.errors import InputError

if TYPE_CHECKING:
    from monitor.admin.requests import Answer

deliveries_cli = typer.Typer(help="What was handed to endpoints.", invoke_without_command=True)
alert_cli = typer.Typer(help="Answers to alerts, and mutes.", no_args_is_help=True)
debug_cli = typer.Typer(help="For whoever looks for a fault.", no_args_is_help=True)

AlertId = Annotated[str, typer.Argument(help="An alert's id.")]
WhoOption = Annotated[str, typer.Option("--who", help="Whose answer it is; else the account's name.")]
EndpointOption = Annotated[str, typer.Option("--endpoint", help="Only those to this endpoint.")]
AlertOption = Annotated[str, typer.Option("--alert", help="Only those of this alert.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="The newest so many.")]


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    MUTED = "muted"


StatusOption = Annotated[DeliveryStatus | None, typer.Option("--status", help="Only those that are so.")]


class Mark(StrEnum):
    """What a page was."""

    TRUE = "true"
    FALSE = "false"
    LATE = "late"


@deliveries_cli.callback()
def deliveries(
    context: typer.Context,
    endpoint: EndpointOption = "",
    status: StatusOption = None,
    alert: AlertOption = "",
    limit: LimitOption = 1_000,
    *,
    config: ConfigOption = None,
    store: StoreOption = None,
) -> None:
    """What was handed to endpoints, the last first, as JSON lines; see `list` and `redrive`."""
    if context.invoked_subcommand is None:
        deliveries_list(endpoint, status, alert, limit, config=config, store=store)
    elif endpoint or status or alert or config or store:
        # They would be left out in silence: `--endpoint desk redrive --all-dead` must not redrive the others.
        raise InputError(f"deliveries: give the options after {context.invoked_subcommand}")


@deliveries_cli.command("list")
def deliveries_list(
    endpoint: EndpointOption = "",
    status: StatusOption = None,
    alert: AlertOption = "",
    limit: LimitOption = 1_000,
    *,
    config: ConfigOption = None,
    store: StoreOption = None,
) -> None:
    """What was handed to endpoints, the last first, as JSON lines."""
    from monitor.desk_commands import deliveries, printed

    wanted = status.value if status else ""
    rows = deliveries(configured(config), store, endpoint=endpoint, status=wanted, alert=alert, limit=limit)
    for line in printed(rows):
        print(line)


@deliveries_cli.command("redrive")
def deliveries_redrive(
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    delivery: Annotated[str, typer.Option("--id", help="One dead delivery.")] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="All dead ones to this endpoint.")] = "",
    all_dead: Annotated[bool, typer.Option("--all-dead", help="All dead ones.")] = False,
) -> None:
    """Sends dead deliveries on their way again, under the same ids: who has one already drops it."""
    from monitor.desk_commands import redrive

    count = redrive(configured(config), store, delivery=delivery, endpoint=endpoint, all_dead=all_dead)
    print(f"{count} deliveries sent on their way again", file=sys.stderr)


def _answer(config: Path | None, store: str | None, given: Answer) -> None:
    from monitor.desk_commands import answer, login, printed

    signed = given if given.who else replace(given, who=login())
    for line in printed([answer(configured(config), store, signed)]):
        print(line)


@alert_cli.command("test")
def alert_test(
    to: Annotated[str, typer.Option("--to", help="An endpoint's name in the configuration.")],
    config: ConfigOption = None,
) -> None:
    """Sends a marked sample to an endpoint, and prints what came of it."""
    from monitor.sample import send_sample

    told, well = asyncio.run(send_sample(configured(config), to))
    print(json.dumps(told, ensure_ascii=False))
    raise typer.Exit(0 if well else 1)


@alert_cli.command("show")
def alert_show(alert: AlertId, config: ConfigOption = None, store: StoreOption = None) -> None:
    """An alert with its answers, and the links by which it can be answered."""
    from monitor.desk_commands import show

    print(json.dumps(show(configured(config), store, alert), ensure_ascii=False, indent=2))


@alert_cli.command("mark")
def alert_mark(
    alert: AlertId,
    mark: Annotated[Mark, typer.Argument(help="late: it was real, and known already.")],
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    who: WhoOption = "",
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
) -> None:
    """Says what a page was; the latest mark counts."""
    from monitor.admin.requests import Answer

    _answer(config, store, Answer(alert, "mark", mark.value, who, note))


@alert_cli.command("ack")
def alert_ack(alert: AlertId, config: ConfigOption = None, store: StoreOption = None, *, who: WhoOption = "") -> None:
    """Says that somebody has seen it."""
    from monitor.admin.requests import Answer

    _answer(config, store, Answer(alert, "acknowledge", who=who))


@alert_cli.command("assign")
def alert_assign(
    alert: AlertId,
    to: Annotated[str, typer.Argument(metavar="WHO", help="Who sees to it.")],
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    who: WhoOption = "",
) -> None:
    """Says who sees to it."""
    from monitor.admin.requests import Answer

    _answer(config, store, Answer(alert, "assign", to, who))


@alert_cli.command("note")
def alert_note(
    alert: AlertId,
    text: Annotated[str, typer.Argument(help="What is to be kept with the alert.")],
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    who: WhoOption = "",
) -> None:
    """Keeps a text with the alert."""
    from monitor.admin.requests import Answer

    _answer(config, store, Answer(alert, "note", text, who))


@alert_cli.command("mute")
def alert_mute(
    series: Annotated[str, typer.Argument(help="As in the alert: entity:us.aapl, sector:banks, market ...")],
    until: Annotated[str, typer.Option("--until", help="A duration (2h) or a time (ISO 8601); 30 days at most.")],
    who: Annotated[str, typer.Option("--who", help="Who mutes it.")],
    why: Annotated[str, typer.Option("--why", help="Why.")],
    config: ConfigOption = None,
    *,
    store: StoreOption = None,
) -> None:
    """Sends no alerts of a series until then; it is watched, stored and shown as ever."""
    from monitor.desk_commands import mute, printed

    done = mute(configured(config), store, series=series, until=until, who=who, why=why)
    if not done["known"]:
        print(f"bearwatch: no story has entered {series!r} yet: is it spelt so?", file=sys.stderr)
    for line in printed([done]):
        print(line)


@alert_cli.command("unmute")
def alert_unmute(
    series: Annotated[str, typer.Argument(help="A muted series.")],
    config: ConfigOption = None,
    store: StoreOption = None,
) -> None:
    """Ends its mutes; where an alert of it is open, its present state is sent."""
    from monitor.desk_commands import printed, unmute

    for line in printed([unmute(configured(config), store, series)]):
        print(line)


@alert_cli.command("mutes")
def alert_mutes(
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
) -> None:
    """The mutes in force, as JSON lines."""
    from monitor.desk_commands import mutes, printed

    for line in printed(mutes(configured(config), store, ended=ended)):
        print(line)


@debug_cli.command("dump")
def debug_dump(*, config: ConfigOption = None, store: StoreOption = None) -> None:
    """What the running daemon is doing, as JSON: tasks, queues, sources, last faults, configuration without secrets."""
    from monitor.desk_commands import debug_dump as asked

    print(json.dumps(asked(configured(config), store), ensure_ascii=False, indent=1))
