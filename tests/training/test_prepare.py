"""The step as a whole: what it writes, what it refuses, what it warns of; and what never enters the weights."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.errors import InputError
from training.data import PARTS, Row, load
from training.prepare import prepare, refuse
from training.recipe import Recipe, read_recipe
from training.sets import Fault
from training.tally import absent, count, never_fitted, table

pytestmark = [pytest.mark.training, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
HISTORY = ROOT.parent / "shared" / "data" / "history"
TOPICS = ["Macro", "Earnings"]
SENTIMENTS = ("negative", "neutral", "positive")


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def good(n: int, **more: object) -> list[dict[str, Any]]:
    """Rows that share hardly a word, all labels in turn."""
    return [
        {"text": f"w{i} x{i} y{i} z{i}", "sentiment": SENTIMENTS[i % 3], "topic": TOPICS[i % 2], **more}
        for i in range(n)
    ]


def recipe_of(folder: Path, sets: dict[str, str], data: dict[str, Any] | None = None, **options: Any) -> Recipe:
    """A recipe over files of the given names and contents; `options` are every set's own."""
    entries = []
    for name, content in sets.items():
        (folder / name).write_text(content, encoding="utf-8", errors="surrogateescape")
        entry = {"name": name.partition(".")[0], "path": str(folder / name), "licence": "MIT", "title": name}
        entries.append({**entry, **options})
    recipe = {
        "run": str(folder / "run"),
        **dict.fromkeys(("base", "base_name", "base_licence", "name"), "tiny"),
        "seed": 3,
        "topics": TOPICS,
        "data": {"sets": entries, "calibration": 0.15, "report": 0.2, **(data or {})},
    }
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return read_recipe(folder / "recipe.yaml")


def facts(recipe: Recipe) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((recipe.run / "data.json").read_text(encoding="utf-8"))
    return data


def test_every_fault_of_every_set_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    bad = [{"text": "", "sentiment": "neutral"}, {"text": "a", "sentiment": "bad"}]
    recipe = recipe_of(
        tmp_path,
        {"a.jsonl": lines([*good(30), *bad]), "b.csv": "text,sentiment\n\udcff,neutral\n", "c.parquet": "no"},
        {"written": str(tmp_path / "no.yaml"), "exams": str(tmp_path / "exams")},
    )
    missing = dataclasses.replace(recipe.data.sets[0], path=str(tmp_path / "gone.jsonl"), name="gone")
    recipe = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, sets=(*recipe.data.sets, missing)))
    with pytest.raises(InputError) as caught:
        prepare(recipe)
    told = [line.removeprefix(f"{tmp_path}/").partition(": ") for line in str(caught.value).splitlines()]
    assert [(where, what[:17]) for where, _, what in told] == [
        ("a.jsonl:31", "empty text"),
        ("a.jsonl:32", "unknown sentiment"),
        ("b.csv:2", "byte 0xff (charac"),
        ("c.parquet", "not Parquet after"),
        ("gone.jsonl", "no such file"),
        ("no.yaml", "no such file (the"),
        ("exams", "no exam is here ("),
    ]
    assert not recipe.run.exists()


def test_more_than_fifty_faults_are_counted() -> None:
    refuse([])
    with pytest.raises(InputError) as caught:
        refuse([Fault(f"a.csv:{i}", "empty text") for i in range(1, 62)])
    shown = str(caught.value).splitlines()
    assert (len(shown), shown[49], shown[50]) == (51, "a.csv:50: empty text", "and 11 more")
    with pytest.raises(InputError) as caught:
        refuse([Fault("a", "b")] * 50)
    assert "more" not in str(caught.value)


def test_faulty_rows_are_skipped_counted_and_logged_where_the_recipe_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = lines([*good(60), {"text": "", "sentiment": "neutral"}, {"text": "a", "topic": "Sport"}])
    recipe = recipe_of(tmp_path, {"a.jsonl": content}, on_fault="skip")
    with caplog.at_level(logging.WARNING):
        prepare(recipe)
    assert "a: 2 of 62 rows skipped" in caplog.text
    assert f"{tmp_path}/a.jsonl:62: unknown topic 'Sport'" in caplog.text
    assert (facts(recipe)["sets"][0]["rows"], facts(recipe)["sets"][0]["skipped"]) == (62, 2)
    assert len(load(recipe.run / "rows.jsonl")) == 60


def test_a_set_that_cannot_be_read_at_all_is_refused_though_rows_are_skipped(tmp_path: Path) -> None:
    content = "title,sentiment\n" + "a,neutral\n" * 9
    with pytest.raises(InputError, match=r"a\.csv: no column 'text'$"):
        prepare(recipe_of(tmp_path, {"a.csv": content}, on_fault="skip"))


