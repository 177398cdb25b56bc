"""The commands beside the daemon: backfill, replay, score, explain, feeds check, model verify."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from prometheus_client import CollectorRegistry

from monitor.alerts.evidence import iso_time
from monitor.committing import Committing, Sink
from monitor.config import Config
from monitor.demo.corpus import demo_news
from monitor.errors import InputError
from monitor.fold import Fold, Folded
from monitor.inference.disk_cache import DiskScores, default_folder
from monitor.inference.manifest import find_model
from monitor.inference.model import Model, OnnxModel
from monitor.inference.scorer import Scorer, score_texts
from monitor.inference.verify import verify
from monitor.ingest.canonical import LEAD_CHARS, clean_text
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.targets import readings, scores_by_headline
from monitor.ingest.watchlist import load_watchlist
from monitor.parts import DEMO_WATCHLIST, Parts, build_parts
from monitor.pipeline import Pipeline, Stages
from monitor.place import store_address
from monitor.publish import entities, sentiment, topics
from monitor.records import Article, Mention, Mode, Score
from monitor.replay.explain import missed, recompute
from monitor.replay.health import health_report
from monitor.replay.recorder import Recorder, Timeline
from monitor.replay.report import build_report
from monitor.replay.words import words_of, worst_headlines
from monitor.rescore import Reader, open_fold
from monitor.sink import MemorySink, StoreSink
from monitor.sources.check import check_feeds as try_feeds
from monitor.sources.protocol import Source
from monitor.sources.wire import parse_time
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.ticks import Played
from monitor.wiring import archive_source, configured_feeds, feed_reader, wall_clock

# What one call of the model takes of a stream of lines: output follows input closely, batches stay full.
SCORE_LINES = 64


async def backfill(config: Config, archives: Sequence[Path], source: str, *, cache: bool = True) -> None:
    """History into the store, without alerts. A second time changes nothing: keys and hours are known.

    Raises InputError: an archive cannot be read, or a daemon holds the store.
    """
    archive = archive_source(archives, source, Mode.HISTORY)
    parts = build_parts(config)
    with Store.open(store_address(config), holder="bearwatch backfill") as store:
        with closing(_scorer(config, parts, cache=cache)) as scorer:
            fold = await open_fold(
                store, parts.settings, Reader(parts.matcher, scorer, config.model.max_batch_articles)
            )
            if fold is None:
                raise InputError("backfill: stopped while the past was read again; nothing was added")
            before = fold.memory.next_seq
            progress = Progress("backfill")
            played = Played(archive, mode=lambda at: Mode.HISTORY)
            await _through(
                config, parts, scorer, fold=fold, sink=StoreSink(store), source=played, on_folded=progress.folded
            )
        progress.end(f"{fold.memory.next_seq - before} rows added to {store.name}")
        _warn_of_disorder(played)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay's report, and what its page draws besides: timelines and labels by series."""

    report: dict[str, Any]
    timelines: Mapping[str, Timeline]
    labels: Mapping[str, str]


async def replay(
    config: Config, archives: Sequence[Path], source: str, from_: str, to: str, *, cache: bool = True
) -> Replayed:
    """An archive replayed through the daemon's stages on a virtual clock, in memory.

    Args:
        from_, to: ISO 8601, or "" for no bound. cache: whether scores are taken from disk and kept there.
    """
    archive = archive_source(archives, source, Mode.HISTORY)
    least, most = _bound("--from", from_), _bound("--to", to)

    def relive(article: Article) -> Article | None:
        if (least is not None and article.received_at < least) or (most is not None and article.received_at >= most):
            return None
        return replace(article, mode=Mode.LIVE)

    parts = build_parts(config)
    fold, sink, progress = Fold(parts.settings), MemorySink(), Progress("replay")
    recorder = Recorder(fold)

    def on_folded(folded: Folded) -> None:
        progress.folded(folded)
        recorder.folded(folded)

    played = Played(archive, adapt=relive)
    with closing(_scorer(config, parts, cache=cache)) as scorer:
        await _through(config, parts, scorer, fold=fold, sink=sink, source=played, on_folded=on_folded)
    _warn_of_disorder(played)
    for where, reason in sink.refused[:20]:
        print(f"refused {where}: {reason}", file=sys.stderr)
    progress.end(f"{len([h for h in sink.spikes.values() if not h.spike.headed_by])} pages")
    report = build_report(
        archives,
        sink,
        parts.settings,
        watchlist=parts.watchlist.hash,
        first=sink.first_tick,
        last=fold.memory.now,
        silences=recorder.silences,
    )
    report["expected_false_pages_per_day"] = fold.memory.detector.expected_false_pages
    report["health"] = health_report(recorder.tallies())
    return Replayed(report, recorder.series, parts.settings.labels)


def _scorer(config: Config, parts: Parts, *, cache: bool) -> Scorer:
    disk = DiskScores(default_folder(), parts.model.hash) if cache else None
    return Scorer(
        parts.model, cache_entries=config.model.cache_entries, budget=config.model.max_batch_tokens, disk=disk
    )


async def _through(
    config: Config,
    parts: Parts,
    scorer: Scorer,
    *,
    fold: Fold,
    sink: Sink,
    source: Source,
    on_folded: Callable[[Folded], None],
) -> None:
    """A source through the stages to the end, without page, outbox or clock."""
    counted = Metrics(CollectorRegistry())
    stages = Stages(
        matcher=parts.matcher,
        scorer=scorer,
        max_batch=config.model.max_batch_articles,
        languages=parts.model.languages,
        end=Committing(fold, sink, counted, clock=lambda: fold.memory.now, on_folded=on_folded),
        metrics=counted,
    )
    await Pipeline(stages, [source]).run()


