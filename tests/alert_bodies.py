"""Stored alert bodies for tests of what people are told: a rich one, and one whose headlines try everything."""

from __future__ import annotations

from typing import Any

LINKS = {
    "page": "https://bearwatch.example/#entity:us.jpm@29540892",
    "true": "https://bearwatch.example/answer/true?alert=entity%3Aus.jpm%4029540892%239f3c01aa&until=1775000000&sig=aB-_",
    "false": "https://bearwatch.example/answer/false?alert=entity%3Aus.jpm%4029540892%239f3c01aa&until=1775000000&sig=cD-_",
}


def headline(title: str, url: str = "", **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "publisher": "wire.example",
        "url": url,
        "published_at": "2026-03-02T01:05:00Z",
        "p_negative": 0.97,
        "copies": 1,
        "publishers": 1,
        "developments": 0,
        "stale": False,
        "new": False,
        **more,
    }


RICH: dict[str, Any] = {
    "id": "entity:us.jpm@29540892#9f3c01aa",
    "status": "update-1",
    "severity": "critical",
    "series": "entity:us.jpm",
    "label": "JPMorgan Chase",
    "at": "2026-03-02T01:40:00Z",
    "by": "surprise",
    "window": 1,
    "n": 9,
    "stories": 12,
    "expected": 1 / 6,
    "band": [0, 1],
    "publishers": 5,
    "surprise": 11.84,
    "threshold": 4.6,
    "cusum": 2.1,
    "cusum_threshold": 9.8,
    "peak_n": 9,
    "peak_surprise": 11.84,
    "robust": "yes",
    "opened_at": "2026-03-02T01:12:00Z",
    "closed_at": None,
    "in_words": "9 bad stories in 1 h, usually 1 in 6 h",
    "gates": [{"name": "stories", "passed": True, "detail": "9 of 3"}],
    "blind": ["source:second-wire silent since 2026-03-01 22:13 UTC: 0 articles in 6 h, usually 14"],
    "new_stories": 5,
    "headlines": [
        headline(
            "JPMorgan halts withdrawals & sheds 8,000 jobs",
            "https://reuters.example/markets?id=1&ref=top",
            publisher="reuters.example",
            published_at="2026-03-02T01:31:30Z",
            publishers=3,
            copies=7,
            developments=2,
            new=True,
        ),
        headline("摩根大通遭评级下调", "https://caixin.example/1", publisher="caixin.example", developments=1),
        headline("Regulator opens inquiry into JPMorgan", published_at="2026-03-01T15:40:00Z", stale=True),
    ],
    "denials": [
        {
            "title": "JPMorgan denies report of withdrawals",
            "publisher": "bloomberg.example",
            "url": "https://bloomberg.example/2",
            "published_at": "2026-03-02T01:38:00Z",
        }
    ],
    "ledger": {"detected_at": "2026-03-02T01:40:00.000Z"},
    "model": "a" * 16,
    "configuration": "b" * 16,
    "baseline": "c" * 16,
    "version": "0.1.0",
}

# What each of them would do where it is taken for markup: call everybody, lead elsewhere, or read otherwise.
HOSTILE_TITLES = [
    "<!channel> <!here> <!everyone> <@U024BE7LH> <#C024BE7LR>",
    "&lt;!channel&gt; &#60;at id=all&#62;&#60;/at&#62;",
    '<at user_id="all">everybody</at> <at id=all></at> <at email=ceo@bank.example></at>',
    "@all @所有人 @13800000000 <@all>",
    "[Reset your password](evil.example/login) ![x](//evil.example/pixel.png) [y](https://evil.example/)",
    "<https://evil.example/|Our page> <https://evil.example/>",
    "](https://evil.example/) [JPMorgan",
    "``` *bold _it ~gone~ **x** # heading > quote",
    "\u202egnissim nruter\u202c JPMorgan \u2066\u200b\u200f profit",
    'line one\n\n# line two\u2028three\r\n1. \t four \x00\x1b[31m"quoted" \\',
    "<font color='warning'>CRITICAL</font><img src=x onerror=alert(1)><script>alert(1)</script>",
    "https://evil.example/autolink evil.example #general",
    "$1.00 {{x}} ${y} :rotating_light: <!date^1^{date}|x>",
]
HOSTILE_URLS = [
    "javascript:alert(1)",
    "https://user:secret@evil.example/",
    "https://good.example/a)b](https://evil.example",
    "https://good.example/x|<!channel>",
    "https://good.example/&#41;[x](https://evil.example)",
    "//evil.example/x",
    "https://good.example/\"'><b>",
    "data:text/html,<script>",
    "https://",
    "https://good.example/" + "x" * 5_000,
    "https://bücher.example/ü",
    "https://good.example/with space\nand break",
]
HOSTILE: dict[str, Any] = {
    **RICH,
    "label": "<!channel> @all [x](https://evil.example) **Bank** \u202eknaB",
    "blind": ["source:x <at id=all></at> [y](https://evil.example)"],
    "headlines": [
        headline(title, url, publisher=title[:40])
        for title, url in zip(HOSTILE_TITLES[:10], HOSTILE_URLS[:10], strict=True)
    ],
    "denials": [
        headline(title, url, publisher="@all")
        for title, url in zip(HOSTILE_TITLES[10:], [*HOSTILE_URLS[10:], ""], strict=True)
    ],
}