def test_what_became_of_each_set_stands_in_data_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = good(90)
    entities = [
        {"text": "Boeing sinks while Airbus soars", "entities": {"Boeing": "negative", "Airbus": "positive"}},
        {"text": "NBFCs rally ahead of banks", "entities": {"NBFC": "positive", "banks": "positive"}},
    ]
    (tmp_path / "exams").mkdir()
    (tmp_path / "exams" / "meaning.tsv").write_text(f"k\tp\tnegative\t{rows[0]['text']}\n", encoding="utf-8")
    contents = {"a.jsonl": lines([*rows, rows[4]]), "b.jsonl": lines([*rows[10:20], *entities])}
    recipe = recipe_of(tmp_path, contents, {"exams": str(tmp_path / "exams")})
    prepare(recipe)
    data = facts(recipe)
    a, b = data["sets"]
    assert a["sha256"] == hashlib.sha256(contents["a.jsonl"].encode()).hexdigest()
    assert a["size"] == len(contents["a.jsonl"])
    assert (a["path"], a["licence"]) == ("a.jsonl", "MIT")
    numbers = {"rows": 91, "skipped": 0, "unused": 0, "duplicates": 1, "in_exams": 1, "targets": 0}
    assert {name: a[name] for name in numbers} == numbers
    assert (b["rows"], b["duplicates"], b["targets"], b["targets_not_found"]) == (12, 10, 3, 1)
    kept = load(recipe.run / "rows.jsonl")
    assert data["kept"] == {s: {p: sum((r.source, r.part) == (s, p) for r in kept) for p in PARTS} for s in "ab"}
    for label in SENTIMENTS:
        number = SENTIMENTS.index(label)
        for part in PARTS:
            there = sum((r.source, r.sentiment, r.part) == ("a", number, part) for r in kept)
            assert a["counts"]["sentiment"][label][part] == there
    assert data["exams"] == {"meaning": 1}
    assert set(data["versions"]) == {"python", "numpy", "tokenizers"}
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["set", "label", *PARTS]
    negative = a["counts"]["sentiment"]["negative"]
    assert printed[1].split() == ["a", "negative", *(str(negative[part]) for part in PARTS)]


