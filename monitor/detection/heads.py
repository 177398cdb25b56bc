"""Which page an opening belongs to: nested series open together, and one event is one page. Pure.

The narrowest series opens first and heads the page. Of a sector in which three companies open within six hours the
sector itself is the news: it has a page of its own from then on, and its next companies go under that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from monitor.aggregation.series import series_class
from monitor.aggregation.windows import WINDOWS
from monitor.detection.spikes import OpenSpike
from monitor.records import HOUR_MS, MINUTE_MS

_NARROWEST_FIRST = ("entity", "watch", "sector", "topic", "market")
# So long the first page of an event may be the narrower one.
SAME_EVENT_MS = 30 * MINUTE_MS
# So many companies of a sector that open within the longest window are the sector's event.
SECTOR_COMPANIES, SECTOR_MS = 3, WINDOWS[-1] * HOUR_MS


def same_event(
    series: str,
    evidence: Sequence[str],
    now: int,
    open_spikes: Mapping[str, OpenSpike],
    told: Callable[[str], Iterable[str]] = lambda series: (),
) -> str:
    """The id of the page that already tells this, or "".

    An open page does where it holds half of these stories; one opened at most 30 minutes ago also where they hold half
    of its own. A page of a narrower series holds whatever its series has been told since; one of a wider series does
    not: a company's surge must not drown in the market's.

    Args:
        told: the bad stories of a series that its windows hold.
    """
    mine = set(evidence)
    for other in sorted(open_spikes.values(), key=lambda o: (o.spike.opened_at, o.spike.id)):
        spike = other.spike
        if spike.headed_by:
            continue
        lately = now - spike.opened_at <= SAME_EVENT_MS
        least = min(len(mine), len(spike.evidence)) if lately else len(mine)
        if 2 * len(mine.intersection(spike.evidence)) >= least:
            return spike.id
        if breadth(spike.series) < breadth(series):
            held = {*spike.evidence, *told(spike.series)}
            if 2 * len(mine & held) >= len(mine):
                return spike.id
    return ""


def breadth(series: str) -> int:
    """0 for the narrowest kind of series."""
    return _NARROWEST_FIRST.index(series_class(series))


def struck(sector: str, now: int, open_spikes: Mapping[str, OpenSpike], sectors: Mapping[str, str]) -> list[str]:
    """The companies of a sector whose spikes opened within six hours before now, and are open, sorted.

    Args:
        sector: its series. sectors: series of a company -> that of its sector.
    """
    return sorted(
        series
        for series, held in open_spikes.items()
        if sectors.get(series) == sector and now - held.spike.opened_at <= SECTOR_MS
    )


def sector_page(
    series: str, now: int, open_spikes: Mapping[str, OpenSpike], sectors: Mapping[str, str]
) -> OpenSpike | None:
    """The sector's open spike that heads the page of an opening company: it is the third of them, or a later one."""
    sector = sectors.get(series, "")
    page = open_spikes.get(sector)
    if page is None or now - page.spike.opened_at > SECTOR_MS:
        return None
    return page if len(struck(sector, now, open_spikes, sectors)) >= SECTOR_COMPANIES - 1 else None


def heads_itself(series: str, now: int, open_spikes: Mapping[str, OpenSpike], sectors: Mapping[str, str]) -> bool:
    """Whether an opening sector is news that no page of one company tells."""
    return len(struck(series, now, open_spikes, sectors)) >= SECTOR_COMPANIES
