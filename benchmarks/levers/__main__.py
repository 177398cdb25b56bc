"""The lever study. Finished pairs are kept in DIR/results.jsonl: run it again to go on, or with --only for a few.

python -m benchmarks.levers [--study FILE] [--rows FILE] [--only NAME ...] [--jobs N] [--out DIR]
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from benchmarks.levers.pairs import in_order, of_pairs, results, run
from benchmarks.levers.study import Lever, read_study
from benchmarks.levers.table import markdown
from monitor.errors import BearwatchError
from training.recipe import Train
from training.train import computes_bf16, device_of


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.levers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", type=Path, default=Path(__file__).with_name("study.yaml"))
    parser.add_argument("--rows", type=Path, help="rows.jsonl of a prepared run, in place of the study's")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these levers and what they need")
    parser.add_argument("--jobs", type=int, default=2, help="processes of one thread each; 0: in this one")
    parser.add_argument("--out", type=Path, default=Path("runs/levers"))
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("bearwatch.levers").setLevel(logging.INFO)
    # What the processes inherit: one thread each, and no bars of two of them over one another.
    os.environ.update(OMP_NUM_THREADS="1", TQDM_DISABLE="1", TRANSFORMERS_VERBOSITY="error")
    os.environ["PYTHONWARNINGS"] = "ignore"  # the libraries' own, once a process
    try:
        study = read_study(options.study, options.rows)
        if not study.rows.is_file():
            print(
                f"{study.rows} is missing: run `bearwatch-train prepare` first, or name one by --rows", file=sys.stderr
            )
            return 1
        levers = study.chosen(options.only)
        skipped = {lever.name: why for lever in levers if (why := lacking(lever))}
        run(study, [lever for lever in levers if lever.name not in skipped], options.out, options.jobs)
    except BearwatchError as error:
        print(error, file=sys.stderr)
        return 1
    # What earlier calls ran stands in the table too.
    found = of_pairs(results(options.out / "results.jsonl"), in_order(study, study.levers, options.out))
    ran = {result.lever for result in found}
    table = markdown(study, tuple(x for x in study.levers if x.name in ran or x.name in skipped), found, skipped)
    (options.out / "levers.md").write_text(table, encoding="utf-8")
    print(table, end="")
    return 0


def lacking(lever: Lever) -> str:
    """What this machine lacks for the lever; "" for nothing."""
    if lever.needs == "bf16" and not computes_bf16(device_of(Train())):
        return "this device has no bf16: the baseline is fp32 itself"
    return ""


if __name__ == "__main__":
    sys.exit(main())