def test_rows_of_one_headline_and_of_one_group_share_a_part(tmp_path: Path) -> None:
    pairs = [
        {"text": f"u{i} v{i} meets t{i} s{i}", "entities": {f"u{i} v{i}": "negative", f"t{i}": "positive"}}
        for i in range(80)
    ]
    grouped = [{**row, "group": i // 5} for i, row in enumerate(good(100))]
    recipe = recipe_of(tmp_path, {"a.jsonl": lines([*pairs, *grouped]), "b.jsonl": lines(good(30))})
    prepare(recipe)
    groups: dict[str, set[str]] = {}
    kept = [row for row in load(recipe.run / "rows.jsonl") if row.group]
    for row in kept:
        groups.setdefault(row.group, set()).add(row.part)
    assert len(groups) == 100
    assert {len(parts) for parts in groups.values()} == {1}
    assert set.union(*groups.values()) == set(PARTS)
    assert sum(bool(row.target) for row in kept) == 160


def test_rows_near_any_text_of_any_exam_are_dropped(tmp_path: Path) -> None:
    exams = tmp_path / "exams"
    exams.mkdir()
    (exams / "general.tsv").write_text("sport\tLeeds United lose again\n", encoding="utf-8")
    (exams / "robust.tsv").write_text("negation\tAcme Corp fails\tAcme Corp does not fail\n", encoding="utf-8")
    (exams / "targets.tsv").write_text("1\tBolt\tnegative\t[TARGET] loses to Acme\n", encoding="utf-8")
    asked = ["Leeds United lose again", "Acme Corp fails", "ACME CORP does not fail", "Bolt loses to Acme"]
    seen = [{"text": text, "sentiment": "neutral"} for text in asked]
    marked = {"text": asked[3], "entities": {"Bolt": "negative", "Acme": "positive"}}
    recipe = recipe_of(tmp_path, {"a.jsonl": lines([*good(90), *seen, marked])}, {"exams": str(exams)})
    prepare(recipe)
    assert len(load(recipe.run / "rows.jsonl")) == 90
    assert facts(recipe)["sets"][0]["in_exams"] == 6
    assert facts(recipe)["exams"] == {"general": 1, "robust": 2, "targets": 1}


def test_labels_that_yaml_reads_as_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    content = "text,sentiment,topic\n" + "".join(f"a{i} b{i} c{i},{i % 3},{TOPICS[i % 2]}\n" for i in range(60))
    recipe = recipe_of(tmp_path, {"a.csv": content}, labels={0: "negative", 1: "neutral", 2: "positive"})
    prepare(recipe)
    assert all(row.sentiment == int(row.text[1:].split()[0]) % 3 for row in load(recipe.run / "rows.jsonl"))
    assert facts(recipe)["sets"][0]["labels"] == {"0": "negative", "1": "neutral", "2": "positive"}


def test_the_same_recipe_gives_the_same_files(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, {"a.jsonl": lines(good(90))})
    prepare(recipe)
    first = [(recipe.run / name).read_bytes() for name in ("rows.jsonl", "data.json")]
    prepare(recipe)
    assert [(recipe.run / name).read_bytes() for name in ("rows.jsonl", "data.json")] == first


def test_a_label_that_nothing_teaches_is_refused_by_its_name(tmp_path: Path) -> None:
    rows = [row for row in good(90) if row["sentiment"] != "neutral"]
    recipe = recipe_of(tmp_path, {"a.jsonl": lines(rows)})
    recipe = dataclasses.replace(recipe, topics=(*recipe.topics, "IPO"))
    with pytest.raises(InputError) as caught:
        prepare(recipe)
    assert str(caught.value).splitlines() == [
        "all sets, fit: no row has the sentiment neutral",
        "all sets, fit: no row has the topic IPO",
    ]
    assert not recipe.run.exists()


def test_labels_that_a_part_lacks_are_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dull = [{"text": f"d{i} e{i} f{i}", "sentiment": "neutral"} for i in range(60)]
    recipe = recipe_of(tmp_path, {"a.jsonl": lines(good(300)), "b.jsonl": lines(dull)})
    with caplog.at_level(logging.WARNING):
        prepare(recipe)
    expected = "b, all parts: no row has the sentiment negative, positive"
    assert facts(recipe)["warnings"] == [expected]
    assert expected in caplog.text


def test_counts_of_labels_and_what_is_lacking_agree_with_the_rows() -> None:
    rows = [Row(f"t{i}", i % 2, -1, "a", part="fit") for i in range(5)]
    rows += [Row("u", 2, -1, "a", part="report"), Row("v", -1, 1, "b", part="fit")]
    rows += [
        Row(f"w{i}", 0, -1, "b", part="fit") for i in range(39)
    ]  # one topic in forty rows: it came over from elsewhere
    counts = count(rows, ("Macro", "Earnings"))
    assert counts["a"]["sentiment"]["negative"] == {"fit": 3, "calibration": 0, "report": 0}
    assert list(counts["b"]) == ["sentiment"]
    assert [str(lack) for lack in absent(counts)] == [
        "a, fit: no row has the sentiment positive",
        "a, calibration: no row has the sentiment negative, neutral, positive",
        "a, report: no row has the sentiment negative, neutral",
        "b, all parts: no row has the sentiment neutral, positive",
        "b, calibration: no row has the sentiment negative",
        "b, report: no row has the sentiment negative",
    ]
    assert [lack.labels for lack in never_fitted(rows, ("Macro", "Earnings"))] == [("positive",), ("Macro",)]
    assert len({len(line) for line in table(counts).splitlines()}) == 1


def test_the_command_tells_its_faults_on_stderr_and_ends_with_code_2(tmp_path: Path) -> None:
    recipe_of(tmp_path, {"a.csv": "text,sentiment\nx,bad\n,neutral\n"})
    command = [
        sys.executable,
        "-c",
        "from training.cli import main; main()",
        "prepare",
        "-c",
        str(tmp_path / "recipe.yaml"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    assert ran.returncode == 2
    assert ran.stdout == ""
    where = f"{tmp_path}/a.csv"
    assert ran.stderr.splitlines() == [
        f"bearwatch-train: {where}:2: unknown sentiment 'bad'; known are negative, neutral, positive",
        f"{where}:3: empty text",
    ]


def manifests() -> list[Path]:
    return sorted((ROOT / "monitor" / "models").glob("*/manifest.json"))


def test_the_shipped_models_name_their_training_data() -> None:
    assert manifests()
    for path in manifests():
        data = json.loads(path.read_text(encoding="utf-8"))["data"]
        assert data
        assert all(len(entry["sha256"]) == 64 for entry in data)
        assert not any("history" in f"{entry['path']} {entry['name']}".lower() for entry in data)


# What the archives for replay hash to: publishers' texts, which may be replayed and never learnt.
HISTORIES = {
    "reuters-2008-07.jsonl.xz": "33ffc35a8a87e99c4353048bb44416d7e343510cbcd40f93801891347de25c00",
    "reuters-2008-08.jsonl.xz": "c86cac0337a216417f53229f279199122c4892804c01a4fbb19e81477b926a2e",
    "reuters-2008-09.jsonl.xz": "aeaf5857b14ed178494f3fafe29cf7ddb0883bf07e2aae52fc1e4fff2a4cd51e",
    "reuters-2011-02.jsonl.xz": "40025b171a897fdb252aecb1a71b9bacc323f05b2720c4935b29179651198d3a",
    "reuters-2011-03.jsonl.xz": "c65d6eaefcfe739526efca8c394ab2e5075e6fdfe0c0e6d6087cb377623eed75",
    "rss-2023-calm.jsonl.xz": "0cede437ebdbea008d4852163547a061b080b751526d7056a2f81b740caa96e3",
}


def test_the_histories_never_enter_the_weights() -> None:
    # Those that lie here too, so that one that is new or changed is known.
    here = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(HISTORY.glob("*.jsonl.xz"))}
    names, hashes = {*HISTORIES, *here}, {*HISTORIES.values(), *here.values()}
    for path in manifests():
        for entry in json.loads(path.read_text(encoding="utf-8"))["data"]:
            assert entry["sha256"] not in hashes
            assert Path(entry["path"]).name not in names
