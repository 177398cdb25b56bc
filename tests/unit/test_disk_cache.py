"""Scores on disk: the same scores, once computed; a broken file costs nothing but time."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from monitor.inference.disk_cache import DiskScores, default_folder
from monitor.inference.scorer import Scorer
from monitor.records import Score
from tests.fakes_model import LexiconModel

TEXTS = [f"Bank {number} fails" for number in range(1_200)] + ["德意志银行", "half a pair \ud800"]


def scored(folder: Path, texts: list[str], model: LexiconModel | None = None) -> tuple[list[object], int, int]:
    """(scores, how many the model computed, how many were found) of a scorer of its own."""
    model = model or LexiconModel()
    scorer = Scorer(model, disk=DiskScores(folder, model.hash))
    try:
        return list(asyncio.run(scorer.score(texts))), scorer.computed, scorer.cached
    finally:
        scorer.close()


def test_a_second_run_computes_nothing_and_has_the_same_scores(tmp_path: Path) -> None:
    cold, computed, _ = scored(tmp_path, TEXTS)
    warm, again, found = scored(tmp_path, TEXTS)
    assert warm == cold and computed == found == len(TEXTS) and again == 0
    more, some, _ = scored(tmp_path, [*TEXTS[:3], "something new"])
    assert more[:3] == cold[:3] and some == 1


def test_another_model_never_sees_these_scores(tmp_path: Path) -> None:
    scored(tmp_path, TEXTS[:5])
    other = LexiconModel()
    other.hash = "cd" * 8
    assert (scored(tmp_path, TEXTS[:5], other))[1] == 5


def test_two_replays_share_a_file(tmp_path: Path) -> None:
    run, model = asyncio.run, LexiconModel()
    one, two = (Scorer(model, disk=DiskScores(tmp_path, model.hash)) for _ in range(2))
    assert run(one.score(TEXTS[:600])) == run(two.score(TEXTS[:600]))
    run(one.score(TEXTS[600:]))
    assert run(two.score(TEXTS)) == run(one.score(TEXTS))
    assert (one.computed, two.computed) == (len(TEXTS), 0)
    one.close()
    two.close()
    late, score = DiskScores(tmp_path, model.hash), Score(1, 2, 999_997, (), model.hash)
    before = late.get(TEXTS[:1])
    late.put({TEXTS[0]: score, "scored by both at once": score})  # what is there stays, and the rest is kept
    assert late.get([TEXTS[0], "scored by both at once"]) == {**before, "scored by both at once": score}


@pytest.mark.parametrize("broken", ["garbage", "row", "folder"])
def test_an_unusable_file_is_told_of_and_done_without(tmp_path: Path, broken: str) -> None:
    right, _, _ = scored(tmp_path / "well", TEXTS[:5])
    folder, model = tmp_path / "cache", LexiconModel()
    if broken == "folder":
        folder.write_text("a file")
    else:
        scored(folder, TEXTS[:5])
        path = folder / f"scores-{model.hash}.db"
        if broken == "garbage":
            path.write_bytes(b"no database" * 900)
            path.with_name(path.name + "-wal").unlink(missing_ok=True)
        else:
            with sqlite3.connect(path) as db:
                db.execute("UPDATE scores SET score = '[1, 2'")
    assert (scored(folder, TEXTS[:5]))[0] == right


def test_the_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "bearwatch"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification: to be ignored
    assert default_folder() == Path.home() / ".cache" / "bearwatch"
