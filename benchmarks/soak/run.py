"""One run from the past to the verdict, in reading order."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak import accounts
from benchmarks.soak.faults import TABLE
from benchmarks.soak.plan import KILL, KILL_AT, Plan, burst_rate
from benchmarks.soak.samples import Sample, Sampler
from benchmarks.soak.verdict import Line, judge_count, judge_memory, judge_most, judge_none
from benchmarks.soak.world import World
from monitor.config import load_config
from monitor.parts import build_parts
from tests.oracle import agrees

# The write-ahead log begins anew from 16 MiB on at a moment without readers, or after 100 ms of waiting for one, tried
# every five seconds (`monitor/storage/writer.py`): what a burst writes in such a try comes on top.
WAL_MIB = 48.0
BURST_GROWTH = 1.5  # of memory
PAST_S, AGAIN_S, END_S = 3_600.0, 300.0, 600.0
TOLD_S = 40.0  # an Alertmanager hears every 15 s of what stands, and tells a second later
STOP_S = 10.0
# What comes and goes with connections, scrapes and clients; none was seen to move by over 1 between two quarters.
SLACK = {"descriptors": 8.0, "threads": 4.0, "tasks": 8.0, "children": 1.0}
ORACLE_MOST = 60_000  # articles: 40,000 took 8 minutes beside other work, and it grows with their square


@dataclass
class Outcome:
    """What a run came to. notes: figures beside the verdicts."""

    lines: list[Line]
    notes: list[str]
    samples: list[Sample]


@dataclass
class Run:
    """A world, a plan, and what has been seen."""

    world: World
    plan: Plan
    sampler: Sampler
    began: float
    say: Callable[[str], None]
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)
        self.say(text)

    def minute(self) -> float:
        return (time.monotonic() - self.began) / 60


def soak(plan: Plan, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Runs the plan in an empty folder, and keeps `samples.jsonl` there while it does. Raises where the rig fails."""
    with closing(World(folder, plan.seed)) as world:
        start = time.monotonic()
        say(f"{plan.past:,} articles of the past {plan.past_hours:g} hours go into the topic")
        world.load.past(plan.past, plan.past_hours)
        world.daemon.start()
        world.daemon.until(lambda: world.position() > 0, PAST_S, 0.1)
        sampler = Sampler(world, plan.sample_s, folder / "samples.jsonl", lambda: time.monotonic() - start)
        try:
            run = Run(world, plan, sampler, time.monotonic(), say)
            try:
                lines = _course(run)
            except AssertionError as error:  # the daemon has ended: what was seen until then is worth a report
                lines = [*_judged(run), Line("came to its end", "FAIL", str(error)[-2_000:], "")]
        finally:
            sampler.stop()
        return Outcome(lines, run.notes, sampler.samples)


def _course(run: Run) -> list[Line]:
    world, plan, sampler = run.world, run.plan, run.sampler
    capacity = _drain_the_past(run)
    run.began = time.monotonic()
    sampler.phase = "steady"
    world.load.rate = plan.rate
    world.load.start()
    _steady(run)
    lines = _judged(run)
    if plan.burst_minutes:
        lines += _overloaded(run, capacity)
    sampler.phase = "end"
    world.load.stop()
    served = world.feeds.served("wire")
    _awaited(run, lambda: world.lag() == 0, END_S)
    _awaited(run, lambda: served <= accounts.of_the_feed(world).keys(), END_S)
    _awaited(run, lambda: not accounts.untold(world), TOLD_S)
    sampler.stop()
    code = world.daemon.terminate(STOP_S)
    lines.append(judge_none("unclean stops", [code] if code else [], "1"))
    lines.append(judge_none("faults that the daemon did not come back from", run.broken, str(len(plan.faults))))
    lines += accounts.settle(world, served)
    for line in lines:  # told now: what follows may take longer than a person waits
        run.say(f"{line.verdict} {line.name}: {line.figure}")
    lines += _same_as_the_oracle(run)
    run.note(f"refused: {accounts.refusal_reasons(world)}")
    run.note(
        f"scrapes without an answer {sampler.scrapes_failed} of {len(sampler.samples)}; "
        f"{world.readers.pages} pages read, {world.readers.events} events on "
        f"{world.readers.streams} streams; {world.reloads} reloads"
    )
    return lines


def _drain_the_past(run: Run) -> float:
    """Articles a second that the daemon takes as fast as it can."""
    world = run.world
    if run.plan.kill:
        world.daemon.until(lambda: world.position() >= run.plan.past * KILL_AT, PAST_S, 0.2)
        run.say(f"{KILL} behind {world.position():,} records")
        _suffer(run, KILL)
    first, began = world.position(), time.monotonic()
    world.daemon.until(lambda: world.lag() <= run.plan.in_hand, PAST_S, 0.2)
    capacity = (world.position() - first) / max(time.monotonic() - began, 1e-9)
    run.note(f"the past was taken at {capacity:.0f} articles/s, the cores shared with broker, rig and whoever else")
    return capacity


def _steady(run: Run) -> None:
    plan = run.plan
    for planned in plan.faults:
        _sleep_until(run, planned.minute)
        run.say(f"minute {run.minute():.1f}: {planned.name}")
        _suffer(run, planned.name)
    _sleep_until(run, plan.minutes)


def _sleep_until(run: Run, minute: float) -> None:
    """Raises where the daemon ends by itself."""
    while (left := minute - run.minute()) > 0:
        assert run.sampler.alive, "nobody looks any more"
        assert run.world.daemon.alive, f"the daemon has ended: {run.world.daemon.log(2_000)}"
        time.sleep(min(60 * left, 1.0))


