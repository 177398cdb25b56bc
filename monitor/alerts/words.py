"""Every phrase that an alert is told in, in English and Chinese: templates and tables, nothing is generated. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Language = Literal["en", "zh"]
Severity = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's phrases; those with braces are filled in by `str.format`. A missing one is a type error."""

    warning: str
    critical: str
    opened: str
    grew: str
    critical_now: str
    over: str
    dot: str  # between severity, status and series
    colon: str
    comma: str
    semicolon: str
    stop: str
    bracketed: str
    numbered: str
    counts: str
    publishers: str
    publisher: str
    band: str
    surprise: str
    beyond: str
    cusum: str
    robust: str
    fragile: str
    new_stories: str
    new_story: str
    blind: str
    opened_at: str
    grew_at: str
    closed_at: str
    peak: str
    headlines: str
    denials: str
    new: str
    stale: str
    developments: str
    development: str
    told_by: str
    more: str
    sample: str
    alert_id: str
    untitled: str


EN = Phrases(
    warning="Warning",
    critical="Critical",
    opened="opened",
    grew="grew",
    critical_now="Critical now",
    over="Over",
    dot=" · ",
    colon=": ",
    comma=", ",
    semicolon="; ",
    stop=".",
    bracketed=" ({})",
    numbered=" ({part}/{parts})",
    counts="{stories} stories in all, {n} of them bad",
    publishers="{} independent publishers",
    publisher="1 independent publisher",
    band="{low} to {high} bad ones are usual (95 %)",
    surprise="Surprise {value}, told from {threshold} on",
    beyond="beyond measure",
    cusum="Bad news has come faster than usual for a while: cumulative sum {value}, told from {threshold} on",
    robust="Holds without its largest publisher, and without its largest story",
    fragile="Rests on its largest publisher or its largest story: without it you would not have been told",
    new_stories="{} bad stories are new since the last message",
    new_story="1 bad story is new since the last message",
    blind="Not everything could be heard when it opened: {}",
    opened_at="Opened {}",
    grew_at="At {}, opened {}",
    closed_at="Over at {}, opened {}",
    peak="At most {} bad stories at once",
    headlines="Worst headlines",
    denials="Denied or corrected",
    new="new",
    stale="old news",
    developments="{} developments",
    development="1 development",
    told_by="{} publishers",
    more="{} more like this",
    sample="This is a sample to try the way out. Nothing has happened.",
    alert_id="Bearwatch alert {}",
    untitled="(no title)",
)

ZH = Phrases(
    warning="警告",
    critical="严重",
    opened="触发",
    grew="加剧",
    critical_now="升级为严重",
    over="解除",
    dot=" · ",
    colon="：",
    comma="，",
    semicolon="；",
    stop="。",
    bracketed="（{}）",
    numbered="（{part}/{parts}）",
    counts="共 {stories} 条新闻，其中负面 {n} 条",
    publishers="来自 {} 家独立媒体",
    publisher="来自 1 家独立媒体",
    band="正常区间 {low}–{high} 条（95%）",
    surprise="异常度 {value}，触发阈值 {threshold}",
    beyond="超出可计量范围",
    cusum="负面新闻持续高于正常水平：累积和 {value}，触发阈值 {threshold}",
    robust="剔除报道最多的媒体或影响最大的一条新闻后，信号依然成立",
    fragile="信号依赖单一媒体或单条新闻，剔除后不足以触发",
    new_stories="较上一条消息新增 {} 条负面新闻",
    new_story="较上一条消息新增 1 条负面新闻",
    blind="触发时部分来源缺失：{}",
    opened_at="触发时间 {}",
    grew_at="更新时间 {}，触发时间 {}",
    closed_at="解除时间 {}，触发时间 {}",
    peak="峰值 {} 条负面新闻",
    headlines="最负面的标题",
    denials="否认或更正",
    new="新增",
    stale="旧闻",
    developments="后续 {} 条",
    development="后续 1 条",
    told_by="{} 家媒体",
    more="另有 {} 项",
    sample="测试消息：仅用于检验发送通道，并无事件发生。",
    alert_id="Bearwatch 警报 {}",
    untitled="（无标题）",
)

PHRASES: dict[Language, Phrases] = {"en": EN, "zh": ZH}

# How a link's name is shown; another name is shown as it is.
_LINKS: dict[Language, dict[str, str]] = {
    "en": {
        "page": "Open the page",
        "acknowledge": "Seen",
        "true": "It was right",
        "false": "It was wrong",
        "late": "It came late",
        "runbook": "What to do",
    },
    "zh": {
        "page": "打开页面",
        "acknowledge": "已阅",
        "true": "判断准确",
        "false": "误报",
        "late": "过迟",
        "runbook": "处置手册",
    },
}
# Clocks as a Chinese desk calls them; any other by its IANA name. English takes the IANA name always: the
# abbreviations mean several zones (CST, IST).
_ZONES_ZH = {
    "Asia/Shanghai": "北京时间",
    "Asia/Hong_Kong": "香港时间",
    "Asia/Singapore": "新加坡时间",
    "Asia/Tokyo": "东京时间",
    "Europe/London": "伦敦时间",
    "America/New_York": "纽约时间",
}
# Names of series that are ours, not the watchlist's.
_SERIES_ZH = {"market": "全市场"}
# As `detection.silence` words it, in UTC, with the date where it is not the day of the opening.
SILENT = re.compile(
    r"(?P<key>\S+) silent since (?:(?P<day>\d{4}-\d\d-\d\d) )?(?P<time>\d\d:\d\d) UTC: "
    r"(?P<n>\d+) (?P<what>articles?|story|stories) in (?P<hours>\d+) h, usually (?P<usual>\d+)"
)


