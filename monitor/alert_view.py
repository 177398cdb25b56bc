"""An alert as the page shows it: what was measured, the headlines, what was denied, and what people have said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from monitor.alerts.evidence import blind_words
from monitor.alerts.words import in_words
from monitor.detection.silence import BLIND
from monitor.detection.spikes import OpenSpike
from monitor.records import DAY_MS, HOUR_MS, MILLION, Development
from monitor.storage.answers import AlertState, answers_of, state_of
from monitor.storage.evidence_query import denials, top_evidence
from monitor.storage.mutes import MuteRow, mutes
from monitor.storage.views import Evidence
from monitor.web import board as web

MOST_HEADLINES = 10
MOST_DENIALS = 3


@dataclass(frozen=True, slots=True)
class AlertRead:
    """What the store knows of an alert besides its spike."""

    headlines: Sequence[Evidence] = ()
    denials: Sequence[Development] = ()
    state: AlertState = field(default_factory=AlertState)
    mute: MuteRow | None = None


def read_alerts(db: Connection, spikes: Sequence[OpenSpike], now: int) -> dict[str, AlertRead]:
    """By the spike's id, of those that have a page of their own.

    Args:
        now: ms by the machine's clock, by which mutes end.
    """
    answered = {alert: state_of(given) for alert, given in answers_of(db, [held.spike.id for held in spikes]).items()}
    # Of several over one series the last to end: that is when it will be heard of again.
    muted = {mute.series: mute for mute in mutes(db, now)}
    found = {}
    for held in spikes:
        spike = held.spike
        if spike.headed_by:
            continue
        # The worst of the window that opened it and of all that came since.
        until = spike.closed_at if spike.closed_at is not None else spike.opened_at + 30 * DAY_MS
        found[spike.id] = AlertRead(
            top_evidence(db, spike.series, spike.opened_at - spike.window * HOUR_MS, until, MOST_HEADLINES),
            denials(db, spike.series, spike.opened_at - DAY_MS, until, MOST_DENIALS),
            answered.get(spike.id, AlertState()),
            muted.get(spike.series),
        )
    return found


def alert_view(held: OpenSpike, read: AlertRead, label: str, below: Sequence[str]) -> web.AlertView:
    """For the page.

    Args:
        below: labels of the series that this page stands for too.
    """
    spike, told, state, mute = held.spike, held.told, read.state, read.mute
    also = f"; also in {', '.join(sorted(set(below)))}" if below else ""
    return web.AlertView(
        id=spike.id,
        series=spike.series,
        label=label,
        severity=spike.severity,
        opened_at=spike.opened_at,
        closed_at=spike.closed_at,
        window=told.window,
        n=told.n,
        expected=told.expected,
        band=told.usual,
        surprise=told.surprise,
        threshold=spike.threshold,
        by=spike.by,
        cusum=spike.cusum,
        cusum_threshold=spike.cusum_threshold,
        robust=spike.robust,
        gates=tuple((gate.name, gate.passed, gate.detail) for gate in spike.gates if gate.name != BLIND),
        headlines=tuple(
            web.HeadlineView(
                e.title,
                e.publisher,
                e.url,
                e.published_at,
                (e.p_negative or 0) / MILLION,
                e.copies,
                e.publishers,
                e.story_id,
                e.stale,
            )
            for e in read.headlines
        ),
        denials=tuple(web.DenialView(d.text, d.publisher, d.url, d.at) for d in read.denials),
        in_words=in_words(told.n, told.window, told.expected) + also,
        blind=tuple(blind_words(spike)),
        acknowledged=state.acknowledged_at is not None,
        acknowledged_by=state.acknowledged_by,
        assigned_to=state.assigned_to,
        mark=state.mark,
        muted_until=mute.until if mute else None,
        muted_by=mute.who if mute else "",
    )