def _warn_of_disorder(played: Played) -> None:
    if 2 * played.behind > played.articles:
        print(
            f"{played.behind} of {played.articles} articles lie over an hour before those read before them: the hours "
            "between were not observed; sort the archive by time, oldest first",
            file=sys.stderr,
        )


class Progress:
    """One line on a terminal's stderr, rewritten; nothing but the last line where stderr is no terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = time.monotonic()
        self._shown = 0.0
        self.articles = self.refused = 0
        self._at = 0

    def folded(self, folded: Folded) -> None:
        self.articles += len(folded.effects.articles)
        self.refused += len(folded.effects.refusals)
        if folded.effects.ticks:
            self._at = folded.effects.ticks[-1][1].at
        if sys.stderr.isatty() and time.monotonic() - self._shown > 0.2:
            self._shown = time.monotonic()
            print(f"\r{self._line()} ", end="", file=sys.stderr, flush=True)

    def end(self, outcome: str) -> None:
        start = "\r" if sys.stderr.isatty() else ""
        print(f"{start}{self._line()}: {outcome}", file=sys.stderr)

    def _line(self) -> str:
        seconds = time.monotonic() - self._began
        rate = self.articles / seconds if seconds else 0.0
        refused = f", {self.refused} refused" if self.refused else ""
        until = f" until {iso_time(self._at)}" if self._at else ""
        return f"{self._name}{until}: {self.articles} articles{refused} in {seconds:.1f} s, {rate:.0f}/s"


def score_lines(model: str, lines: BinaryIO) -> Iterator[dict[str, Any]]:
    """`scored_lines` by a model folder or the name of a shipped one, with the shipped watchlist."""
    return scored_lines(OnnxModel.load(find_model(model)), EntityMatcher(load_watchlist()), lines)


def scored_lines(model: Model, matcher: EntityMatcher, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Scored lines in the documented shape, in the order of the input.

    An entity's sentiment is its own where the headline names several and the model has a target token, else the whole
    headline's.

    Raises InputError: a line is no object with a title; names the line.
    """
    numbered = enumerate(lines, 1)
    while chunk := list(islice(numbered, SCORE_LINES)):
        items = [_scorable(number, line) for number, line in chunk if line.strip()]
        named = [matcher.find(title, lead) for _, title, lead in items]
        asked = [
            readings(title, lead, mentions, model.target_token)
            for (_, title, lead), mentions in zip(items, named, strict=True)
        ]
        found = score_texts(model, [reading.text for headline in asked for reading in headline])
        for (given, _, _), mentions, scores in zip(items, named, scores_by_headline(asked, found), strict=True):
            yield _scored_line(given, scores, mentions)


def _scorable(number: int, line: bytes) -> tuple[Any, str, str]:
    where = f"score: line {number}"
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f'{where}: an object with a title is needed, e.g. {{"id": 1, "title": "..."}}')
    title, summary = value.get("title"), value.get("summary") or ""
    if not isinstance(title, str) or not isinstance(summary, str):
        raise InputError(f"{where}: title and summary must be texts")
    cleaned = clean_text(title)
    if not cleaned:
        raise InputError(f"{where}: title is missing or empty")
    return value.get("id"), cleaned, clean_text(summary, LEAD_CHARS)


def _scored_line(given: Any, scores: Sequence[Score], mentions: Sequence[Mention]) -> dict[str, Any]:
    whole = scores[0]
    return {
        "id": given,
        "sentiment": sentiment(whole),
        "topics": topics(whole),
        "entities": entities(mentions, scores),
        "model": whole.model,
    }


async def check_feeds(config: Config) -> int:
    """Prints one line a feed; the exit code: 0 where all are well, 1 otherwise."""
    async with feed_reader(config) as (fetcher, parser):
        results = await try_feeds(configured_feeds(config), fetcher=fetcher, parser=parser, clock=wall_clock)
    for result in results:
        newest = iso_time(result.newest) if result.newest is not None else "-"
        state = "ok" if result.ok else "WRONG"
        moved = f" moved to {result.moved};" if result.moved else ""
        print(
            f"{state:5} {result.name:24} {result.status or '-':>4} {result.items:4} items, newest {newest}"
            f" {result.content_type};{moved} {result.wrong}".rstrip("; ")
        )
    wrong = sum(not result.ok for result in results)
    print(f"{len(results) - wrong} of {len(results)} feeds well", file=sys.stderr)
    return 1 if wrong else 0


def explain_alert(
    config: Config, store: str | None, alert_id: str, *, pinned_only: bool, words: bool
) -> tuple[dict[str, Any], bool]:
    """See `replay.explain.recompute`, and `replay.words` for what `words` adds."""
    with closing(Store.open_readonly(store_address(config, store))) as own:
        parts = build_parts(config, [DEMO_WATCHLIST])
        report, well = recompute(own, parts.settings, alert_id, pinned_only=pinned_only)
        if words:
            report["words"] = words_of(own.read(worst_headlines, alert_id, parts.model.target_token), parts.model)
        return report, well


def explain_missed(config: Config, store: str | None, series: str, time_: str) -> tuple[dict[str, Any], bool]:
    """See `replay.explain.missed`."""
    at = _bound("--missed", time_)
    with closing(Store.open_readonly(store_address(config, store))) as own:
        return missed(own, build_parts(config, [DEMO_WATCHLIST]).settings, series, at or 0)


def verify_model(model: str) -> list[str]:
    """Findings over the demo's titles: hashes, golden outputs, batch invariance; empty where all is well."""
    titles = [str(line["title"]) for line in demo_news(1_700_000_000_000)]
    return verify(model, titles[:1_000])


def _bound(option: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        raise InputError(f"{option} {text!r}: {error}; give ISO 8601, e.g. 2026-11-20T14:00:00Z") from error
