"""Clocks are set, summer time ends, processes are suspended: none of it is news."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import DAY_MS, HOUR_MS
from monitor.storage.store import Store
from tests.builders import NOON
from tests.fakes_model import LexiconModel
from tests.oracle import agrees
from tests.quiet_news import in_loop, lived, pages

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("off", [HOUR_MS, -HOUR_MS], ids=["an hour ahead", "an hour behind"])
@in_loop
async def test_a_clock_that_is_an_hour_off_for_two_days_pages_nobody(tmp_path: Path, off: int) -> None:
    path, settings = tmp_path / "s.db", FoldSettings()
    with Store.open(path) as store:
        fold, model = Fold(settings), LexiconModel()
        await lived(store, fold, model, range(6), ["one"])
        await lived(store, fold, model, range(6, 8), ["one"], ahead=off)
        await lived(store, fold, model, range(8, 11), ["one"])
        assert pages(store) == []
    agrees(path, settings)


@pytest.mark.parametrize("days", [range(-18, -5), range(-256, -243)], ids=["5 November 2023", "12 March 2023"])
@in_loop
async def test_the_end_and_the_beginning_of_summer_time_page_nobody(tmp_path: Path, days: range) -> None:
    """Ten days before, and some after; days are counted from noon of the others."""
    settings = FoldSettings(zone="America/New_York")
    with Store.open(tmp_path / "s.db") as store:
        fold = Fold(settings)
        await lived(store, fold, LexiconModel(), days, ["one"])
        assert pages(store) == []


@pytest.mark.parametrize("hours", [3, 12])
@in_loop
async def test_a_process_that_was_suspended_and_gets_what_was_published_meanwhile_pages_nobody(
    tmp_path: Path, hours: int
) -> None:
    path, settings, begin = tmp_path / "s.db", FoldSettings(), NOON + 6 * DAY_MS + 4 * HOUR_MS
    with Store.open(path) as store:
        fold = Fold(settings)
        await lived(
            store, fold, LexiconModel(), range(10), ["one"], heard=lambda at: not begin <= at < begin + hours * HOUR_MS
        )
        assert pages(store) == []
    agrees(path, settings)
