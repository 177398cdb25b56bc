"""What a desk reads, sentence by sentence: each states what somebody would otherwise act on wrongly."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.message import Message, message_of
from monitor.alerts.words import EN, PHRASES, ZH, Language, Phrases, in_words
from monitor.detection.silence import Silence
from monitor.detection.silence import in_words as silence_in_words
from monitor.sample import sample_body
from tests.alert_bodies import RICH, headline

DOCUMENT = Path(__file__).parents[2] / "docs" / "chat.md"


def told(language: Language = "en", zone: str = "UTC", **changes: Any) -> Message:
    return message_of({**RICH, **changes}, language=language, zone=zone, links={})


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        ({"status": "firing", "severity": "warning"}, "Warning · opened · ", "警告 · 触发 · "),
        ({"status": "firing"}, "Critical · opened · ", "严重 · 触发 · "),
        ({"status": "update-2", "severity": "warning"}, "Warning · grew · ", "警告 · 加剧 · "),
        ({"status": "update-1"}, "Critical now · ", "升级为严重 · "),
        ({"status": "update-2", "escalated": False}, "Critical · grew · ", "严重 · 加剧 · "),
        ({"status": "resolved", "closed_at": "2026-03-02T04:00:00Z"}, "Over · ", "解除 · "),
    ],
)
def test_the_title_begins_with_what_happened_and_how_bad_it_is(changes: dict[str, Any], en: str, zh: str) -> None:
    assert told("en", **changes).title == en + "JPMorgan Chase: 9 bad stories in 1 h, usually 1 in 6 h"
    assert told("zh", **changes).title == zh + "JPMorgan Chase：1 小时内 9 条负面新闻，通常 6 小时 1 条"


def test_times_are_of_the_zone_and_name_it_and_a_headline_of_another_day_has_its_date() -> None:
    london = told("en", "America/New_York", headlines=[headline("a", published_at="2026-03-01T23:59:00Z")])
    assert "At 2026-03-01 20:40 America/New_York, opened 2026-03-01 20:12 America/New_York." in london.lines
    assert london.headlines[0].about == " (wire.example, 18:59)"
    hong_kong = told("zh", "Asia/Hong_Kong", headlines=[headline("a", published_at="2026-03-01T15:59:00Z")])
    assert "更新时间 2026-03-02 09:40 香港时间，触发时间 2026-03-02 09:12 香港时间。" in hong_kong.lines
    assert hong_kong.headlines[0].about == "（wire.example，03-01 23:59）"


def test_the_end_says_when_and_how_high_it_was() -> None:
    over = told(status="resolved", closed_at="2026-03-02T04:00:00Z", peak_n=14)
    assert over.over
    assert any("At most 14 bad stories at once" in line for line in over.lines)
    assert "Over at 2026-03-02 04:00 UTC, opened 2026-03-02 01:12 UTC." in over.lines


@pytest.mark.parametrize(("robust", "lines"), [("yes", 1), ("no", 1), ("not applicable", 0)])
def test_an_alert_that_rests_on_one_publisher_says_so(robust: str, lines: int) -> None:
    for language, stands, rests in (("en", "Holds without", "Rests on"), ("zh", "依然成立", "不足以触发")):
        found = [line for line in told(language, robust=robust).lines if stands in line or rests in line]
        assert len(found) == lines
        assert not found or (rests in found[0]) == (robust == "no")


def test_what_has_no_finite_surprise_is_said_in_words() -> None:
    assert "Surprise beyond measure, told from 4.6 on." in told(surprise=None).lines
    assert "异常度 超出可计量范围，触发阈值 4.6。" in told("zh", surprise=None).lines
    raised = told(by="cusum").lines
    assert any("cumulative sum 2.1, told from 9.8 on" in line for line in raised)


def test_marks_say_what_is_new_and_what_is_old_news() -> None:
    marked = told(headlines=[headline("a", new=True), headline("b", stale=True), headline("c", developments=1)])
    assert [re.findall(r"; (.*)\)", item.about) for item in marked.headlines] == [
        ["new"],
        ["old news"],
        ["1 development"],
    ]
    assert "5 bad stories are new since the last message." in told().lines
    assert not any("new since" in line for line in told(status="firing", new_stories=0).lines)


def test_a_sample_says_first_that_nothing_has_happened() -> None:
    assert told(sample=True).lines[0] == EN.sample
    assert EN.sample not in told().lines


@pytest.mark.parametrize("key", ["source:wire", "market", "entity:us.jpm"])
@pytest.mark.parametrize("n", [0, 1, 5])
def test_every_silence_that_the_detector_words_is_told_in_chinese(key: str, n: int) -> None:
    for later in (900_000, 90_000_000):
        line = silence_in_words(key, Silence(1_700_000_000_000, 6, n, 14.2), 1_700_000_000_000 + later)
        (found,) = [each for each in told("zh", blind=[f"{key} {line}"]).lines if "静默" in each]
        assert f"{key} 自 " in found and f"6 小时内 {n} 条，通常 14 条" in found and "silent" not in found


@pytest.mark.parametrize(
    ("language", "zone", "opened", "at", "told_as"),
    [
        ("en", "UTC", "2026-03-01T23:05:00Z", "2026-03-01T23:40:00Z", "silent since 22:13 UTC: "),
        ("en", "UTC", "2026-03-02T01:12:00Z", "2026-03-02T01:40:00Z", "silent since 03-01 22:13 UTC: "),
        ("en", "America/New_York", "2026-03-01T23:05:00Z", "2026-03-01T23:40:00Z", "since 17:13 America/New_York: "),
        ("zh", "Asia/Shanghai", "2026-03-01T23:05:00Z", "2026-03-01T23:40:00Z", "自 06:13 北京时间起静默："),
        ("zh", "Asia/Shanghai", "2026-03-02T01:12:00Z", "2026-03-02T01:40:00Z", "自 06:13 北京时间起静默："),
        ("zh", "Asia/Shanghai", "2026-03-02T01:12:00Z", "2026-03-02T17:00:00Z", "自 03-02 06:13 北京时间起静默："),
        ("zh", "UTC", "2026-03-01T23:05:00Z", "2026-03-01T23:40:00Z", "自 22:13 UTC 起静默："),
        # The clock of New York was set forward in between: the time of then, by the clock of then.
        (
            "en",
            "America/New_York",
            "2026-03-08T08:00:00Z",
            "2026-03-08T08:00:00Z",
            "since 03-01 17:13 America/New_York",
        ),
    ],
)
def test_a_silence_begins_by_the_readers_clock(
    language: Language, zone: str, opened: str, at: str, told_as: str
) -> None:
    now = round(datetime.fromisoformat(opened).timestamp() * 1_000)
    since = round(datetime.fromisoformat("2026-03-01T22:13:00Z").timestamp() * 1_000)
    blind = [f"source:wire {silence_in_words('source:wire', Silence(since, 6, 0, 14.2), now)}"]
    lines = told(language, zone, opened_at=opened, at=at, blind=blind).lines
    assert [line for line in lines if told_as in line], lines


def test_a_silence_without_a_day_to_count_from_is_told_as_it_came() -> None:
    line = "source:wire silent since 22:13 UTC: 0 articles in 6 h, usually 14"
    assert any(line in each for each in told("zh", "Asia/Shanghai", blind=[line], opened_at=None).lines)


def test_many_silences_are_told_as_five_and_a_number() -> None:
    lines = told(blind=[f"source:{n} silent" for n in range(300)]).lines
    assert len([line for line in lines if "heard" in line]) == 6
    assert any("295 more like this" in line for line in lines)


@pytest.mark.parametrize("field", [each.name for each in fields(Phrases)])
def test_every_phrase_takes_the_same_values_in_both_languages(field: str) -> None:
    def values(phrase: str) -> list[str | None]:
        return sorted(name for _, name, _, _ in Formatter().parse(phrase) if name is not None)

    english, chinese = str(getattr(EN, field)), str(getattr(ZH, field))
    assert values(english) == values(chinese)
    own = "".join(text for text, *_ in Formatter().parse(chinese)).replace("Bearwatch", "")
    assert chinese and not re.search(r"[a-z]{3}", own)


@pytest.mark.parametrize("expected", [0.0, 1e-9, 0.004, 1 / 30, 1 / 6, 0.94, 0.95, 3.4, 9.49, 9.5, 120])
@pytest.mark.parametrize("window", [1, 6, 47, 48, 95])
def test_both_languages_tell_the_same_numbers(window: int, expected: float) -> None:
    english, chinese = (re.findall(r"\d+(?:\.\d+)?", in_words(9, window, expected, language)) for language in PHRASES)
    assert sorted(english) == sorted(chinese)


@pytest.mark.parametrize(("kind", "language", "zone"), [("slack", "en", "UTC"), ("wecom", "zh", "Asia/Shanghai")])
def test_the_examples_of_the_document_are_what_the_code_writes(kind: str, language: Language, zone: str) -> None:
    links = {"page": "https://bearwatch.example/"}
    (part,) = FORMATS[kind].render(message_of(RICH, language=language, zone=zone, links=links))
    text = DOCUMENT.read_text("utf-8")
    for each in strings(part, kind):
        assert f"```text\n{each}\n```" in text


def strings(part: Any, kind: str) -> list[str]:
    if kind == "wecom":
        return [part["markdown"]["content"]]
    header, *sections = (block["text"]["text"] for block in part["blocks"])
    return [f"{header}\n\n" + "\n".join(sections)]


def test_every_kind_has_its_setting_up_in_the_document() -> None:
    text = DOCUMENT.read_text("utf-8")
    for kind in FORMATS:
        assert f"kind: {kind}" in text or f"`{kind}`" in text


def test_the_deployment_guide_shows_one_alert_as_body_and_in_both_languages() -> None:
    text = (DOCUMENT.parents[1] / "deploy" / "README.md").read_text("utf-8")
    body = json.loads(text.partition("```json\n")[2].partition("\n```")[0])
    links = {"page": "https://bearwatch.example/"}
    for kind, language, zone in (("slack", "en", "UTC"), ("wecom", "zh", "Asia/Shanghai")):
        message = message_of(body, language=language, zone=zone, links=links)  # type: ignore[arg-type]
        (part,) = FORMATS[kind].render(message)
        assert f"```text\n{strings(part, kind)[0]}\n```" in text
    assert set(body) == set(sample_body(0)) - {"sample"}
