"""`bearwatch shadow`: a candidate beside the live watch, what it would have done, and its way into service and back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli_loop import heed_stop, in_loop
from monitor.cli_options import ConfigOption, configured
from monitor.errors import InputError

shadow_cli = typer.Typer(help="A candidate beside the live watch.", no_args_is_help=True)

CandidateOption = Annotated[Path | None, typer.Option("--candidate", help="The candidate's configuration, whole.")]
ModelOption = Annotated[str, typer.Option("--model", help="Instead: the live one with this model.")]
StoreOption = Annotated[Path | None, typer.Option("--store", help="The shadow's own; else beside the live one.")]
WaitOption = Annotated[str, typer.Option("--wait", help="So long for the daemon's answer.")]


@shadow_cli.command("run")
def shadow_run(
    config: ConfigOption = None,
    candidate: CandidateOption = None,
    model: ModelOption = "",
    store: StoreOption = None,
    *,
    past: Annotated[str, typer.Option("--past", help="At the first start: so much of the past, such as 60d.")] = "",
    stop_at_end: Annotated[bool, typer.Option("--stop-at-end", help="End with what the live store holds.")] = False,
) -> None:
    """Judges what the live watch reads by a candidate, beside it; tells nobody."""
    heed_stop()
    from monitor.shadow.candidate import given_of, load_candidate, shadow_store
    from monitor.shadow.run import run_shadow

    live = configured(config)
    past_ms = _duration("--past", past) if past else live.shadow.past
    found = load_candidate(given_of(candidate, model, live), live, config, os.environ)
    own = shadow_store(live, store)
    in_loop(run_shadow(found, own, past_ms=past_ms, stop_at_end=stop_at_end, on_ready=_announce))


@shadow_cli.command("report")
def shadow_report(
    config: ConfigOption = None,
    store: StoreOption = None,
    *,
    since: Annotated[str, typer.Option("--since", help="Looks at nothing before this time, ISO 8601.")] = "",
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page here too.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="The report as JSON on stdout.")] = False,
) -> None:
    """What the candidate would have paged and what not, beside what the live watch did."""
    from monitor.shadow.commands import report
    from monitor.shadow.html import render
    from monitor.shadow.words import in_words

    if html is not None and not html.parent.is_dir():
        raise InputError(f"--html {html}: there is no folder {html.parent}")
    found = report(configured(config), store, since)
    if html is not None:
        try:
            html.write_text(render(found), encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise InputError(f"--html {html}: {error.strerror}") from error
    print(json.dumps(found, ensure_ascii=False, indent=2) + "\n" if json_ else in_words(found), end="")


@shadow_cli.command("promote")
def shadow_promote(
    config: ConfigOption = None,
    candidate: CandidateOption = None,
    model: ModelOption = "",
    store: StoreOption = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="In spite of a short period, or a live one changed since.")
    ] = False,
    wait: WaitOption = "2h",
) -> None:
    """Puts the candidate in the live one's place, and has the daemon take it; where it refuses, all is as before."""
    from monitor.shadow.candidate import given_of
    from monitor.shadow.commands import into_service

    live = configured(config)
    given = given_of(candidate, model, live) if candidate or model else None
    for line in into_service(live, config, store, given, force=force, wait_ms=_duration("--wait", wait)):
        print(line)


@shadow_cli.command("rollback")
def shadow_rollback(config: ConfigOption = None, *, wait: WaitOption = "2h") -> None:
    """Puts back what was before the last promotion, and has the daemon take it."""
    from monitor.shadow.commands import back

    for line in back(configured(config), config, wait_ms=_duration("--wait", wait)):
        print(line)


def _duration(option: str, text: str) -> int:
    from monitor.config import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise InputError(f"{option} {text!r}: {error}") from None


def _announce(where: str) -> None:
    print(f"Bearwatch's shadow is at {where}", flush=True)
