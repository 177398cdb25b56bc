"""An alert's words tell the same rate as its numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.evidence import Circumstances, Ledger, alert_body, iso_time
from monitor.alerts.words import in_words
from monitor.detection.spikes import OpenSpike, Told
from monitor.records import MILLION, Story
from tests.store_samples import spike_row

HOURS = {"h": 1, "days": 24, "weeks": 24 * 7}
RATES = st.floats(0, 1e6, allow_nan=False)


@given(n=st.integers(0, 10_000), window=st.sampled_from([1, 6]), expected=RATES)
def test_the_usual_rate_in_words_is_the_rate_in_numbers(n: int, window: int, expected: float) -> None:
    words = in_words(n, window, expected)
    found = re.fullmatch(
        r"(\d+) bad stor(y|ies) in (\d) h, usually (?:(\d+(?:\.\d)?)|1 in (\d+) (h|days|weeks)|next to none)", words
    )
    assert found, words
    assert (int(found[1]), found[2] == "y", int(found[3])) == (n, n == 1, window)
    actual = expected / window
    if found[4]:
        told = float(found[4]) / window
    elif found[5]:
        told = 1 / (int(found[5]) * HOURS[found[6]])
    else:
        assert actual < 1 / (24 * 7 * 25)
        return
    assert told / 1.5 <= actual <= told * 1.5


def test_plural_units_never_stand_after_one() -> None:
    for minutes in range(60, 60 * 24 * 200, 7):
        assert not re.search(r"1 in 1 (days|weeks)", in_words(3, 1, 60 / minutes))


@given(st.integers(-(2**62), 2**62))
def test_any_time_can_be_written(ms: int) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", iso_time(ms))


def _story(number: int, negative: int | None) -> Story:
    return Story(
        id=f"rss:{number}",
        first_seq=number,
        first_at=1_700_000_000_000 + number,
        last_at=1_700_000_000_000 + number,
        publisher="a.example",
        url=f"https://a.example/{number}",
        first_text=f"Bank {number}",
        newest_text=f"Bank {number}",
        copies=2,
        publishers=("a.example", "b.example"),
        companies=(),
        negative=negative,
    )


@given(
    negatives=st.lists(st.none() | st.integers(0, MILLION), max_size=20),
    numbers=st.tuples(*[st.floats()] * 3),
    closed=st.none() | st.integers(0, 2**42),
)
def test_a_body_is_strict_json_with_the_worst_headlines_first(
    negatives: list[int | None], numbers: tuple[float, float, float], closed: int | None
) -> None:
    spike = replace(spike_row(closed_at=closed).spike, threshold=numbers[1], cusum=numbers[2])
    held = OpenSpike(spike, peak_surprise=numbers[0], told=Told(surprise=numbers[1], news=("rss:1",)))
    stories = [_story(number, negative) for number, negative in enumerate(negatives)]
    about = Circumstances(0, "Market", stories, [], Ledger(0), "ab", "cd", "ef")
    body = alert_body(held, "update-1", about)
    again = alert_body(held, "update-1", replace(about, stories=stories[::-1]))
    assert json.dumps(body, allow_nan=False) == json.dumps(again, allow_nan=False)
    told = [headline["p_negative"] or 0 for headline in body["headlines"]]
    assert told == sorted((n / MILLION if n else 0 for n in negatives), reverse=True)[:10]
    assert body["closed_at"] == (None if closed is None else iso_time(closed))
    assert [headline["title"] for headline in body["headlines"] if headline["new"]] in ([], [_story(1, 0).first_text])
