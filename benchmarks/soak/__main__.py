"""`make soak`: the daemon under a steady load with a fault every ten minutes; what grows, what is lost, a burst.

python -m benchmarks.soak [--hours 8 | --minutes 30] [--overload] [--rate 1] [--seed 1] [--report soak.json]

Exit code 0 where every line passes, 1 where one fails, 2 where the arguments are wrong or the
machine lacks a program.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from benchmarks.soak import plan as plans
from benchmarks.soak.faults import TABLE
from benchmarks.soak.report import show, write
from benchmarks.soak.run import soak
from benchmarks.soak.verdict import passed
from tests.alertmanagers import PROGRAM
from tests.kafka.fixtures import jars


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    if lacking := _lacking():
        print(f"python -m benchmarks.soak: {lacking}", file=sys.stderr)
        return 2
    console = Console(highlight=False, width=150)
    minutes = options.minutes or 60 * options.hours
    every = options.every or min(plans.EVERY_MIN, minutes / len(TABLE))
    chosen = options.faults.split(",") if options.faults is not None else list(TABLE)
    plan = plans.Plan(
        kill=plans.KILL in chosen,
        minutes=minutes,
        rate=options.rate,
        past_hours=options.past,
        warm_minutes=options.warm if options.warm is not None else min(30.0, max(8.0, minutes / 16)),
        burst_minutes=options.burst if options.overload else 0.0,
        fault_s=min(60.0, 60 * every / 3),
        sample_s=options.sample,
        seed=options.seed,
        faults=plans.schedule([name for name in chosen if name], minutes, every, options.seed),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended, and the disk unmounted
    logging.disable(logging.CRITICAL)  # the libraries' own words on the faults that we make
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[{time.monotonic() - began:7.0f} s] {text}", markup=False)

    say(f"seed {plan.seed}; faults at minute {', '.join(f'{f.minute:g} {f.name}' for f in plan.faults) or 'never'}")
    with tempfile.TemporaryDirectory(
        prefix="bearwatch-soak-", dir=options.folder, ignore_cleanup_errors=True
    ) as folder:
        outcome = soak(plan, Path(folder), say)
    write(Path(options.report), plan, outcome)
    show(console, plan, outcome)
    console.print(f"all samples: {options.report}")
    return 0 if passed(outcome.lines) else 1


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--hours", type=_positive, default=8.0, help="of steady load (8)")
    length.add_argument("--minutes", type=_positive, help="instead; 30 is the short form, each fault once")
    parser.add_argument("--overload", action="store_true", help="a burst behind the steady load")
    parser.add_argument("--burst", type=_positive, default=plans.BURST_MIN, help="minutes of it (5)")
    parser.add_argument("--rate", type=_positive, default=plans.RATE, help="1x, articles a second (1)")
    parser.add_argument("--past", type=float, default=plans.PAST_HOURS, help="hours of news before it (8)")
    parser.add_argument("--warm", type=float, help="minutes of each life that tell nothing (8; of hours a sixteenth)")
    parser.add_argument("--every", type=_positive, help="minutes between faults (10, or so that each comes once)")
    parser.add_argument("--faults", help=f"only these, with commas; '' for none: {', '.join(TABLE)}")
    parser.add_argument("--sample", type=_positive, default=10.0, help="seconds between two looks (10)")
    parser.add_argument("--seed", type=int, default=1, help="of news and faults (1)")
    parser.add_argument("--report", default="soak.json", help="where the samples and verdicts go (soak.json)")
    parser.add_argument("--folder", help="where store and broker lie while it runs (the system's temporary folder)")
    options = parser.parse_args(argv)
    if unknown := {name for name in (options.faults or "").split(",") if name} - set(TABLE):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    return options


def _lacking() -> str:
    """What this machine lacks for it, in a line."""
    if shutil.which(PROGRAM) is None:
        return f"{PROGRAM} is missing: apt install prometheus-alertmanager"
    return jars()[1]


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("should be more than 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
