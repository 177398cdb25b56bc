"""(lever, seed) pairs to results: one process a core, one thread each; what is finished is kept and not run again."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import shutil
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

from benchmarks.levers.makers import MAKERS
from benchmarks.levers.sample import filtered, sample
from benchmarks.levers.study import BASELINE, Lever, Study
from benchmarks.levers.work import Scores, done
from training.data import load, save
from training.recipe import Recipe

log = logging.getLogger("bearwatch.levers")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a pair: scores as in metrics.jsonl, or the error's last line. A line of results.jsonl.

    Attributes:
        mark: of the study and the lever that it was run under.
    """

    lever: str
    seed: int
    mark: str
    seconds: float
    scores: Scores = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Everything that a process needs to run it: the baseline's recipe, its rows' file, its own folder."""

    lever: Lever
    seed: int
    mark: str
    recipe: Recipe
    rows: Path
    folder: Path


def in_order(study: Study, levers: Iterable[Lever], out: Path) -> list[Pair]:
    """The baseline of every seed first; then lever by lever, so that a study cut short has whole rows."""
    first = sorted(levers, key=lambda lever: lever.name != BASELINE)
    return [
        Pair(
            lever,
            seed,
            study.mark(lever),
            study.recipe,
            out / f"rows-{seed}.jsonl",
            out / "runs" / f"{study.levers.index(lever)}-{seed}",
        )
        for lever in first
        for seed in study.seeds
    ]


def results(path: Path) -> list[Result]:
    """The finished pairs of results.jsonl; a line that a kill has torn is cut off."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [Result(**json.loads(line)) for line in whole.splitlines()]


def of_pairs(known: list[Result], pairs: list[Pair]) -> list[Result]:
    """The last result of each pair, of those that were run under the same definition."""
    last = {(r.lever, r.seed, r.mark): r for r in known}
    keys = [(p.lever.name, p.seed, p.mark) for p in pairs]
    return [last[key] for key in keys if key in last]


def run(study: Study, levers: Iterable[Lever], out: Path, jobs: int) -> list[Result]:
    """All pairs that are not finished; those that failed are tried again. Returns the results of all.

    Args:
        jobs: processes at once; 0 runs in this one.
    """
    out.mkdir(parents=True, exist_ok=True)
    pairs, path = in_order(study, levers, out), out / "results.jsonl"
    ready = {(r.lever, r.seed) for r in of_pairs(results(path), pairs) if not r.error}
    open_pairs = [pair for pair in pairs if (pair.lever.name, pair.seed) not in ready]
    prepared = load(study.rows)
    for seed in {pair.seed for pair in open_pairs}:
        save(sample(prepared, study, seed), out / f"rows-{seed}.jsonl")
    with path.open("a", encoding="utf-8") as file:
        for number, result in enumerate(_results(open_pairs, jobs), 1):
            file.write(json.dumps(asdict(result)) + "\n")
            file.flush()
            told = result.error or f"{result.seconds:.0f} s"
            log.info("%d of %d: %s, seed %d: %s", number, len(open_pairs), result.lever, result.seed, told)
    return of_pairs(results(path), pairs)


def _results(pairs: list[Pair], jobs: int) -> Iterator[Result]:
    if not jobs:
        yield from map(run_pair, pairs)
        return
    # Not forked: torch's threads do not survive it.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), initializer=end_with_parent)
    try:
        for future in as_completed([pool.submit(run_pair, pair) for pair in pairs]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl-C ends with the pairs under way, not with the queue


def end_with_parent() -> None:
    """Ends this process when its parent is killed: it would write to folders that the next study uses."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def run_pair(pair: Pair) -> Result:
    """One pair from its rows to its scores, in a folder of its own, which goes when it is done."""
    began = time.monotonic()
    shutil.rmtree(pair.folder, ignore_errors=True)  # a killed one starts again
    try:
        scores, error = scored(pair), ""
    except Exception as failure:  # the task ends here: one lever that fails must not end a night's study
        traceback.print_exc()
        scores, error = {}, f"{type(failure).__name__}: {failure}".splitlines()[0][:200]
    shutil.rmtree(pair.folder, ignore_errors=True)  # 150 MB of weights and moments each
    return Result(pair.lever.name, pair.seed, pair.mark, round(time.monotonic() - began, 1), scores, error)


def scored(pair: Pair) -> Scores:
    options = pair.lever.options(pair.recipe.train)
    torch.set_num_threads(options.threads)
    recipe = replace(pair.recipe, seed=pair.seed, run=pair.folder, train=options)
    rows = filtered(load(pair.rows), pair.lever)
    return done(MAKERS[pair.lever.make](recipe, rows, pair.seed, **pair.lever.given))