def in_words(n: int, window: int, expected: float, language: Language = "en") -> str:
    """A surge in plain words.

    Args:
        n: bad stories seen in the last `window` hours; from two days on told in days. expected: the baseline's mean for
            as long.

    >>> in_words(9, 1, 1 / 6)
    '9 bad stories in 1 h, usually 1 in 6 h'
    >>> in_words(12, 6, 2.4)
    '12 bad stories in 6 h, usually 2.4'
    >>> in_words(19, 95, 3.4)
    '19 bad stories in 4 days, usually 3.4'
    >>> in_words(9, 1, 1 / 6, "zh")
    '1 小时内 9 条负面新闻，通常 6 小时 1 条'
    >>> in_words(12, 6, 2.4, "zh")
    '6 小时内 12 条负面新闻，通常 2.4 条'
    """
    usual = _usual(window, expected, language)
    days = f"{window / 24:.0f}"
    if language == "zh":
        span = f"{window} 小时内" if window < 48 else f"{days} 天内"
        return f"{span} {n} 条负面新闻，{usual}"
    stories = "1 bad story" if n == 1 else f"{n} bad stories"
    span = f"{window} h" if window < 48 else f"{days} days"
    return f"{stories} in {span}, {usual}"


def _usual(window: int, expected: float, language: Language) -> str:
    if expected >= 0.95:
        count = f"{expected:.0f}" if expected >= 9.5 else f"{expected:.1f}".removesuffix(".0")
        return f"通常 {count} 条" if language == "zh" else f"usually {count}"
    # Below that, how long one story takes says more than a fraction of a story.
    hours = window / expected if expected > 0 else math.inf
    if hours < 48:
        length, unit_en, unit_zh = hours, "h", "小时"
    elif hours < 24 * 14:
        length, unit_en, unit_zh = hours / 24, "days", "天"
    elif hours < 24 * 7 * 26:
        length, unit_en, unit_zh = hours / 24 / 7, "weeks", "周"
    else:
        return "通常几乎没有" if language == "zh" else "usually next to none"
    return f"通常 {length:.0f} {unit_zh} 1 条" if language == "zh" else f"usually 1 in {length:.0f} {unit_en}"


def status_words(status: str, severity: str, *, escalated: bool, language: Language = "en") -> str:
    """What happened, and how bad it is.

    Args:
        status: `firing`, `update-1` and so on, or `resolved`. escalated: whether this update is the one that became
            critical.

    >>> status_words("firing", "warning", escalated=False), status_words("update-1", "critical", escalated=True)
    ('Warning · opened', 'Critical now')
    >>> status_words("update-2", "critical", escalated=False, language="zh")
    '严重 · 加剧'
    """
    say = PHRASES[language]
    if status == "resolved":
        return say.over
    if escalated:
        return say.critical_now
    what = say.opened if status == "firing" else say.grew
    return f"{severity_word(severity, language)}{say.dot}{what}"


def severity_word(severity: str, language: Language = "en") -> str:
    """`warning` or `critical` for people."""
    say = PHRASES[language]
    return say.critical if severity == "critical" else say.warning


def robust_words(robust: str, language: Language = "en") -> str:
    """`yes` or `no` as a sentence without its stop; "" where the question does not arise."""
    say = PHRASES[language]
    return {"yes": say.robust, "no": say.fragile}.get(robust, "")


def series_words(series: str, label: str, language: Language = "en") -> str:
    """What people call a series: the watchlist's name in either language, but for those series that are ours."""
    return _SERIES_ZH.get(series, label) if language == "zh" else label


def silence_words(silent: Mapping[str, str | None], since: str, language: Language = "en") -> str:
    """One line of an alert's `blind`.

    Args:
        silent: the groups of SILENT. since: its time as it is told, zone included.

    >>> line = SILENT.fullmatch("source:wire silent since 22:13 UTC: 0 articles in 6 h, usually 14")
    >>> silence_words(line.groupdict(), "03-03 06:13 Asia/Shanghai")
    'source:wire silent since 03-03 06:13 Asia/Shanghai: 0 articles in 6 h, usually 14'
    >>> silence_words(line.groupdict(), "03-03 06:13 北京时间", "zh")
    'source:wire 自 03-03 06:13 北京时间起静默：6 小时内 0 条，通常 14 条'
    """
    if language == "zh":
        joint = "" if since[-1] > "\x7f" else " "
        return "{key} 自 {since}{joint}起静默：{hours} 小时内 {n} 条，通常 {usual} 条".format(
            **silent, since=since, joint=joint
        )
    return "{key} silent since {since}: {n} {what} in {hours} h, usually {usual}".format(**silent, since=since)


def link_words(name: str, language: Language = "en") -> str:
    """What a link is called."""
    return _LINKS[language].get(name, name)


def time_words(at: datetime, zone: str, language: Language = "en") -> str:
    """A time of day with its zone named. at: in that zone. zone: its IANA name.

    >>> time_words(datetime(2026, 3, 2, 9, 12), "Asia/Shanghai"), time_words(datetime(2026, 3, 2, 9, 12), "UTC", "zh")
    ('2026-03-02 09:12 Asia/Shanghai', '2026-03-02 09:12 UTC')
    """
    return f"{at:%Y-%m-%d %H:%M} {zone_words(zone, language)}"


def zone_words(zone: str, language: Language = "en") -> str:
    """What people call a zone; see `_ZONES_ZH`."""
    return _ZONES_ZH.get(zone, zone) if language == "zh" else zone
