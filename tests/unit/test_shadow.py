"""The pure parts of the shadow lane, its files, and what it refuses to try."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from scipy import stats

from monitor.config import Config, load_config
from monitor.errors import ConfigError, InputError, OperatorError
from monitor.shadow.beginning import beginning_of, refuse_other_stores
from monitor.shadow.candidate import Given, given_of, load_candidate, shadow_store, with_model
from monitor.shadow.files import alone, keep, last_kept, written
from monitor.shadow.headlines import Comparison, Confusion, Headline
from monitor.shadow.html import render
from monitor.shadow.pages import compare_pages
from monitor.shadow.rates import budget_verdict, rate
from monitor.shadow.words import in_words
from monitor.storage.effects import Effects
from monitor.storage.store import Store
from monitor.telemetry.shadow_metrics import ShadowMetrics

DOCUMENT = Path(__file__).parents[2] / "docs" / "shadow.md"
ENV = {"HOME": "/nowhere"}


# --- rates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7, 30, 400])
@pytest.mark.parametrize("days", [0.25, 3.0, 30.0])
def test_the_interval_of_a_rate_is_the_exact_one(count: int, days: float) -> None:
    found = rate(count, days)
    low = stats.chi2.ppf(0.025, 2 * count) / 2 / days if count else 0.0
    assert found.low == pytest.approx(low, rel=1e-9)
    assert found.high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2 / days, rel=1e-9)


@pytest.mark.parametrize(
    ("days", "pages", "real", "false", "verdict"),
    [
        (0.0, 0, 0, 0, "too short to tell"),  # no time has passed
        (3.0, 0, 0, 0, "too short to tell"),  # none in three days: up to 1.23 a day
        (4.0, 0, 0, 0, "within"),
        (30.0, 12, 0, 0, "within"),  # even were all of them false
        (30.0, 60, 0, 0, "too short to tell"),  # two a day, and nobody has said that one was false
        (30.0, 60, 50, 0, "within"),  # most were real
        (30.0, 60, 0, 50, "over"),
    ],
)
def test_a_budget_is_judged_by_what_is_known_of_pages(
    days: float, pages: int, real: int, false: int, verdict: str
) -> None:
    assert budget_verdict(1.0, days, pages=pages, real=real, false=false) == verdict


# --- pages and headlines ------------------------------------------------------------------------------------------


def page(
    name: str, opened: str, closed: str | None, *evidence: str, mark: str = "unmarked", **more: Any
) -> dict[str, Any]:
    return {
        "id": f"{name}@{opened}",
        "series": name,
        "label": name,
        "opened_at": f"2026-11-20T{opened}:00Z",
        "closed_at": closed and f"2026-11-20T{closed}:00Z",
        "severity": "warning",
        "in_words": "3 bad stories in 1 h",
        "also_in": [],
        "evidence": [{"id": one} for one in evidence],
        "headlines": [],
        "mark": mark,
        **more,
    }


def test_pages_are_one_by_story_or_series_and_one_that_was_open_before_is_nobodys_gain() -> None:
    live = [
        page("a", "09:00", "11:00", "s0", mark="true"),
        page("b", "12:00", "13:00", "s1", mark="true"),
        page("c", "14:00", "15:00", "s2", mark="false"),
    ]
    candidate = [
        page("a", "10:30", "11:00", "s9"),  # in the series that the live watch had paged before the period
        page("x", "12:10", "13:00", "s1"),
        page("d", "16:00", None, "s3"),
    ]
    since, until = (round(yaml_time(t)) for t in ("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z"))
    found = compare_pages(live, candidate, since, until, (1.0, 2.0))
    assert [(pair["live"]["id"][0], pair["later_s"]) for pair in found["both"]] == [("a", 5_400), ("b", 600)]
    assert [told["series"] for told in found["only_live"]] == ["c"]
    assert [told["series"] for told in found["only_candidate"]] == ["d"]
    assert found["answers"]["both"]["true"] == 2 and found["answers"]["only_live"]["false"] == 1
    live_rate, rate_ = found["rates"]["live"], found["rates"]["candidate"]
    assert (live_rate["pages"], live_rate["known_real"], live_rate["known_false"]) == (2, 1, 1)
    assert (rate_["pages"], rate_["known_real"], rate_["false_pages_per_day"]) == (3, 2, 2.0)


def yaml_time(text: str) -> float:
    return float(yaml.safe_load(text).timestamp() * 1_000)


def test_kappa_is_cohens() -> None:
    assert Confusion(20, 5, 10, 15).to_json()["kappa"] == pytest.approx(0.4)
    assert Confusion(0, 0, 0, 9).to_json()["kappa"] is None  # one class: chance explains all of it
    assert Confusion().to_json()["agreement"] is None


def test_headlines_count_by_each_models_own_tau_and_the_largest_differences_are_kept() -> None:
    found = Comparison()
    for n in range(100):
        live, mine = (Headline(f"h{n}", "p", 0, negative, "Macro", "m") for negative in (500_000, 500_000 - n))
        found.add(live, mine, (500_000, 499_990))
    told = found.to_json()
    assert (told["both"], told["only_live"]) == (11, 89)
    assert [example["title"] for example in told["largest"]] == [f"h{n}" for n in range(99, 79, -1)]
    assert told["mean_change"] == pytest.approx(49.5 / 1e6)
    assert [row["topic"] for row in told["topics"]] == ["Macro"]


def test_a_strangers_title_is_text_in_the_page_and_one_line_on_a_terminal() -> None:
    hostile = "<script>alert(1)</script>\x1b[2J\nsecond line"
    comparison = Comparison()
    comparison.add(Headline(hostile, hostile, 0, 900_000, "t", "m"), Headline(hostile, "p", 0, 0, "t", "m"), (5, 5))
    told = page("d", "16:00", None, headlines=[{"title": hostile, "publisher": hostile, "p_negative": 1.0}])
    instrument = {"model": "m", "watchlist": "w", "tau": 0.5}
    report = {
        "candidate": {"given": hostile, **instrument},
        "live": {"store": "s", **instrument},
        "read": {"from": "a", "to": "b", "behind_s": 0, "missing": 0},
        "headlines": comparison.to_json(),
        "pages": compare_pages([], [told], 0, 1, (1.0, 1.0)) | {"only_candidate": [told]},
        "surprises": {"live": [], "candidate": []},
        "verdict": [hostile],
    }
    html = render(report)
    assert "<script" not in html and "&lt;script&gt;" in html
    lines = in_words({**report, "verdict": [], "candidate": {"given": "c", **instrument}}).splitlines()
    assert not any("\x1b" in line for line in lines) and sum("second line" in line for line in lines) == 2


# --- the candidate ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "web: {port: 0}\n",
        "model: {device: cuda}  # big",
        "model:\n  # why\n  device: cuda # x\nweb:\n  port: 0\n",
        "model:\nweb: {port: 1}\n",
        "model:\n  path: old # why\n  device: cpu\n",
        "model: {}\n",
        "model: ~\n",
        "# top\n\nmodel:\n  path: 'a b'\n",
        '{"store": {"url": "x"}, "web": {"port": 0}}',
        '{"model": {"path": "default"}}',
    ],
)
def test_another_model_leaves_all_else_as_it_was_written(text: str) -> None:
    made = with_model(text, "/m/é: x")
    before, after = yaml.safe_load(text) or {}, yaml.safe_load(made)
    assert after.pop("model") == {**(before.pop("model", None) or {}), "path": "/m/é: x"}
    assert after == before
    assert [part for part in text.split() if part.startswith("#")] == [p for p in made.split() if p.startswith("#")]


def configured(folder: Path, **more: Any) -> tuple[Path, Config]:
    path = folder / "bearwatch.yaml"
    path.write_text(json.dumps({"store": {"url": f"sqlite:///{folder}/live.db"}, **more}))
    return path, load_config(path, ENV)


def test_a_candidate_is_read_as_it_will_be_in_the_live_ones_place(tmp_path: Path) -> None:
    (tmp_path / "watch.csv").write_text("id,name,aliases,kind,sector\nxx.a,Aaa,,company,banks\n")
    path, live = configured(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "watch.csv").write_text("id,name,aliases,kind,sector\nxx.b,Bbb,,company,banks\n")
    file = elsewhere / "candidate.yaml"

    def tried(**given: Any) -> Any:
        file.write_text(json.dumps({"store": {"url": f"sqlite:///{tmp_path}/live.db"}, **given}))
        return load_candidate(given_of(file, "", live), live, path, ENV)

    found = tried(detection={"min_stories": 9}, watchlist={"files": [str(tmp_path / "watch.csv")]})
    assert found.changed == ("watchlist.files", "detection.min_stories") and found.config.detection.min_stories == 9
    with pytest.raises(InputError, match=r"watchlist\.files.*give full paths"):
        tried(watchlist={"files": ["watch.csv"]})
    for moved in ({"web": {"port": 8_901}}, {"web": {"host": "::1"}}, {"store": {"url": "sqlite:////else/where.db"}}):
        with pytest.raises(InputError, match=r"no reload can take another"):
            tried(**moved)
    with pytest.raises(ConfigError, match=r"candidate\.yaml:1: detection\.min_stories"):
        tried(detection={"min_stories": 0})


def test_the_live_configuration_with_another_model_is_a_candidate(tmp_path: Path) -> None:
    path, live = configured(tmp_path, detection={"min_stories": 4})
    found = load_candidate(given_of(None, "fast", live), live, path, ENV)
    assert found.changed == ("model.path",) and found.config.detection.min_stories == 4
    assert json.loads(found.text)["model"] == {"path": "fast"}
    with pytest.raises(InputError, match="cannot be changed by itself"):  # what the environment says wins
        load_candidate(Given(model="fast"), live, path, {**ENV, "BEARWATCH_MODEL__PATH": "default"})


def test_one_candidate_is_named(tmp_path: Path) -> None:
    path, live = configured(tmp_path, shadow={"candidate": "c.yaml"})
    assert given_of(None, "", live) == Given(file=str(tmp_path / "c.yaml"))
    assert given_of(None, "fast", live) == Given(model="fast")
    assert given_of(None, str(tmp_path), live) == Given(model=str(tmp_path))
    for file, model in ((path, "fast"), (None, "")):
        with pytest.raises(InputError, match="one of them"):
            given_of(file, model, configured(tmp_path)[1])


def test_its_store_is_beside_the_live_one_and_never_that_or_another(tmp_path: Path) -> None:
    _, live = configured(tmp_path)
    own = shadow_store(live, None)
    assert own == tmp_path / "live.shadow.db"
    refuse_other_stores(own, tmp_path / "live.db")  # neither is there yet
    with Store.open(tmp_path / "live.db") as store:
        store.commit(Effects(meta={"x": "1"}))
    own.symlink_to(tmp_path / "live.db")
    with pytest.raises(InputError, match="is the live store"):
        refuse_other_stores(own, tmp_path / "live.db")
    with Store.open(tmp_path / "live.db") as store, pytest.raises(InputError, match="is no shadow's store"):
        beginning_of(store)


# --- files --------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_as_a_whole_with_its_mode_and_what_it_was_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "bearwatch.yaml"
    path.write_text("one")
    path.chmod(0o640)
    assert last_kept(path) is None
    for number in range(1, 12):  # by number, not by letter: 10 comes after 9
        kept = keep(path)
        assert (kept, last_kept(path)) == (tmp_path / f"bearwatch.yaml.before-{number}",) * 2
        written(path, f"now {number}", path)
    assert path.read_text() == "now 11" and kept.read_text() == "now 10"
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o640}
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_cannot_be_written_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bearwatch.yaml"
    path.write_text("one")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperatorError, match="No space left on device; nothing is changed"):
        written(path, "two", path)
    assert path.read_text() == "one" and list(tmp_path.iterdir()) == [path]


def test_two_promotions_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "bearwatch.yaml"
    with alone(path), pytest.raises(OperatorError, match="another promotion"), alone(path):
        pass
    with alone(path):
        pass


# --- metrics ------------------------------------------------------------------------------------------------------


def test_the_document_lists_every_metric_of_a_shadow() -> None:
    metrics = ShadowMetrics(CollectorRegistry())
    declared = [
        f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels) or ' '} | {text} |".replace("|   |", "| |")
        for name, kind, labels, text in metrics.declared
    ]
    lines = DOCUMENT.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `bearwatch_")] == declared
    shown = metrics.render().decode()
    assert all(name in shown for name, *_ in metrics.declared)
