"""From the daemon's store to a file for a person, and from the person's file to a data set."""

from __future__ import annotations

import csv
import doctest
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.metrics import cohen_kappa_score

from monitor.errors import InputError
from monitor.records import DAY_MS, MILLION, Article, Mention, Prepared, Score, Standing, Tick
from monitor.storage.effects import ArticleRow, Effects
from monitor.storage.store import Store
from tests.store_samples import NOON, spike_row
from training import agreement as agreements
from training import label
from training.agreement import agreement, kappa
from training.data import Row, load
from training.label import pick
from training.labelled import COLUMNS, Line, take_back, texts_of, told, write_lines
from training.prepare import prepare
from training.recipe import read_recipe

pytestmark = [pytest.mark.training, pytest.mark.slow]

TOPICS = ("Macro", "Earnings", "IPO")


def scored(negative: float, positive: float, topics: dict[str, float], target: str | None = None) -> Score:
    n, p = round(negative * MILLION), round(positive * MILLION)
    shares = tuple((name, round(share * MILLION)) for name, share in topics.items())
    return Score(n, MILLION - n - p, p, shares, "ab" * 8, target)


SURE = scored(0.98, 0.01, {"Macro": 0.99})
TORN = scored(0.49, 0.48, {"Earnings": 0.99})


def story(
    seq: int, title: str, *scores: Score, at: int = 0, mentions: tuple[Mention, ...] = (), of: str = ""
) -> ArticleRow:
    when = at or NOON + seq * 1_000
    article = Article(
        key=f"rss:{seq}",
        source="rss",
        publisher="paper.example",
        url="",
        title=title,
        summary="",
        language="en",
        published_at=when,
        received_at=when,
        event_time=when,
    )
    prepared = Prepared(article, title, "", f"{seq:016x}", mentions, scores, "" if scores else "unsupported_language")
    return ArticleRow(seq, prepared, Standing.LIVE, of or article.key, of or article.key, "copy" if of else "new", when)


def headline(number: int) -> str:
    """Two of them share no word."""
    return " ".join(f"{letter}{number}" for letter in "vwxyz")


def keep(folder: Path, rows: Iterable[ArticleRow], effects: Effects | None = None) -> Path:
    """A store as the daemon leaves it; its last tick is a minute after NOON plus an hour."""
    path = folder / "bearwatch.db"
    done = list(rows)
    tick = (max(row.seq for row in done) + 1, Tick(NOON + 3_600_000))
    with Store.open(path) as store:
        store.commit(replace(effects or Effects(), articles=done, ticks=[tick]))
    return path


def keys(lines: list[Line]) -> list[str]:
    return [line.key for line in lines if not line.target]


def why(lines: list[Line]) -> dict[str, str]:
    return {line.key: line.why for line in lines}


def test_the_uncertain_are_picked_and_neither_near_duplicates_nor_copies_nor_the_unscored(tmp_path: Path) -> None:
    torn = [story(i, headline(i), TORN) for i in range(1, 5)]
    sure = [story(i, headline(i), SURE) for i in range(5, 60)]
    near = story(60, f"{headline(1)} again", TORN)
    copy = story(61, headline(61), TORN, of="rss:5")
    silent = story(62, headline(62))
    store = keep(tmp_path, [*torn, *sure, near, copy, silent])
    picked = pick(store, 4, random_share=0)
    assert sorted(keys(picked)) == ["rss:1", "rss:2", "rss:3", "rss:4"]
    assert set(why(picked).values()) == {"uncertain"}
    everything = pick(store, 100, random_share=0)
    assert len(everything) == 59
    assert not {"rss:60", "rss:61", "rss:62"} & set(keys(everything))


def test_what_the_run_knows_and_what_exams_ask_is_not_picked(tmp_path: Path) -> None:
    store = keep(tmp_path, [story(i, headline(i), TORN) for i in range(1, 6)])
    known = [Row(f"{headline(2).upper()} $ABC", 0, -1, "tweets", part="fit")]
    picked = pick(store, 5, random_share=0, known=known, held_out=[f"{headline(4)} today"])
    assert sorted(keys(picked)) == ["rss:1", "rss:3", "rss:5"]


