"""A rich, fictional board for the tests of the page.

Every company, publisher and event here is made up; the numbers follow from a seed.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

from monitor.records import HOUR_MS, MINUTE_MS
from monitor.web.board import (
    AlertView,
    Board,
    CopyView,
    FeedView,
    HeadlineView,
    NearMiss,
    Point,
    SeriesView,
    StoryView,
)

NOW = 1_781_602_472_000  # 2026-06-16 09:34:32 UTC, a Tuesday
PUBLISHERS = ("harbour wire", "the ledger", "kontor-blatt.example", "meridian news", "caishi ribao", "bourse hebdo")
TOPICS = "earnings,guidance,mergers,credit,banking,central banks,inflation,labour,trade,regulation,litigation,fraud"
SECTORS = "banks,insurance,energy,technology,health care,utilities,industrials,materials,real estate,telecoms"
COMPANIES = (
    ("us.norw", "Norwick Savings Bank"),
    ("de.halb", "Halbrecht Versicherungen AG"),
    ("us.quil", "Quillon Devices"),
    ("jp.tono", "Tonomi Heavy Industries"),
    ("cn.lanh", "蓝禾银行 Lanhe Bank"),
    ("fr.merv", "Mervault"),
    ("gb.oxle", "Oxlea Energy"),
    ("ch.stav", "Stavros & Lindqvist Reinsurance Company Limited"),
)
TITLES = (
    ("Norwick Savings Bank halts withdrawals at nine branches", -0.93, "banking"),
    ("Regulator asks Norwick for daily liquidity reports", -0.71, "regulation"),
    ("Depositors queue outside Norwick as shares fall 31 %", -0.95, "banking"),
    ("Quillon Devices raises its full-year forecast after a strong quarter", 0.88, "guidance"),
    ("Oxlea Energy to close two refineries by spring", -0.52, "energy"),
    ("央行：维持利率不变，蓝禾银行获流动性支持", 0.12, "central banks"),
    ("Mervault agrees to buy a rival in an all-share deal", 0.31, "mergers"),
    ("Halbrecht appoints a new chief financial officer", 0.02, "management"),
    ("Tonomi delays its turbine again; the customer seeks damages", -0.66, "litigation"),
    ("Consumer prices rose 2.1 % in May, as expected", 0.04, "inflation"),
)
STALE = "silent since 04:15 UTC: 0 stories in 6 h, usually 31"


def series(
    name: str,
    label: str,
    *,
    now: int = NOW,
    rate: float = 1.0,
    burst: int = 0,
    seed: int = 1,
    alert_id: str | None = None,
    learning: str = "",
    silent: bool = False,
    stale: str = "",
) -> SeriesView:
    """A series with 72 hours of points; `burst` negative stories in the last hour; `silent`: no news at all."""
    rng = random.Random(f"{seed}{name!a}")
    points = []
    for hours_ago in range(71, -1, -1):
        at = (now // HOUR_MS - hours_ago) * HOUR_MS
        day = 0.35 + 0.65 * max(0.0, math.sin((at // HOUR_MS % 24 - 4) / 24 * 2 * math.pi))
        n = 0 if silent else sum(rng.random() < rate * day / 4 for _ in range(16))
        bad = sum(rng.random() < 0.22 for _ in range(n))
        if hours_ago == 0:
            n, bad = n + burst, bad + burst
        mood = None if n == 0 else max(-1.0, min(1.0, 0.15 - 1.1 * bad / n + rng.uniform(-0.2, 0.2)))
        points.append(Point(at, n, bad, mood))
    usual = None if learning else round(0.1 + rate * 0.7, 2)
    day_moods = [p.sentiment for p in points[-24:] if p.sentiment is not None]
    return SeriesView(
        name=name,
        label=label,
        kind=name.partition(":")[0],
        stories_1h=points[-1].stories,
        negative_1h=points[-1].negative,
        negative_6h=sum(p.negative for p in points[-6:]),
        usual_1h=usual,
        pages_at=None if usual is None else math.ceil(4 + usual * 2.6),
        sentiment_1h=points[-1].sentiment,
        sentiment_24h=sum(day_moods) / len(day_moods) if day_moods else None,
        points=tuple(points),
        publishers_24h=0 if silent else rng.randint(2, 14),
        last_story_at=None if silent else now - rng.randint(1, 90) * MINUTE_MS,
        alert_id=alert_id,
        learning=learning,
        stale=stale,
    )


def story(index: int, now: int = NOW) -> StoryView:
    title, mood, topic = TITLES[index % len(TITLES)]
    first = now - (2 + index * 6) * MINUTE_MS
    copies = tuple(
        CopyView(
            title if i % 2 else f"{title} - update",
            PUBLISHERS[(index + i + 1) % len(PUBLISHERS)],
            f"https://news.example/{index}/{i}",
            first + (i + 1) * MINUTE_MS,
        )
        for i in range((index * 5) % 7)
    )
    scored = index % 9 != 7
    return StoryView(
        id=f"s{index}",
        title=title,
        publisher=PUBLISHERS[index % len(PUBLISHERS)],
        url=f"https://news.example/{index}",
        first_at=first,
        last_at=copies[-1].published_at if copies else first,
        sentiment=mood if scored else None,
        negative=(max(0.02, -mood) if scored else None),
        topics=(topic,) if scored else (),
        entities=tuple(pair for pair in COMPANIES if pair[1].split()[0] in title),
        copies=copies,
        publishers=min(len(copies) + 1, len(PUBLISHERS)),
    )


def alert(now: int = NOW, *, closed: bool = False, severity: str = "critical") -> AlertView:
    headlines = tuple(
        HeadlineView(
            title,
            PUBLISHERS[i],
            f"https://news.example/a{i}",
            now - (6 + 9 * i) * MINUTE_MS,
            -mood,
            i * 3 + 1,
            min(i + 1, 6),
            f"s{i}",
        )
        for i, (title, mood, _) in enumerate([*TITLES[:3], TITLES[8], TITLES[4]])
    )
    opened = now - (26 if closed else 0) * HOUR_MS - 23 * MINUTE_MS
    return AlertView(
        id=f"{'sector:banks' if closed else 'entity:us.norw'}@{opened // MINUTE_MS}#5f0c",
        series="sector:banks" if closed else "entity:us.norw",
        label="banks" if closed else "Norwick Savings Bank",
        severity="warning" if closed else severity,
        opened_at=opened,
        closed_at=opened + 4 * HOUR_MS if closed else None,
        window=6 if closed else 1,
        n=14 if closed else 9,
        expected=3.1 if closed else 0.17,
        surprise=5.4 if closed else 11.8,
        threshold=4.6,
        by="surprise",
        cusum=3.1,
        cusum_threshold=8.0,
        robust="not applicable" if closed else "yes",
        gates=(
            ("stories", True, "9 distinct stories, 4 needed"),
            ("publishers", True, "5 publishers, 3 needed"),
            ("one story", True, "without the largest story 8 remain, still over the threshold"),
        ),
        headlines=headlines,
        in_words="14 bad stories in 6 h, usually 3" if closed else "9 bad stories in 1 h, usually 1 in 6 h",
    )


def rich_board(now: int = NOW, seed: int = 1) -> Board:
    """Alerts, learning and silent series, failing feeds, Chinese, long names: what a real day may hold."""
    firing = alert(now)
    topics = tuple(
        series(f"topic:{name}", name, now=now, rate=0.3 + 0.2 * i, seed=seed)
        for i, name in enumerate(TOPICS.split(","))
    )
    sectors = tuple(
        series(
            f"sector:{name}",
            name,
            now=now,
            rate=0.9 / (1 + i),
            seed=seed,
            burst=4 if i == 0 else 0,
            stale=STALE if i == 1 else "",
        )
        for i, name in enumerate(SECTORS.split(","))
    )
    companies = tuple(
        series(
            f"entity:{entity}",
            label,
            now=now,
            rate=0.5 / (1 + i),
            seed=seed,
            burst=9 if i == 0 else 0,
            alert_id=firing.id if i == 0 else None,
            learning="5 h of 24 h observed" if i == 6 else "",
            silent=i == 7,
        )
        for i, (entity, label) in enumerate(COMPANIES)
    )
    return Board(
        now=now,
        virtual=True,
        speed=240.0,
        version="0.1.0",
        model_name="minilm-headlines",
        model_hash="9f86d081884c7d65",
        articles=5_212,
        stories=3_377,
        market=series("market", "Market", now=now, rate=3.2, seed=seed, burst=3),
        topics=topics,
        sectors=sectors,
        companies=companies,
        open_alerts=(firing,),
        recent_alerts=(alert(now, closed=True),),
        stories_newest=tuple(story(i, now) for i in range(40)),
        near_misses=(
            NearMiss(
                "topic:litigation", "litigation", now - 3 * HOUR_MS, 6, 7, 1.9, 3.8, 4.6, "surprise under the threshold"
            ),
            NearMiss(
                "entity:gb.oxle", "Oxlea Energy", now - 7 * HOUR_MS, 1, 6, 0.4, 6.1, 4.6, "gate publishers: 1 of 3"
            ),
        ),
        feeds=(
            FeedView("demo archive", "ok", now - MINUTE_MS, now - MINUTE_MS, None, 0, "", 5_102),
            FeedView("harbour-wire", "ok", now - 4 * MINUTE_MS, now - 9 * MINUTE_MS, now + 6 * MINUTE_MS, 0, "", 88),
            FeedView(
                "kontor-blatt",
                "failing",
                now - 5 * HOUR_MS,
                now - 6 * HOUR_MS,
                now + 25 * MINUTE_MS,
                7,
                "timeout: no answer within 20 s",
                22,
            ),
            FeedView("bourse-hebdo", "gone", now - 90 * HOUR_MS, None, None, 1, "http_410: the feed has ended", 0),
        ),
        notes=("SQLite 3.40.1 has a known WAL bug; 3.51.3 or newer is advised",),
        watches=(series("watch:rating cuts", "rating cuts", now=now, rate=0.2, seed=seed),),
    )


def quiet_board(now: int = NOW) -> Board:
    """An empty store: nothing counted, nothing known, nothing wrong."""
    none = series("market", "Market", now=now, silent=True, learning="0 h of 24 h observed")
    return replace(
        rich_board(now),
        market=none,
        topics=(),
        sectors=(),
        companies=(),
        watches=(),
        open_alerts=(),
        virtual=False,
        recent_alerts=(),
        stories_newest=(),
        near_misses=(),
        feeds=(),
        notes=(),
        articles=0,
        stories=0,
        speed=1.0,
    )
