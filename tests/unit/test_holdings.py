"""A holdings file moves the false-page budget towards what is held, and says of every wrong line what is wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.detection.budget import Importance, part
from monitor.errors import InputError
from monitor.fold import Fold
from monitor.ingest.holdings import load_holdings
from tests.builders import NOON
from tests.shipped import watchlist
from tests.unit.test_fold import SETTINGS, quiet

WATCHLIST = watchlist()


def held(tmp_path: Path, text: str) -> dict[str, float]:
    path = tmp_path / "holdings.csv"
    path.write_text(text, encoding="utf-8")
    return load_holdings(path, WATCHLIST)


def test_an_empty_file_is_one_line(tmp_path: Path) -> None:
    """As an export that is just being written leaves it."""
    with pytest.raises(InputError, match=r"holdings\.csv:1: the first line must name the columns"):
        held(tmp_path, "")


def test_names_tickers_and_ids_are_known_and_the_largest_holding_counts_ten(tmp_path: Path) -> None:
    found = held(tmp_path, "name,weight\nus.aapl,40%\nNASDAQ:MSFT,20\njpmorgan chase,10\nTSLA,0\n")
    assert found == {"entity:us.aapl": 10.0, "entity:us.msft": 5.5, "entity:us.jpm": 3.25}


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        held(tmp_path, "name,weight\nNo Such Company,1\nus.aapl,heavy\nus.msft,1\nMSFT,2\nus.jpm,-1\n")
    told = str(error.value).splitlines()
    assert [line.partition("holdings.csv:")[2].partition(":")[0] for line in told] == ["2", "3", "5", "6"]
    assert "knows no 'No Such Company'" in told[0] and "'heavy'" in told[1] and "us.msft" in told[2]
    with pytest.raises(InputError, match="name and weight"):
        held(tmp_path, "company,share\nus.aapl,1\n")


def test_the_parts_of_all_series_are_the_budget_whatever_is_held() -> None:
    known = [f"entity:{number}" for number in range(150)] + ["market"]
    importance = Importance.of({"entity:3": 10.0, "entity:9": 4.0, "entity:unheard": 7.0}, known)
    parts = {series: part(2.0, series, importance) for series in known}
    assert math.isclose(math.fsum(parts.values()), 2.0)
    assert math.isclose(parts["entity:3"], 10 * parts["market"])


def test_what_is_held_pages_at_a_lower_surprise() -> None:
    levels = []
    for importance in ({}, {"entity:us.aapl": 10.0}):
        fold = Fold(replace(SETTINGS, detection=replace(SETTINGS.detection, importance=importance)))
        quiet(fold, NOON, 30)
        levels.append((fold.levels("entity:us.aapl").surprise, fold.levels("entity:us.msft").surprise))
    (before, other_before), (after, other_after) = levels
    assert after < before - 0.5
    assert other_before <= other_after < other_before + 0.2