def test_names_scores_and_topics_make_an_article_hard_too(tmp_path: Path) -> None:
    between = scored(0.97, 0.01, {"Macro": 0.46, "IPO": 0.45})
    names = (
        Mention("us.a", "A", "company", "", "title", 0, 6, MILLION),
        Mention("us.b", "B", "company", "", "title", 13, 19, MILLION),
    )
    of_names = [SURE, scored(0.5, 0.49, {}, "us.a"), scored(0.01, 0.98, {}, "us.b")]
    rows = [story(i, headline(i), SURE) for i in range(1, 30)]
    rows += [story(30, headline(30), between), story(31, "Boeing sinks Airbus soars", *of_names, mentions=names)]
    picked = pick(keep(tmp_path, rows), 2, random_share=0)
    assert sorted(keys(picked)) == ["rss:30", "rss:31"]
    asked = {line.target: line for line in picked if line.key == "rss:31"}
    assert set(asked) == {"", "Boeing", "Airbus"}
    assert (asked[""].model_sentiment, asked["Airbus"].model_sentiment) == ("negative", "positive")
    assert (asked["Boeing"].p_negative, asked["Boeing"].model_topic, asked[""].model_topic) == ("0.500", "", "Macro")


def test_evidence_of_alerts_comes_before_what_is_merely_hard_but_does_not_fill_the_file(tmp_path: Path) -> None:
    rows = [story(i, headline(i), SURE) for i in range(1, 21)] + [story(i, headline(i), TORN) for i in range(21, 60)]
    open_one = spike_row(1)
    spike = replace(open_one, spike=replace(open_one.spike, evidence=tuple(f"rss:{i}" for i in range(1, 21))))
    picked = pick(keep(tmp_path, rows, Effects(spikes=[spike])), 10, random_share=0.2, alert_share=0.3)
    assert Counter(why(picked).values()) == {"random": 2, "alert": 3, "uncertain": 5}
    assert all(int(key.removeprefix("rss:")) < 21 for key, reason in why(picked).items() if reason == "alert")


def test_the_random_part_is_drawn_from_all_stories_whatever_their_scores(tmp_path: Path) -> None:
    draw = random.Random(1)
    order = list(range(1, 401))
    draw.shuffle(order)
    torn = set(order[:80])
    store = keep(tmp_path, [story(i, headline(i), TORN if i in torn else SURE) for i in range(1, 401)])
    hard = 0
    for seed in range(20):
        picked = why(pick(store, 100, seed=seed))
        blind = [int(key.removeprefix("rss:")) for key, reason in picked.items() if reason == "random"]
        assert len(blind) == 20
        hard += sum(number in torn for number in blind)
    # 400 draws at 0.2: 80, and 8 either way is one standard deviation.
    assert 80 - 28 < hard < 80 + 28


def test_no_topic_takes_more_than_twice_its_even_share_while_there_are_others(tmp_path: Path) -> None:
    dull = {topic: scored(0.6, 0.2, {topic: 0.99}) for topic in ("Macro", "IPO")}
    rows = [story(i, headline(i), TORN) for i in range(1, 41)]
    rows += [story(i, headline(i), dull["Macro" if i % 2 else "IPO"]) for i in range(41, 81)]
    store = keep(tmp_path, rows)
    picked = pick(store, 12, random_share=0)
    assert Counter(line.model_topic for line in picked)["Earnings"] == 8
    assert Counter(line.model_topic for line in pick(store, 70, random_share=0))["Earnings"] == 40