def _suffer(run: Run, name: str) -> None:
    """The fault from its beginning until the daemon is level with the topic again."""
    world, sampler = run.world, run.sampler
    sampler.fault = name
    lasted = math.nan
    for seconds in TABLE[name](world, run.plan.fault_s):
        lasted = seconds
        time.sleep(seconds)
    level = run.plan.in_hand if sampler.phase != "past" else math.inf
    mended = time.monotonic()
    if math.isnan(lasted):
        run.note(f"{name}: left out, this machine cannot make it")
    elif _awaited(run, lambda: world.lag() <= level and world.daemon.ready()[0] == 200, AGAIN_S):
        run.note(f"{name}: {lasted:.0f} s, well again {time.monotonic() - mended:.1f} s after it")
    else:
        run.broken.append(f"{name}: lag {world.lag()}, {world.daemon.ready()} after {AGAIN_S:.0f} s")
    sampler.fault = ""


def _judged(run: Run) -> list[Line]:
    """Of the steady load alone, its own warm-up left out: after the rush of the past the allocator settles."""
    sampler, warm = run.sampler, 60 * run.plan.warm_minutes
    lines = judge_memory("memory (RSS)", sampler.series("rss", "steady"), warm)
    lines += judge_memory("memory (anonymous)", sampler.series("anonymous", "steady"), warm)
    for name, slack in SLACK.items():
        lines.append(judge_count(name, sampler.series(name, "steady", faults=False), warm, slack))
    steady = [s for s in sampler.samples if s.phase == "steady" and not math.isnan(s.cpu_s)]
    free = [s.wal for s in steady if s.fault != "snapshot_held"]
    lines.append(judge_most("write-ahead log", free, WAL_MIB, "MiB"))
    mine = [s for s in steady if s.life == steady[-1].life]
    if len(mine) > 1:
        used, hours = mine[-1].cpu_s - mine[0].cpu_s, (mine[-1].at - mine[0].at) / 3_600
        kib = 1_024 * mine[-1].store / max(run.world.daemon.count(), 1)
        run.note(
            f"{used / 3_600 / hours:.1%} of a core at {run.plan.rate:g} articles/s; {kib:.1f} KiB an article stored"
        )
    run.note(_held(sampler))
    return lines


def _overloaded(run: Run, capacity: float) -> list[Line]:
    """A burst beyond what the daemon takes, and what is left of it after twice as long."""
    world, plan, sampler = run.world, run.plan, run.sampler
    rate = burst_rate(plan.rate, capacity)
    before = _median_rss(sampler, "steady")
    sampler.phase = "burst"
    offered = world.load.books.end
    run.say(f"minute {run.minute():.1f}: {rate:.0f} articles/s, {rate / plan.rate:.0f} times the steady load")
    world.load.rate = rate
    began = time.monotonic()
    _sleep_until(run, run.minute() + plan.burst_minutes)
    world.load.rate = plan.rate
    burst_s, lag = time.monotonic() - began, world.lag()
    sampler.phase = "after"
    taken = world.load.books.end - lag - offered
    run.note(
        f"burst: {world.load.books.end - offered:,} articles offered in {burst_s:.0f} s, "
        f"{rate / plan.rate:.0f} times the steady load, taken meanwhile at {taken / burst_s:.0f}/s; "
        f"lag at its end {lag:,}"
    )
    _awaited(run, lambda: world.lag() <= run.plan.in_hand, 20 * burst_s + END_S)
    gone = time.monotonic() - began - burst_s
    most = max(s.rss for s in sampler.samples if s.phase in ("burst", "after") and not math.isnan(s.rss))
    run.note(_held(sampler))
    return [
        judge_most("overload: memory", [most / before], BURST_GROWTH, f"x ({before:.0f} -> {most:.0f} MB)"),
        judge_most("overload: lag gone after", [gone / burst_s], 2.0, f"bursts ({gone:.0f} s, lag {lag:,})"),
        judge_most("overload: write-ahead log", sampler.series("wal", "burst", "after").value, 4 * WAL_MIB, "MiB"),
    ]


def _held(sampler: Sampler) -> str:
    """What the daemon holds by right, as it said last."""
    last = next((s.held for s in reversed(sampler.samples) if s.held), {})
    return "held: " + ", ".join(f"{count:,} {what}" for what, count in last.items())


def _median_rss(sampler: Sampler, phase: str) -> float:
    last = [s.rss for s in sampler.samples if s.phase == phase and not math.isnan(s.rss)][-6:]
    return sorted(last)[len(last) // 2]


def _awaited(run: Run, holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to hold in time. Raises where the daemon ends by itself."""
    ends = time.monotonic() + seconds
    while not holds():
        assert run.world.daemon.alive, f"the daemon has ended: {run.world.daemon.log(2_000)}"
        if time.monotonic() > ends:
            return False
        time.sleep(0.2)  # another process's progress: nothing to wait on but its store
    return True


def _same_as_the_oracle(run: Run) -> list[Line]:
    count = run.world.daemon.count()
    if count > ORACLE_MOST:
        run.note(f"not compared with the batch oracle: {count:,} articles; make faults does, with 100,000")
        return []
    settings = build_parts(load_config(run.world.daemon.config, {})).settings
    began = time.monotonic()
    try:
        compared = agrees(run.world.daemon.path, settings)
    except AssertionError as error:
        return [Line("as the batch oracle has it", "FAIL", str(error)[:300], "equal")]
    run.note(f"compared with the batch oracle in {time.monotonic() - began:.0f} s")
    return [
        Line("as the batch oracle has it", "PASS", ", ".join(f"{n:,} {what}" for what, n in compared.items()), "equal")
    ]
