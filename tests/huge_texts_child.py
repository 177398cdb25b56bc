"""What a huge or odd text costs on its way to the store: `python -m tests.huge_texts_child STORE WAY...`.

Each text goes three ways: as a line of an archive or a topic, as the body of a push, and as a record of 10 MB, as if a
source had not cut it. Prints a JSON line each: the stage that took longest and its CPU ms beyond that of an ordinary
headline, and the MiB of peak memory beyond what was held before. CPU time is of all threads: the wall's is the load's.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from monitor.committing import Committing
from monitor.delivery import Delivery
from monitor.fold import Fold
from monitor.inference.manifest import find_model
from monitor.inference.model import OnnxModel
from monitor.inference.scorer import Scorer
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.targets import readings, scores_by_headline
from monitor.ingest.watchlist import load_watchlist
from monitor.memory import FoldSettings
from monitor.pipeline import prepare
from monitor.records import Article, Mode, Refusal, Scope
from monitor.sink import StoreSink
from monitor.sources.push import MAX_BODY_BYTES, PushError, _records
from monitor.sources.wire import MAX_OBJECT_BYTES, SUMMARY_CHARS, TITLE_CHARS, WireContext, article_from_line
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.builders import NOON, article

BYTES = 10_000_000
ORDINARY = "Harrow Bank {} halts withdrawals at {} branches as depositors queue"
CONTEXT = WireContext("test", Scope.FINANCE, Mode.LIVE, NOON)


def of(piece: str, begin: str = "Harrow Bank ") -> str:
    """10 MB of the piece, in UTF-8, behind a company's name."""
    return begin + piece * (BYTES // len(piece.encode("utf-8", "surrogatepass")))


TEXTS: dict[str, Callable[[], str]] = {
    "letters": lambda: of("Bank fails "),
    "one word": lambda: of("x", ""),
    "one word of digits": lambda: of("7"),
    "one word of CJK": lambda: of("央", ""),
    "CJK": lambda: of("央行下调利率，"),
    "kana, half width": lambda: of("ｶﾞ"),  # two become one by NFKC
    "ligatures that grow": lambda: of("ﷺ"),  # NFKC makes eighteen of it
    "combining marks": lambda: of("\u0301\u0323", "e"),
    "marks in disorder": lambda: of("a\u0323\u0307\u0301\u0327\u0308" * 6),
    "Zalgo": lambda: of("B" + "\u0334\u0351\u0489" * 20),
    "hangul jamo": lambda: of("\u1112\u1161\u11ab"),
    "NUL": lambda: of("\0"),
    "NUL between letters": lambda: of("B\0a\0n\0k\0 "),
    "lone surrogates": lambda: of("\ud83d"),
    "surrogates in disorder": lambda: of("\udc00\ud800x"),
    "right to left overrides": lambda: of("\u202eknaB\u202c "),
    "zero-width joiners": lambda: of("\u200d"),
    "joined letters": lambda: of("B\u200da\u200bn\u2060k "),
    "emoji families": lambda: of("👨\u200d👩\u200d👧\u200d👦"),
    "flags": lambda: of("🇬🇧"),
    "skin tones": lambda: of("👍🏽"),
    "private use": lambda: of("\ue000\U0010fffd"),
    "blanks": lambda: of(" \u00a0\u3000\t\n"),
    "line separators": lambda: of("\u2028\u2029\x85"),
    "control": lambda: of("\x1b[31m\x07"),
    "open tags": lambda: of("<a "),
    "comments": lambda: of("<!--"),
    "scripts": lambda: of("<script>"),
    "ampersands": lambda: of("&amp;amp;"),
    "numeric entities": lambda: of("&#x41;"),
    "half entities": lambda: of("&#"),
    "addresses": lambda: of("http://a.example/"),
    "commas and figures": lambda: of("1,000.00 % "),
    "quotes": lambda: of("“it’s” "),
    "capitals": lambda: of("BANK FAILS "),
    "upper and lower": lambda: of("ßİŉ "),
    "target tokens": lambda: of("[TARGET][TAR[TARGET]GET] "),
    "special tokens": lambda: of("[CLS][SEP][MASK][PAD] "),
    "companies": lambda: of("Apple Boeing Airbus JPMorgan Siemens Toyota "),
    "tickers": lambda: of("<AAPL.O> (MSFT.O) "),
}


def peak_mib() -> float:
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024


def settled_mib() -> float:
    """The peak, counted from here on: what was freed before would hide what is taken next."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return peak_mib()


class Way:
    """The daemon's stages over the shipped model, each measured by itself."""

    def __init__(self, store: Store) -> None:
        model = OnnxModel.load(find_model("default"), threads=1)
        self._token, self._languages = model.target_token, model.languages
        self._scorer = Scorer(model, cache_entries=0)
        self._matcher = EntityMatcher(load_watchlist())
        self._end = Committing(
            Fold(FoldSettings()),
            StoreSink(store),
            Metrics(CollectorRegistry()),
            clock=lambda: NOON,
            on_folded=lambda _: None,
        )

    async def take(self, read: Callable[[], Article | Refusal], cut: bool) -> dict[str, float]:
        """CPU ms by stage. cut: whether the store gets it as a source would have cut it."""
        spent: dict[str, float] = {}

        async def stage(name: str, work: Callable[[], Any]) -> Any:
            began = time.process_time()
            found = work()
            if isinstance(found, Awaitable):
                found = await found
            spent[name] = 1_000 * (time.process_time() - began)
            return found

        record = await stage("read", read)
        if isinstance(record, Refusal):
            await stage("commit", lambda: self._end.take([Delivery(record)]))
            return spent
        prepared = await stage("prepare", lambda: prepare(record, self._matcher, self._languages))
        asked = [readings(prepared.title, prepared.lead, prepared.mentions, self._token)]
        scores = await stage("score", lambda: self._scorer.score([reading.text for reading in asked[0]]))
        prepared = replace(prepared, scores=scores_by_headline(asked, scores)[0])
        if cut:
            raw = prepared.article
            short = replace(raw, title=raw.title[:TITLE_CHARS], summary=raw.summary[:SUMMARY_CHARS])
            prepared = replace(prepared, article=short)
        await stage("commit", lambda: self._end.take([Delivery(prepared)]))
        return spent

    def close(self) -> None:
        self._scorer.close()


def pushed(body: bytes) -> Article | Refusal:
    try:
        return _records(body, CONTEXT)[0]
    except PushError as error:
        return Refusal("push", error.reason, "", error.detail, "", NOON)


def ways(name: str, text: str) -> dict[str, Callable[[], Article | Refusal]]:
    """The text as both title and summary."""

    def line(limit: int) -> bytes:
        part = text[: limit // 13]  # six bytes at most a character as JSON writes it, twice
        return json.dumps({"id": name, "title": part, "summary": part}).encode()

    whole = json.dumps({"id": name, "title": text}).encode()
    just, push = line(MAX_OBJECT_BYTES), line(MAX_BODY_BYTES)
    return {
        "a line of 10 MB": lambda: article_from_line(whole, CONTEXT, "w"),
        "a line of 1 MiB": lambda: article_from_line(just, CONTEXT, "w"),
        "a push of 5 MiB": lambda: pushed(push),
        "a record of 10 MB": lambda: article(f"test:{name}", text, summary=text, language="en"),
    }


async def main(path: Path, hows: list[str]) -> None:
    with Store.open(path) as store:
        way = Way(store)
        usual: dict[str, list[float]] = {}
        for number in range(60):
            title = ORDINARY.format(number, number + 1)
            spent = await way.take(lambda n=number, t=title: article(f"test:{n}", t, summary=t), cut=False)  # type: ignore[misc]
            for stage, ms in spent.items():
                usual.setdefault(stage, []).append(ms)
        ordinary = {stage: statistics.median(took[10:]) for stage, took in usual.items()}
        print(json.dumps({"ordinary": {stage: round(ms, 2) for stage, ms in ordinary.items()}}), flush=True)
        for name, make in TEXTS.items():
            told = ways(name, make())
            for how in hows:
                before = settled_mib()
                spent = await way.take(told[how], cut=how == "a record of 10 MB")
                mib = peak_mib() - before
                stage = max(spent, key=lambda each: spent[each] - ordinary[each])
                row = {"text": name, "way": how, "stage": stage, "ms": round(spent[stage] - ordinary[stage], 1)}
                print(json.dumps({**row, "mib": round(mib, 1)}), flush=True)
        way.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
