"""Whatever strangers write, each part is within the provider's limits, and no headline is lost between parts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.message import message_of
from tests.alert_bodies import RICH, headline

# What grows the most when it is escaped or encoded, surrogates and unassigned characters too.
CHARACTERS = st.one_of(st.sampled_from(list("&<>*_`[]()#!|\\\"'@%;\n\u202e\ud800😀㐀")), st.characters())
TEXTS = st.text(CHARACTERS, max_size=400) | st.sampled_from("&😀<\ud800中").map(lambda c: c * 3_000)
URLS = st.just("") | st.text(CHARACTERS, max_size=60).map(lambda t: f"https://a.example/{t}") | st.integers(
    1, 2_500
).map(lambda n: "https://a.example/?" + "&" * n)  # fmt: skip
HEADLINES = st.lists(st.tuples(TEXTS, URLS, TEXTS), max_size=10)


def octets(part: dict[str, Any]) -> int:
    return len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())


def slack(part: dict[str, Any]) -> bool:
    header, *sections = part["blocks"]
    return (
        len(part["blocks"]) <= 50
        and len(header["text"]["text"].encode("utf-16-le")) <= 2 * 150
        and all(0 < len(section["text"]["text"].encode("utf-16-le")) <= 2 * 3_000 for section in sections)
    )


def feishu(part: dict[str, Any]) -> bool:
    _, signed = FORMATS["feishu"].sign("https://a.example", part, "s" * 64, 1_772_415_600_123)
    return octets(signed) <= 20_000


LIMITS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "slack": slack,
    "feishu": feishu,
    "dingtalk": lambda part: octets(part) <= 20_000,
    "wecom": lambda part: len(part["markdown"]["content"].encode()) <= 4_096,
    "teams": lambda part: (
        max(octets(part), 2 * len(json.dumps(part, ensure_ascii=False, separators=(",", ":")))) <= 28_000
    ),
}


@pytest.mark.parametrize("kind", LIMITS)
@settings(max_examples=40, deadline=None)
@given(headlines=HEADLINES, label=TEXTS, blind=st.lists(TEXTS, max_size=8), language=st.sampled_from(["en", "zh"]))
def test_every_part_is_within_the_limits_and_every_headline_is_told(
    kind: str, headlines: list[tuple[str, str, str]], label: str, blind: list[str], language: Any
) -> None:
    body = {
        **RICH,
        "label": label,
        "blind": blind,
        "headlines": [
            headline(f"mark{number}x {title}", url, publisher=who) for number, (title, url, who) in enumerate(headlines)
        ],
    }
    links = dict.fromkeys(("page", "true", "false"), "https://bearwatch.example/" + "a" * 1_400)
    told = message_of(body, language=language, zone="UTC", links=links)
    assert len(told.numbered(99, 99).encode("utf-16-le")) <= 2 * 150
    parts = FORMATS[kind].render(told)
    assert all(LIMITS[kind](part) for part in parts)
    whole = "\n".join(json.dumps(part, ensure_ascii=False) for part in parts)
    assert re.findall(r"mark(\d+)x", whole) == [str(number) for number in range(len(headlines))]
    assert whole.count("https://bearwatch.example/a") == 3
    # A robot that is set to a keyword (DingTalk, Feishu) refuses whatever part lacks it, and with it the whole alert.
    assert all("Bearwatch" in json.dumps(part) for part in parts)
    if len(parts) > 1:
        numbers = re.findall(rf"[(（]\d+/{len(parts)}[)）]", whole)
        assert len(set(numbers)) == len(parts)


@pytest.mark.parametrize("kind", LIMITS)
def test_ten_headlines_of_the_greatest_length_are_split_at_the_limit(kind: str) -> None:
    """What chance seldom makes: every row as long as it can be, so that a part is filled to the brim."""
    url = "https://a.example/?" + "a" * 1_450
    for title in ("&" * 250, "中" * 300, "😀" * 150):
        body = {**RICH, "headlines": [headline(title, url, publisher="中" * 50) for _ in range(10)]}
        parts = FORMATS[kind].render(message_of(body, language="zh", zone="UTC", links={}))
        assert (len(parts) > 1) or kind == "slack"  # 50 blocks of 3,000 characters take them all
        assert all(LIMITS[kind](part) for part in parts)
        assert json.dumps(parts).count(url) == 10
        assert all("Bearwatch" in json.dumps(part) for part in parts)


def test_a_message_of_ten_long_headlines_in_chinese_is_several_of_wecoms_numbered_from_one() -> None:
    body = {**RICH, "headlines": [headline("银行" * 200, f"https://a.example/{n}") for n in range(10)]}
    parts = FORMATS["wecom"].render(message_of(body, language="zh", zone="Asia/Hong_Kong", links={}))
    titles = [str(part["markdown"]["content"]).split("\n")[0] for part in parts]  # type: ignore[index]
    assert len(parts) == 3
    assert [re.findall(r"（(\d/\d)）", title) for title in titles] == [["1/3"], ["2/3"], ["3/3"]]
