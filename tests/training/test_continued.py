"""A run goes on with new labels: what it learns, what it must not forget, and which rows may never be fitted."""

from __future__ import annotations

import doctest
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from sklearn.metrics import f1_score

from monitor.errors import ConfigError, InputError
from tests.training.tiny import BAD, DULL, GOOD, LATIN, TOPICS, tiny_recipe
from training import retention
from training.calibrate import calibrate
from training.continued import continue_training, mix, replay
from training.data import Row, load
from training.export import ExportError, export
from training.prepare import prepare
from training.recipe import Recipe, read_recipe
from training.retention import exam, falls, refusal
from training.train import train

pytestmark = [pytest.mark.training, pytest.mark.slow]

UNSEEN = {"negative": ["fraud", "default", "probe"], "positive": ["wins", "record", "growth"]}
KNOWN = {
    "negative": [word for word in BAD if word not in UNSEEN["negative"]],
    "neutral": DULL,
    "positive": [word for word in GOOD if word not in UNSEEN["positive"]],
}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recipe of a trained and calibrated run that never saw the UNSEEN words."""
    path = tiny_recipe(tmp_path_factory.mktemp("old"), rows=300, epochs=6)
    recipe = read_recipe(path)
    unseen = {word for words in UNSEEN.values() for word in words}
    for entry in recipe.data.sets:
        lines = Path(entry.path).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not unseen & set(json.loads(line)["text"].split())]
        Path(entry.path).write_text("".join(kept), encoding="utf-8")
    prepare(recipe)
    train(recipe)
    calibrate(recipe)
    return path


def labelled(kinds: dict[str, list[str]], number: int, seed: int = 11) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    rows = []
    for i in range(number):
        label, topic = draw.choice(sorted(kinds)), draw.randrange(3)
        text = LATIN.headline(draw, kinds[label], topic)
        at = f"2025-10-{1 + i * 28 // number:02}"
        rows.append(
            {"text": text, "sentiment": label, "topic": TOPICS[topic], "at": at, "group": f"g{i}", "key": f"k{i}"}
        )
    return rows


def next_recipe(old: Path, folder: Path, rows: list[dict[str, Any]], **going_on: Any) -> Recipe:
    """A recipe that continues the old one's run with these labels."""
    (folder / "desk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    given = yaml.safe_load(old.read_text(encoding="utf-8"))
    given["continue"] = {"old": given["run"], **going_on}
    given["run"] = str(folder / "run")
    given["data"]["sets"] = [{"name": "desk", "path": str(folder / "desk.jsonl"), "licence": "own", "title": "Desk"}]
    given["train"] |= {"epochs": 4, "peak_rate": 0.002}
    (folder / "next.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    return read_recipe(folder / "next.yaml")


def result_of(recipe: Recipe) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((recipe.run / "continue.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def good(old: Path, tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """A run that went on with 160 headlines of words that the old one does not know."""
    recipe = next_recipe(old, tmp_path_factory.mktemp("good"), labelled(UNSEEN, 160), replay=0.4, margin=0.05)
    continue_training(recipe)
    return recipe


def test_new_labels_are_learnt_while_the_old_exam_holds(good: Recipe) -> None:
    result = result_of(good)
    learnt = result["new_labels"]["sentiment/desk"]
    assert learnt["new"] > learnt["old"] + 0.2
    assert learnt["interval"][0] > 0
    assert {"sentiment/tweets", "topic/topics", "sentiment/pairs-target"} <= set(result["exam"])
    assert result["refused"] == []
    assert refusal(good.run) is None
    assert (export(good, good.run / "model", "fp32") / "manifest.json").is_file()


def test_old_report_and_calibration_rows_stay_what_they_were(old: Path, good: Recipe) -> None:
    before, after = load(read_recipe(old).run / "rows.jsonl"), load(good.run / "rows.jsonl")
    held = [row for row in before if row.part != "fit"]
    assert [row for row in after if row.part in ("calibration", "report") and row.source != "desk"] == held
    texts = {(row.text, row.target) for row in held}
    assert not texts & {(row.text, row.target) for row in after if row.part == "fit"}
    data = json.loads((good.run / "data.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in data["sets"]] == ["tweets", "topics", "entities", "pairs", "desk"]
    again = sum(row.part == "fit" and row.source != "desk" for row in after)
    assert (data["continued"]["replayed"], data["continued"]["of"]) == (again, len(before) - len(held))
    assert 0.35 < again / (len(before) - len(held)) < 0.45


def test_a_second_continued_run_knows_what_the_first_one_did_not_replay(good: Recipe, tmp_path: Path) -> None:
    before = load(good.run / "rows.jsonl")
    past = [row for row in before if row.part == "past"]
    fitted = sum(row.part == "fit" for row in before)
    assert len(past) > 0.3 * fitted
    # Whole headlines that the oldest run alone was fitted on come back as labels of the desk's.
    back = [replace(row, source="desk", group="", part="") for row in past if not row.target][:60]
    mixed = mix(before, back, good, [])
    assert mixed.fitted == fitted + len(past)
    texts = {row.text for row in back}
    assert {row.part for row in mixed.rows if row.text in texts} == {"fit"}


def test_poisoned_labels_are_refused_and_so_is_the_export(old: Path, tmp_path: Path) -> None:
    flipped = {"negative": KNOWN["positive"], "neutral": KNOWN["negative"], "positive": KNOWN["neutral"]}
    recipe = next_recipe(old, tmp_path, labelled(flipped, 400), replay=0.02, margin=0.05)
    continue_training(recipe)
    assert any(fall.startswith("sentiment/") for fall in result_of(recipe)["refused"])
    reason = refusal(recipe.run)
    assert reason is not None
    assert "\n" not in reason
    assert "forgot what" in reason
    with pytest.raises(ExportError, match="forgot what"):
        export(recipe, tmp_path / "model")
    assert not (tmp_path / "model").exists()
    # Nor may a further run begin there: its exam would be held against what is already forgotten.
    (tmp_path / "next").mkdir()
    onward = next_recipe(tmp_path / "next.yaml", tmp_path / "next", labelled(UNSEEN, 60))
    with pytest.raises(InputError, match=r"continue\.old: .* forgot what"):
        continue_training(onward)


def test_a_run_whose_exam_is_missing_or_older_than_its_weights_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    assert refusal(run) is None
    (run / "data.json").write_text('{"sets": []}', encoding="utf-8")
    assert refusal(run) is None
    (run / "data.json").write_text('{"sets": [], "continued": {}}', encoding="utf-8")
    (run / "weights.pt").write_bytes(b"weights")
    assert "run `bearwatch-train continue`" in str(refusal(run))
    (run / "continue.json").write_text('{"old": "a", "refused": [], "judged": {"weights.pt": "0"}}', encoding="utf-8")
    assert "run `bearwatch-train continue`" in str(refusal(run))


def test_killed_in_training_it_goes_on_to_the_same_weights(old: Path, good: Recipe, tmp_path: Path) -> None:
    recipe = next_recipe(old, tmp_path, labelled(UNSEEN, 160), replay=0.4, margin=0.05)
    code = """
        import os, pathlib, signal, sys
        import training.train
        from training.continued import continue_training
        from training.recipe import read_recipe
        save = training.train.save_checkpoint
        def and_die(recipe, state, parts):
            save(recipe, state, parts)
            if state.epoch == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        training.train.save_checkpoint = and_die
        continue_training(read_recipe(pathlib.Path(sys.argv[1])))
    """
    script = "\n".join(text[8:] for text in code.splitlines())
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "next.yaml")], check=False, timeout=200)
    assert killed.returncode == -9
    assert not (recipe.run / "continue.json").exists()
    assert "run `bearwatch-train continue`" in str(refusal(recipe.run))
    continue_training(recipe)
    expected, resumed = (torch.load(run / "weights.pt", weights_only=True) for run in (good.run, recipe.run))
    for name, values in expected.items():
        torch.testing.assert_close(resumed[name], values, atol=1e-5, rtol=1e-4)
    assert result_of(recipe)["new_labels"] == result_of(good)["new_labels"]


def test_a_checkpoint_that_began_with_other_weights_is_not_gone_on_from(good: Recipe, old: Path) -> None:
    data = good.run / "data.json"
    before = data.read_text(encoding="utf-8")
    changed = json.loads(before)
    changed["continued"]["weights"] = "0" * 64
    data.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(InputError, match="did not begin with the weights"):
        continue_training(good)
    data.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r, run: replace(r, continued=replace(r.continued, old="")), "continue.old names no run folder"),
        (lambda r, run: replace(r, run=run), "continue.old and run are one folder"),
        (lambda r, run: replace(r, topics=r.topics[::-1]), "was made with other topics: Macro, Financials, Earnings"),
        (lambda r, run: replace(r, data=replace(r.data, written="x.yaml")), "leave data.written out"),
        (lambda r, run: replace(r, continued=replace(r.continued, old="gone")), "gone/data.json is missing"),
    ],
)
def test_what_it_cannot_go_on_from_is_said_in_one_line(old: Path, tmp_path: Path, change: Any, told: str) -> None:
    recipe = next_recipe(old, tmp_path, labelled(UNSEEN, 9))
    with pytest.raises(InputError, match=told) as caught:
        continue_training(change(recipe, read_recipe(old).run))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_new_labels_that_are_all_known_or_faulty_are_refused_before_anything_is_written(
    old: Path, tmp_path: Path
) -> None:
    held = [row for row in load(read_recipe(old).run / "rows.jsonl") if row.part == "report" and not row.target]
    rows = [{"text": row.text, "sentiment": "neutral"} for row in held]
    with pytest.raises(InputError, match=f"no new row is left to learn from: {len(rows)} read, {len(rows)} of them"):
        continue_training(next_recipe(old, tmp_path, rows))
    with pytest.raises(InputError, match=r"desk\.jsonl:1: unknown sentiment 'bad'.*\n.*desk\.jsonl:2: empty text"):
        continue_training(next_recipe(old, tmp_path, [{"text": "a", "sentiment": "bad"}, {"text": ""}]))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("name", "value"), [("replay", 1.5), ("margin", -0.1), ("replay", "half"), ("reply", 0.1)])
def test_the_section_is_checked_as_it_is_read(old: Path, tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"continue.*{name}"):
        next_recipe(old, tmp_path, [], **{name: value})


# Which rows become what


def rows_of(number: int, part: str, source: str = "old", first: int = 0, **more: Any) -> list[Row]:
    """Rows that share no word, all labels in turn."""
    return [
        Row(" ".join(f"{c}{i}" for c in "uvwxyz"), i % 3, i % 2, source, part=part, **more)
        for i in range(first, first + number)
    ]


@pytest.fixture
def plain(tmp_path: Path) -> Recipe:
    recipe = read_recipe(tiny_recipe(tmp_path, rows=1, base="none"))
    return replace(recipe, continued=replace(recipe.continued, old="old", replay=1.0))


def test_a_new_row_near_what_the_old_run_is_judged_on_is_never_fitted(plain: Recipe) -> None:
    before = [*rows_of(30, "fit"), *rows_of(20, "report", first=100), *rows_of(10, "calibration", first=200)]
    leaks = [replace(row, text=f"{row.text} today", source="desk", part="", sentiment=0) for row in before[30:]]
    mixed = mix(before, [*leaks, *rows_of(40, "", "desk", first=300)], plain, [])
    assert mixed.near_held == {"desk": 30}
    assert not any("today" in row.text for row in mixed.rows)
    assert [row for row in mixed.rows if row.part != "fit" and row.source == "old"] == before[30:]
    assert Counter(row.source for row in mixed.rows) == {"old": 60, "desk": 40}
    assert {row.part for row in mixed.unique.rows} == {"fit", "calibration", "report"}


def test_a_new_row_in_a_group_that_is_held_out_is_left_out_whatever_its_text(plain: Recipe) -> None:
    before = [*rows_of(30, "fit"), *rows_of(1, "report", "desk", first=100, group="desk:g1")]
    told_again = rows_of(1, "", "desk", first=200, group="desk:g1")
    mixed = mix(before, [*told_again, *rows_of(20, "", "desk", first=300)], plain, [])
    assert mixed.near_held == {"desk": 1}
    assert not set(told_again) & {replace(row, part="") for row in mixed.rows}


def test_a_better_label_takes_the_place_of_an_old_fitted_one_and_is_fitted(plain: Recipe) -> None:
    before = [*rows_of(60, "fit"), *rows_of(10, "report", first=100)]
    better = [replace(row, source="desk", sentiment=(row.sentiment + 1) % 3, topic=-1, part="") for row in before[:40]]
    mixed = mix(before, [*better, *rows_of(20, "", "desk", first=300)], plain, [])
    assert mixed.corrections == 40
    found = {row.text: row for row in mixed.rows}
    assert len(found) == len(mixed.rows)
    for was, now in zip(before[:40], better, strict=True):
        # The topic comes over from the old row, which had one.
        assert found[was.text] == replace(now, part="fit", topic=was.topic)


def test_a_label_lent_to_an_old_report_row_does_not_change_the_exam(plain: Recipe) -> None:
    before = [*rows_of(30, "fit"), replace(rows_of(1, "report", first=100)[0], topic=-1)]
    mixed = mix(before, [replace(before[30], source="desk", topic=1, part="")], plain, [])
    assert before[30] in mixed.rows


def test_a_set_that_grew_is_read_again_without_its_held_out_rows(plain: Recipe) -> None:
    first = mix(rows_of(60, "fit"), rows_of(50, "", "desk", first=200), plain, [])
    second = mix(first.rows, rows_of(80, "", "desk", first=200), plain, [])
    held = {row.text for row in first.rows if row.part != "fit"}
    assert held
    assert not held & {row.text for row in second.rows if row.part == "fit"}
    assert held <= {row.text for row in second.rows if row.part != "fit"}
    assert len({row.text for row in second.rows}) == len(second.rows) == 140


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_replay_takes_its_share_of_every_label_of_every_source(share: float) -> None:
    fitted = [*rows_of(300, "fit"), *rows_of(30, "fit", "small", first=500), *rows_of(1, "fit", "one", first=900)]
    chosen = replay(fitted, share, 3)
    assert chosen == [row for row in fitted if row in set(chosen)]
    of, taken = (Counter((r.source, r.sentiment, r.topic) for r in rows) for rows in (fitted, chosen))
    for stratum, number in of.items():
        assert taken[stratum] == (max(1, round(share * number)) if share else 0)
    # Further rows of another source move none.
    more = replay([*fitted, *rows_of(50, "fit", "more", first=2_000)], share, 3)
    assert [row for row in more if row.source != "more"] == chosen


# The exam


def test_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(retention).failed == 0


def test_the_exam_counts_as_scikit_learn_does_and_pairs_the_resamples() -> None:
    draw = np.random.default_rng(2)
    rows = [Row(str(i), i % 3, -1, "a", group=f"g{i // 2}") for i in range(400)]
    truth = np.array([row.sentiment for row in rows])
    before = np.where(draw.random(400) < 0.8, truth, draw.integers(0, 3, 400))
    after = np.where(draw.random(400) < 0.1, draw.integers(0, 3, 400), before)
    none = np.zeros(400, np.int64)
    (found,) = exam(
        rows, {"sentiment": before, "topic": none}, {"sentiment": after, "topic": none}, ("x", "y")
    ).values()
    assert found["rows"] == 400
    assert found["old"] == pytest.approx(f1_score(truth, before, average="macro"), abs=1e-4)
    assert found["new"] == pytest.approx(f1_score(truth, after, average="macro"), abs=1e-4)
    low, high = found["interval"]
    assert low < found["difference"] < high
    # Brute force, by whole groups.
    differences = []
    for _ in range(400):
        groups = draw.integers(0, 200, 200)
        at = np.concatenate([2 * groups, 2 * groups + 1])
        one, other = (f1_score(truth[at], said[at], average="macro") for said in (after, before))
        differences.append(one - other)
    assert np.percentile(differences, (2.5, 97.5)) == pytest.approx((low, high), abs=0.008)


def test_a_fall_of_the_margin_passes_and_a_deeper_one_does_not() -> None:
    figures = {"a": {"old": 0.9, "new": 0.89}, "b": {"old": 0.9, "new": 0.8899}, "c": {"old": 0.1, "new": 0.9}}
    assert falls(figures, 0.01) == ["b fell from 0.900 to 0.890"]
