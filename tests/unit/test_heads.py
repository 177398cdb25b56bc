"""One event, one page: three companies of a sector head as the sector."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.detection.heads import same_event
from monitor.detection.spikes import DetectionSettings, OpenSpike
from monitor.fold import Fold
from monitor.memory import FoldSettings
from monitor.records import HOUR_MS, MINUTE_MS, Alert, Spike, Tick
from tests.builders import NOON, article, company, prepared

BANKS = ("harrow", "calder", "marlow", "wyvern")
SECTORS = {f"entity:{bank}": "sector:banks" for bank in BANKS}
SETTINGS = FoldSettings(detection=DetectionSettings(sectors=SECTORS))


def lived(fold: Fold, start: int, hours: int) -> int:
    """Quiet hours: a harmless story of each bank every six, of two publishers."""
    for minute in range(hours * 60):
        now = start + minute * MINUTE_MS
        fold.tick(Tick(now))
        if minute % 90 == 45:
            bank, publisher = BANKS[minute // 90 % 4], f"{'cd'[minute // 360 % 2]}.example"
            item = article(f"dull:{now}", f"{bank}{now} opens its branch{now} today", at=now, publisher=publisher)
            fold.article(prepared(item, company(bank)), 0)
    return start + hours * HOUR_MS


def struck(fold: Fold, bank: str, now: int) -> None:
    """Seven bad stories of one bank in its own words."""
    for number in range(7):
        title = f"{bank}{number} loses{number}{bank} branch{number}{bank} in fraud{number}{bank}"
        item = article(f"{bank}:{number}", title, at=now, publisher=f"{'ab'[number % 2]}.example")
        fold.article(prepared(item, company(bank), negative=0.95), 0)


def pages(fold: Fold) -> list[tuple[str, str]]:
    alerts: list[Alert] = fold.take().effects.alerts
    return [(alert.body["series"], alert.status) for alert in alerts if alert.status in ("firing", "resolved")]


def test_the_third_company_of_a_sector_makes_the_sector_the_page() -> None:
    fold = Fold(SETTINGS)
    now = lived(fold, NOON, 72)
    told = []
    for bank in BANKS:
        struck(fold, bank, now)
        told.append(pages(fold))
        now = lived(fold, now, 1)
    assert told[0] == [("entity:harrow", "firing")]
    assert ("entity:calder", "firing") in told[1] and "entity:marlow" not in {series for series, _ in told[2]}
    assert [series for series, _ in told[2]].count("sector:banks") + [s for s, _ in told[1]].count("sector:banks") == 1
    assert told[3] == []  # the fourth is the sector's news
    banks = fold.memory.detector.open_spikes
    page = banks["sector:banks"].spike
    assert (
        page.headed_by == ""
        and banks["entity:marlow"].spike.headed_by == banks["entity:wyvern"].spike.headed_by == page.id
    )


def test_two_companies_of_a_sector_are_two_pages_and_the_sector_goes_under_one() -> None:
    fold = Fold(SETTINGS)
    now = lived(fold, NOON, 72)
    for bank in BANKS[:2]:
        struck(fold, bank, now)
        now = lived(fold, now, 1)
    opened = fold.memory.detector.open_spikes
    assert {"entity:harrow", "entity:calder"} <= opened.keys()
    assert opened["entity:harrow"].spike.headed_by == ""


def test_companies_without_a_sector_in_the_watchlist_stay_pages_of_their_own() -> None:
    fold = Fold(replace(SETTINGS, detection=DetectionSettings()))
    now = lived(fold, NOON, 72)
    told: list[tuple[str, str]] = []
    for bank in BANKS:
        struck(fold, bank, now)
        told += pages(fold)
        now = lived(fold, now, 1)
    assert {f"entity:{bank}" for bank in BANKS} <= {series for series, _ in told}


@pytest.mark.parametrize(
    ("page", "opening", "heads"),
    [("watch:quakes", "market", True), ("entity:a", "sector:banks", True), ("market", "entity:a", False)],
)
def test_a_page_tells_what_its_series_is_told_later_too_but_only_to_wider_ones(
    page: str, opening: str, heads: bool
) -> None:
    spike = Spike(
        *("p", page, NOON, None, "surprise", 1, 3, 3, 0.1, 9.0, 3.0, 0.0, 8.0, "warning"),
        gates=(),
        evidence=("a", "b", "c"),
        publishers=2,
        robust="yes",
        headed_by="",
        baseline={},
    )
    later = ("d", "e", "f", "g")
    found = same_event(
        opening, ("d", "e", "f", "x", "y"), NOON + 5 * HOUR_MS, {page: OpenSpike(spike)}, lambda series: later
    )
    assert found == ("p" if heads else "")


def test_a_company_that_is_struck_while_the_market_pages_has_a_page_of_its_own() -> None:
    fold = Fold(SETTINGS)
    now = lived(fold, NOON, 72)
    for number in range(40):
        title = f"port{number} closes{number} as cargo{number} rots{number}"
        fold.article(
            prepared(article(f"p:{number}", title, at=now, publisher=f"{'ab'[number % 2]}.x"), negative=0.9), 0
        )
    assert pages(fold) == [("market", "firing")]
    now = lived(fold, now, 1)
    struck(fold, "harrow", now)
    assert ("entity:harrow", "firing") in pages(fold)
