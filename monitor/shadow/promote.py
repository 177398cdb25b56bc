"""A candidate into service, and back: the live configuration replaced, the daemon asked, and its answer awaited."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from monitor.admin.client import NoDaemon, ask
from monitor.admin.requests import Promotion, Reload, Reloading
from monitor.config import Config, load_config
from monitor.errors import BearwatchError, InputError, OperatorError
from monitor.parts import build_parts
from monitor.place import store_address
from monitor.records import DAY_MS
from monitor.reload import changed_options
from monitor.shadow.beginning import beginning_of
from monitor.shadow.candidate import Given, load_candidate
from monitor.shadow.files import alone, keep, last_kept, written
from monitor.shadow.report import compared
from monitor.storage.address import Address
from monitor.storage.database import database_of
from monitor.storage.store import Store
from monitor.wiring import tls_of

LOOK_S = 0.5  # the daemon's answer may be half an hour away (another model reads the past), or a second
Act = Literal["promote", "rollback"]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it. passed_over: what was against it, where force was used."""

    file: Path
    kept: Path
    changed: tuple[str, ...]
    before: str
    after: str
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A configuration file to be put in place of the live one.

    Attributes:
        path: the live one's. text: the new one's; like: whose mode and owner it gets. config: as it will be read.
        instrument, settings: what it counts with, as `Reloads.state` says it.
        who: asks for it. wait_s: for the daemon's answer. say: told how it goes on, a line each.
    """

    act: Act
    path: Path
    text: str
    like: Path
    live: Config
    config: Config
    instrument: str
    settings: str
    who: str
    wait_s: float
    say: Callable[[str], None]


def promote(
    live: Config,
    path: Path,
    own_path: Path,
    given: Given | None,
    *,
    env: Mapping[str, str],
    force: bool,
    who: str,
    wait_s: float,
    say: Callable[[str], None],
) -> Told:
    """Puts the candidate that a shadow has tried in the live one's place. The old file is kept.

    Args:
        given: None for the one that the shadow's store names. force: passes over a short period and a changed live one.

    Raises:
        InputError: the candidate is wrong, or not what was tried. OperatorError: it was not taken; all is as before.
    """
    file = path.resolve()  # a link stays one; relative paths start from where it is
    with closing(Store.open_readonly(own_path)) as own:
        beginning = beginning_of(own)
        days = compared(own, beginning, None).days
    candidate = load_candidate(given or beginning.given, live, path, env)
    tls_of(candidate.config)
    settings = build_parts(candidate.config).settings
    if (str(settings.instrument), settings.hash) != (beginning.instrument, beginning.settings):
        raise InputError(
            f"promote: {candidate.given} is not what {own_path} has tried ({beginning.instrument}, then; "
            f"{settings.instrument} now): try it first"
        )
    if not candidate.changed and candidate.text == file.read_text("utf-8"):
        raise InputError(f"promote: {candidate.given} is what {path} says already")
    # The live one with another model is made of it as it is now, and undoes nothing.
    changed = bool(candidate.given.file) and candidate.digests()["live"] != beginning.digests["live"]
    against = _against(live, days, changed=changed)
    if against and not force:
        raise OperatorError(f"promote: {'; '.join(against)}; --force promotes it all the same")
    counts = str(settings.instrument), settings.hash
    wish = Wish("promote", file, candidate.text, file, live, candidate.config, *counts, who, wait_s, say)
    with alone(file):
        state = _require_daemon(wish)
        kept = keep(file)
        _put(wish, state, kept, "; ".join(against))
    return Told(file, kept, candidate.changed, state["instrument"], wish.instrument, tuple(against))


def rollback(
    live: Config,
    path: Path,
    *,
    env: Mapping[str, str],
    who: str,
    wait_s: float,
    say: Callable[[str], None],
) -> Told:
    """Puts back what was before the last promotion; done again, what was before that.

    Raises:
        InputError: there is nothing to go back to, or it is no longer right. OperatorError: it was not taken.
    """
    file = path.resolve()
    with alone(file):
        last = last_kept(file)
        if last is None:
            raise InputError(f"rollback: there is no {file}.before-1: nothing was promoted here")
        text = last.read_text("utf-8")
        config = load_config(path, env, text=text)
        tls_of(config)
        settings = build_parts(config).settings
        counts = str(settings.instrument), settings.hash
        wish = Wish("rollback", file, text, last, live, config, *counts, who, wait_s, say)
        state = _require_daemon(wish)
        present = file.with_name(f"{file.name}.rolled-back")
        written(present, file.read_text("utf-8"), file)
        _put(wish, state, present, "")
        last.unlink()
    return Told(file, present, tuple(changed_options(live, config)), state["instrument"], wish.instrument)


def _against(live: Config, days: float, *, changed: bool) -> list[str]:
    least = live.shadow.min_period
    found = (
        [f"pages were compared over {days:.1f} days, {least / DAY_MS:g} are asked for"] if days * DAY_MS < least else []
    )
    if changed:
        found.append("the live configuration was changed since the candidate was first tried, which would be undone")
    return found


def _require_daemon(wish: Wish) -> dict[str, Any]:
    """The state of the daemon that is to take it. Raises OperatorError: none runs, or it reads another file."""
    store = store_address(wish.live)
    name = database_of(store).name
    try:
        state = ask(store, Reloading())
    except NoDaemon as error:
        raise OperatorError(
            f"{wish.act}: no daemon runs on {name} ({error}): nobody could say whether it takes it; start it first"
        ) from None
    read = state["config"]
    if not read or not Path(read).exists() or not wish.path.samefile(read):
        raise OperatorError(f"{wish.act}: the daemon of {name} reads {read or 'no file'}, not {wish.path}")
    return state


def _put(wish: Wish, state: Mapping[str, Any], kept: Path, passed_over: str) -> None:
    """Writes it and has it taken by the daemon of that state. `kept` is put back where it is refused."""
    store = store_address(wish.live)

    def note(outcome: str, why: str) -> None:
        """In the audit log, by the daemon alone: from what root leaves beside its store it would be shut out."""
        changed = ", ".join(changed_options(wish.live, wish.config))
        names = {"file": str(wish.path), "kept": str(kept), "before": state["instrument"], "after": wish.instrument}
        told = Promotion(**names, changed=changed, outcome=outcome, why=why, who=wish.who, action=wish.act)
        try:
            ask(store, told)
        except (NoDaemon, OperatorError) as error:
            wish.say(f"{outcome}, which the audit log does not know: {error}")

    try:
        written(wish.path, wish.text, wish.like)
    except OperatorError:
        kept.unlink()
        raise
    try:
        number = int(ask(store, Reload(because=wish.act, who=wish.who))["reload"])
        wish.say(f"process {state['pid']} is asked to take {wish.path}; another model reads the past 28 days first")
        taken = _outcome(wish, store, number, int(state["pid"]))
    except (_Refused, NoDaemon, InputError) as error:
        written(wish.path, kept.read_text("utf-8"), kept)
        kept.unlink()  # it is in its place: as a copy it would be gone back to a second time
        note("refused", str(error))
        raise OperatorError(f"{wish.act}: refused: {error}; {wish.path} is as before") from None
    except (KeyboardInterrupt, OperatorError) as error:
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        raise OperatorError(
            f"{wish.act}: {why}; {wish.path} is the new one, the daemon's log will tell what it makes of it, and the "
            f"one before is {kept}"
        ) from None
    note("taken", passed_over)
    if (taken["instrument"], taken["settings"]) != (wish.instrument, wish.settings):
        raise OperatorError(
            f"{wish.act}: the daemon took {wish.path}, but counts with {taken['instrument']}, not {wish.instrument}: "
            "its environment says otherwise; look with bearwatch debug dump"
        )


class _Refused(BearwatchError):
    """The daemon runs on by the configuration of before, or has ended over the new one."""


def _outcome(wish: Wish, store: Address, number: int, pid: int) -> dict[str, Any]:
    """What is in force once the reload is over. Raises _Refused; OperatorError: not in time."""
    ends = time.monotonic() + wish.wait_s
    while time.monotonic() < ends:
        try:
            state = ask(store, Reloading())
        except NoDaemon:  # between two generations; or it has ended
            if not _runs(pid):
                raise _Refused("the daemon ended over it, its log says why") from None
        except OperatorError as error:
            wish.say(str(error))
        else:
            if state["pid"] != pid and state["instrument"]:  # its service manager was there before us
                if (state["instrument"], state["settings"]) == (wish.instrument, wish.settings):
                    return state
                raise _Refused("the daemon ended over it, its log says why")
            if state["pid"] == pid and state["over"] >= number:
                if state["why"]:
                    raise _Refused(str(state["why"]))
                return state
        time.sleep(LOOK_S)
    raise OperatorError(f"the daemon has not answered within {wish.wait_s:g} s")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