def test_only_the_last_28_days_of_the_store_are_looked_at_unless_a_range_is_given(tmp_path: Path) -> None:
    long_ago = story(1, headline(1), TORN, at=NOON - 29 * DAY_MS)
    later = story(2, headline(2), SURE, at=NOON - 27 * DAY_MS)
    tomorrow = story(3, headline(3), TORN, at=NOON + 2 * DAY_MS)
    store = keep(tmp_path, [long_ago, later, tomorrow])
    assert keys(pick(store, 9)) == ["rss:2"]
    assert keys(pick(store, 9, since_ms=NOON - 30 * DAY_MS, until_ms=NOON - 28 * DAY_MS)) == ["rss:1"]


def test_the_store_is_read_beside_a_daemon_that_holds_it_and_stays_as_it_is(tmp_path: Path) -> None:
    path = keep(tmp_path, [story(i, headline(i), TORN) for i in range(1, 30)])
    with Store.open(path, holder="a daemon"):
        before = hashlib.sha256(path.read_bytes()).digest()
        first = pick(path, 10)
        assert first == pick(path, 10)
        assert len(keys(first)) == 10
        assert hashlib.sha256(path.read_bytes()).digest() == before
    with pytest.raises(InputError, match="there is no store at"):
        pick(tmp_path / "gone.db", 10)
    assert not (tmp_path / "gone.db").exists()


def test_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(label).failed == 0
    assert doctest.testmod(agreements).failed == 0


def test_an_unknown_strategy_and_shares_over_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="strategy 'luck' is none of margin, entropy"):
        pick(tmp_path / "gone.db", 10, strategy="luck")
    with pytest.raises(InputError, match="1 at most together"):
        pick(tmp_path / "gone.db", 10, random_share=0.8, alert_share=0.3)


def test_entropy_prefers_what_is_open_three_ways(tmp_path: Path) -> None:
    rows = [story(1, headline(1), scored(0.36, 0.32, {})), story(2, headline(2), scored(0.49, 0.48, {}))]
    store = keep(tmp_path, rows)
    assert keys(pick(store, 1, random_share=0, strategy="entropy")) == ["rss:1"]
    assert keys(pick(store, 1, random_share=0, strategy="margin")) == ["rss:2"]


# The way back


def line(number: int, target: str = "", reason: str = "uncertain", text: str = "") -> Line:
    said = ("negative", "0.510", "" if target else "Macro")
    return Line(f"rss:{number}", "2025-10-09T08:00:00Z", "p.example", text or headline(number), target, *said, reason)


