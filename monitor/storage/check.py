"""What must hold between a store's rows, looked at by itself: each function yields a line for what does not.

Read in one snapshot. What retention took is told apart from what was lost by the count that it keeps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select, true, union_all

from monitor.storage import schema
from monitor.storage.mutes import transition, turn_of
from monitor.storage.rebuild import max_seq
from monitor.storage.retention import cut

# Lines of one rule; what breaks one often breaks all of its rows.
MOST_LINES = 20


def sequence(connection: Connection) -> Iterator[str]:
    """Every number of the sequence is given once: to an article, a tick or a recount, or has left by its age."""
    numbers = union_all(*(select(t.c.seq) for t in (schema.articles, schema.ticks, schema.recounts))).subquery()
    before = func.lag(numbers.c.seq, 1, 0).over(order_by=numbers.c.seq).label("before")
    pairs = select(numbers.c.seq, before).subquery().c
    gone = cut(connection)
    wrong = select(pairs.seq, pairs.before).where(
        (pairs.seq == pairs.before) | ((pairs.seq != pairs.before + 1) & (pairs.seq > gone.last + 1))
    )
    for seq, last in islice(connection.execute(wrong.order_by(pairs.seq)), MOST_LINES):
        if seq == last:
            yield f"sequence: the number {seq} is given twice"
        else:
            yield f"sequence: the numbers {max(last, gone.last) + 1} to {seq - 1} are missing"
    held = connection.execute(select(func.count(numbers.c.seq.distinct()))).scalar_one()
    missing = max_seq(connection) - held
    if missing != gone.numbers:
        yield f"sequence: {missing} numbers are not there, retention took {gone.numbers}"


def references(connection: Connection) -> Iterator[str]:
    """What rows refer to is there."""
    article, story, spike = schema.articles.c, schema.stories.c, schema.spikes.c
    alert, box, part = schema.alerts.c, schema.outbox.c, schema.story_series.c
    young = article.event_time >= cut(connection).since  # an old one may wait for the next sweep
    rules: Sequence[tuple[str, Table, ColumnElement[str] | ColumnElement[int], ColumnElement[str] | ColumnElement[int]]]
    rules = (
        ("the story of an article", schema.articles, article.story_id, story.id),
        ("the first article of a story", schema.stories, story.first_seq, article.seq),
        ("the story of a placement", schema.story_series, part.story_id, story.id),
        ("the article of a score", schema.scores, schema.scores.c.article_seq, article.seq),
        ("the article of a mention", schema.mentions, schema.mentions.c.article_seq, article.seq),
        ("a pinned article", schema.pinned_articles, schema.pinned_articles.c.article_seq, article.seq),
        ("the spike of a pin", schema.pins, schema.pins.c.alert_id, spike.id),
        ("the pin of a spike", schema.spikes, spike.id, schema.pins.c.alert_id),
        ("the spike of an alert", schema.alerts, alert.id, spike.id),
        ("the alert of a delivery", schema.outbox, box.alert_id, alert.id),
        ("the alert of an answer", schema.answers, schema.answers.c.alert_id, alert.id),
        ("the delivery of a redrive", schema.redrives, schema.redrives.c.delivery_id, box.id),
    )
    for name, table, own, other in rules:
        there = select(literal_column("1")).where(other == own).correlate(table).exists()
        lost = select(own).where(~there, young if table is schema.articles else true()).distinct().limit(MOST_LINES)
        for found in connection.execute(lost).scalars():
            yield f"{name} is not there: {found!r}"


def deliveries(connection: Connection) -> Iterator[str]:
    """What an endpoint is sent is what the alert says, and none of an alert's transitions is left out.

    Which endpoints were configured when is not kept. So a delivery is missed where its endpoint was told of such alerts
    before and after it, or of this very one before it and of anything after it; an endpoint that was taken out of the
    configuration and put in again is found wanting.
    """
    alert, box = schema.alerts.c, schema.outbox.c
    since = cut(connection).deliveries
    alerts = {
        (row.id, row.status): row
        for row in connection.execute(select(schema.alerts).where(alert.at >= since).order_by(alert.at))
    }
    such: dict[tuple[str, str], list[int]] = {}  # (endpoint, severity) -> when it was told
    first: dict[tuple[str, str], int] = {}  # (endpoint, alert) -> the first turn that it was told
    newest: dict[str, int] = {}
    held: set[str] = set()
    rows = connection.execute(select(box.id, box.alert_id, box.endpoint, box.body, box.created_at))
    for row in rows:
        held.add(row.id)
        newest[row.endpoint] = max(row.created_at, newest.get(row.endpoint, 0))
        status = transition(row.id, row.alert_id, row.endpoint)
        own = alerts.get((row.alert_id, status))
        if own is None:
            if row.created_at >= since:
                yield f"delivery {row.id!r}: there is no such alert"
            continue
        if row.body != json.dumps(own.body, ensure_ascii=False, sort_keys=True):
            yield f"delivery {row.id!r}: what is sent is not what the alert says"
        such.setdefault((row.endpoint, own.severity), []).append(own.at)
        told = (row.endpoint, row.alert_id)
        first[told] = min(turn_of(status), first.get(told, turn_of(status)))
    for (alert_id, status), own in alerts.items():
        for endpoint, last in newest.items():
            times = such.get((endpoint, own.severity), [own.at + 1])
            begun = first.get((endpoint, alert_id), turn_of(status)) < turn_of(status) and own.at <= last
            wanted = f"{alert_id}:{status}:{endpoint}"
            if (begun or min(times) <= own.at <= max(times)) and wanted not in held:
                yield f"delivery {wanted!r} is not there, though {endpoint} was told before and after it"


def pins(connection: Connection) -> Iterator[str]:
    """Each unit of a spike's evidence has its article pinned."""
    spike, pin = schema.spikes.c, schema.pinned_articles.c
    pinned: dict[str, set[str]] = {}
    for alert_id, unit_id in connection.execute(select(pin.alert_id, pin.unit_id)):
        pinned.setdefault(alert_id, set()).add(unit_id)
    for row in connection.execute(select(spike.id, spike.evidence).order_by(spike.id)):
        for unit_id in sorted(set(row.evidence) - pinned.get(row.id, set())):
            yield f"alert {row.id!r}: no article of {unit_id!r}, which it stands on, is pinned"