def fill(path: Path, labels: dict[tuple[str, str], dict[str, str]], change: dict[str, str] | None = None) -> Path:
    """The file with these cells filled in by (key, target), as a spreadsheet would write it; `change` in the first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row.update(labels.get((row["key"], row["target"]), {}))
    rows[0].update(change or {})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def entries(path: Path) -> dict[str, dict[str, object]]:
    found = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    return {entry["key"]: entry for entry in found}


def test_labels_travel_from_the_store_through_a_spreadsheet_into_the_rows_of_prepare(tmp_path: Path) -> None:
    names = (
        Mention("us.a", "A", "company", "", "title", 0, 6, MILLION),
        Mention("us.b", "B", "company", "", "title", 13, 19, MILLION),
    )
    both = [TORN, scored(0.9, 0.05, {}, "us.a"), scored(0.1, 0.8, {}, "us.b")]
    rows = [story(i, f'{headline(i)} [TARGET], "quoted"', TORN) for i in range(1, 90)]
    rows.append(story(90, "Boeing sinks Airbus soars", *both, mentions=names))
    file = write_lines(pick(keep(tmp_path, rows), 90), tmp_path / "to_label.csv")
    labels = {
        (f"rss:{i}", ""): {"sentiment": ("Negative", "neutral", "positive")[i % 3], "topic": TOPICS[i % 3].lower()}
        for i in range(1, 90)
    }
    labels |= {("rss:90", "Boeing"): {"sentiment": "negative"}, ("rss:90", "Airbus"): {"sentiment": "positive"}}
    taken = take_back(fill(file, labels), tmp_path / "desk.jsonl", TOPICS)
    assert (taken.added, taken.blank, taken.alone) == (180, 1, 0)
    sets = [{"name": "desk", "path": str(tmp_path / "desk.jsonl"), "licence": "own", "title": "The desk's"}]
    recipe = {
        "run": str(tmp_path / "run"),
        **dict.fromkeys(("base", "base_name", "base_licence", "name"), "tiny"),
        "seed": 3,
        "topics": list(TOPICS),
        "data": {"sets": sets, "calibration": 0.15, "report": 0.2},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    prepare(read_recipe(tmp_path / "recipe.yaml"))
    kept = load(tmp_path / "run" / "rows.jsonl")
    assert len(kept) == 91
    for row in kept:
        if not row.target:
            number = int(row.text.split()[0][1:])
            assert (row.sentiment, row.topic, row.at) == (number % 3, number % 3, NOON + number * 1_000)
            assert row.text.endswith(', "quoted"')
    assert {(row.target, row.text, row.sentiment) for row in kept if row.target} == {
        ("Boeing", "[TARGET] sinks Airbus soars", 0),
        ("Airbus", "Boeing sinks [TARGET] soars", 2),
    }


def test_taking_a_file_twice_changes_nothing_and_a_changed_label_replaces_and_is_named(tmp_path: Path) -> None:
    to = tmp_path / "desk.jsonl"
    to.write_text('{"text": "made by hand", "sentiment": "neutral"}\n', encoding="utf-8")
    file = write_lines([line(1), line(2)], tmp_path / "a.csv")
    take_back(fill(file, {("rss:1", ""): {"sentiment": "negative", "topic": "IPO", "note": "clear"}}), to, TOPICS)
    once = to.read_bytes()
    again = take_back(file, to, TOPICS)
    assert (again.added, again.same, again.changed, to.read_bytes()) == (0, 2, [], once)
    changed = take_back(fill(file, {("rss:1", ""): {"sentiment": "positive", "topic": ""}}), to, TOPICS)
    assert changed.changed == ["rss:1 sentiment: negative -> positive"]
    first, second = (json.loads(text) for text in to.read_text(encoding="utf-8").splitlines())
    assert first == {"text": "made by hand", "sentiment": "neutral"}
    assert (second["sentiment"], second["topic"], second["note"]) == ("positive", "IPO", "clear")
    assert texts_of(to) == [headline(1)]


def test_one_name_of_a_headline_waits_for_a_second_label(tmp_path: Path) -> None:
    to = tmp_path / "desk.jsonl"
    lines = [line(1, name, text="Boeing sinks Airbus soars") for name in ("", "Boeing", "Airbus")]
    file = write_lines(lines, tmp_path / "a.csv")
    taken = take_back(fill(file, {("rss:1", "Boeing"): {"sentiment": "negative"}}), to, TOPICS)
    assert taken.alone == 1
    assert "entities" not in entries(to)["rss:1"]
    taken = take_back(fill(file, {("rss:1", "Airbus"): {"sentiment": "positive"}}), to, TOPICS)
    assert (taken.alone, taken.added, taken.same) == (0, 1, 1)
    assert entries(to)["rss:1"]["entities"] == {"Boeing": "negative", "Airbus": "positive"}


def test_every_fault_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    to = tmp_path / "desk.jsonl"
    to.write_text("no json\n", encoding="utf-8")
    file = write_lines([line(1), line(2), line(3, "v3"), line(4), line(4)], tmp_path / "a.csv")
    labels = {("rss:2", ""): {"sentiment": "bad"}, ("rss:3", "v3"): {"topic": "IPO"}, ("rss:4", ""): {"topic": "Sport"}}
    fill(file, labels, change={"text": "another text", "sentiment": "neutral"})
    with pytest.raises(InputError) as caught:
        take_back(file, to, TOPICS)
    faults = [fault.removeprefix(f"{tmp_path}/").partition(": ")[::2] for fault in str(caught.value).splitlines()]
    assert [(where, what[:26]) for where, what in faults] == [
        ("a.csv:2", "key, date, text, target or"),
        ("a.csv:3", "unknown sentiment 'bad'; k"),
        ("a.csv:4", "a topic is the headline's:"),
        ("a.csv:5", "unknown topic 'Sport'"),
        ("a.csv:6", "unknown topic 'Sport'"),
        ("a.csv:6", "the same article and targe"),
        ("desk.jsonl:1", "not JSON: Expecting value:"),
    ]
    assert to.read_text(encoding="utf-8") == "no json\n"
    (tmp_path / "b.csv").write_text("key;text\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"b\.csv: no column 'key'"):
        take_back(tmp_path / "b.csv", to.with_name("new.jsonl"), TOPICS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "desk.jsonl"]


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "-5% for banks", "@fed cuts", "'=a", "''+1", "'tis neutral"])
def test_no_text_becomes_a_formula_and_every_text_comes_back_as_it_was(tmp_path: Path, text: str) -> None:
    file = write_lines([line(1, text=text)], tmp_path / "a.csv")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["text"][0] not in "=+-@"
    take_back(fill(file, {("rss:1", ""): {"sentiment": "neutral"}}), tmp_path / "desk.jsonl", TOPICS)
    assert texts_of(tmp_path / "desk.jsonl") == [text]


def test_a_file_with_labels_in_it_is_not_written_over(tmp_path: Path) -> None:
    write_lines([line(1)], tmp_path / "a.csv")
    with pytest.raises(InputError, match="exists already"):
        write_lines([line(2)], tmp_path / "a.csv")


def test_lines_drawn_at_random_say_how_often_the_model_is_right_and_the_others_do_not(tmp_path: Path) -> None:
    lines = [line(i, reason="random" if i <= 10 else "uncertain") for i in range(1, 41)]
    file = write_lines(lines, tmp_path / "a.csv")
    labels = {(f"rss:{i}", ""): {"sentiment": "negative" if i <= 9 else "positive"} for i in range(1, 41)}
    taken = take_back(fill(file, labels), tmp_path / "desk.jsonl", TOPICS)
    assert set(taken.right) == {"sentiment"}
    assert (taken.right["sentiment"]["share"], taken.right["sentiment"]["rows"]) == (0.9, 10)
    assert "right on 0.900" in told(taken)


def test_kappa_is_that_of_scikit_learn(tmp_path: Path) -> None:
    draw = np.random.default_rng(4)
    for _ in range(20):
        one = draw.integers(0, 3, 60)
        other = np.where(draw.random(60) < 0.6, one, draw.integers(0, 3, 60))
        matrix = np.bincount(one * 3 + other, minlength=9).reshape(3, 3)
        assert kappa(matrix) == pytest.approx(cohen_kappa_score(one, other), abs=1e-4)
    assert kappa(np.array([[5, 0], [0, 0]])) is None
    assert kappa(np.zeros((3, 3), np.int64)) is None


def test_two_labellers_are_compared_where_both_gave_a_label(tmp_path: Path) -> None:
    names = ("negative", "neutral", "positive")
    files = []
    for name in ("a", "b"):
        file = write_lines([line(i) for i in range(1, 31)], tmp_path / f"{name}.csv")
        labels = {(f"rss:{i}", ""): {"sentiment": names[i % 3 if name == "a" or i > 10 else 0]} for i in range(1, 31)}
        labels["rss:1", ""]["topic"] = "IPO"
        if name == "b":
            del labels["rss:30", ""]
        files.append(fill(file, labels))
    found = agreement(files[0], files[1], TOPICS)
    one, other = [i % 3 for i in range(1, 30)], [i % 3 if i > 10 else 0 for i in range(1, 30)]
    assert (found["sentiment"]["lines"], found["alone"]) == (29, 1)
    assert found["sentiment"]["agreed"] == sum(a == b for a, b in zip(one, other, strict=True))
    assert found["sentiment"]["kappa"] == pytest.approx(cohen_kappa_score(one, other), abs=1e-4)
    assert np.array(found["sentiment"]["confusion"]).sum() == 29
    assert (found["topic"]["lines"], found["topic"]["kappa"]) == (1, None)
