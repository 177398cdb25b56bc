"""Stories against a person's judgement: pairs of real headlines, drawn by seed, judged before anything was tuned.

    python -m benchmarks.dedup FOLDER          precision and recall, what is made of each kind, and how fast; FOLDER
                                               holds the archives, `history/`
    python -m benchmarks.dedup FOLDER --show   the pairs with their texts; they stay with you
    python -m benchmarks.dedup FOLDER --draw   how they were drawn, to be judged

The pairs come from three archives: any two articles within a day whose titles' shingles have a Jaccard likeness from
0.25, a hundred from each of four ranges, so that what is hard to tell is there as often as what is easy. No two pairs
share the words that make them alike: a notice that an exchange sends a thousand times is there once. `dedup.csv` holds
hashes of the two articles and the judgement, no texts:

    copy         tells what the other tells: rewritten, corrected, cut, sent again, with a ticker or a desk's prefix
    development  the same event, with something new: a figure, a party, another thing that happened
    other        another event, however like: the same words of another company, another day's market report
"""

from __future__ import annotations

import argparse
import csv
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from pathlib import Path

from monitor.ingest.canonical import digest
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.stories import StoryIndex, title_companies
from monitor.ingest.watchlist import load_watchlist
from monitor.ingest.wording import wording
from monitor.ingest.words import words
from monitor.pipeline import prepare
from monitor.records import DAY_MS, HOUR_MS, Article, Mode, Prepared
from monitor.sources.archive import read_archive

ARCHIVES = ("reuters-2008-08", "reuters-2011-02", "rss-2023-calm")
RANGES = ((0.25, 0.40), (0.40, 0.55), (0.55, 0.70), (0.70, 1.01))
EACH = 100
SEED = 400
_COMMON = 60  # a pair of words that more titles of a day share finds no candidates
_NOW = 1_800_000_000_000
KINDS = ("copy", "development", "other")


def articles(path: Path) -> list[Article]:
    """An archive's, in its order."""
    lines = read_archive(path, path.stem, mode=Mode.HISTORY, now=_NOW)
    return [line.record for line in lines if isinstance(line.record, Article)]


def alike(items: list[Article]) -> Iterator[tuple[float, Article, Article]]:
    """Pairs within a day that share a rare pair of words: (Jaccard likeness of the shingles, earlier, later)."""
    recent: deque[tuple[int, frozenset[str]]] = deque()
    held: dict[str, deque[int]] = defaultdict(deque)
    sets: dict[int, frozenset[str]] = {}
    for number, item in enumerate(items):
        mine = _shingles(item)
        while recent and item.event_time - items[recent[0][0]].event_time > DAY_MS:
            old, gone = recent.popleft()
            for shingle in gone:
                if " " in shingle:
                    held[shingle].popleft()
            del sets[old]
        found = {other for s in mine if " " in s and len(held[s]) <= _COMMON for other in held[s]}
        for other in sorted(found):
            like = len(mine & sets[other]) / len(mine | sets[other])
            if like >= RANGES[0][0]:
                yield like, items[other], item
        for shingle in mine:
            if " " in shingle:
                held[shingle].append(number)
        recent.append((number, mine))
        sets[number] = mine


def drawn(folder: Path) -> list[tuple[float, Article, Article]]:
    """The pairs, shuffled, so that no range can be guessed while judging."""
    rng = random.Random(SEED)
    pools: dict[tuple[str, int], list[tuple[float, Article, Article]]] = defaultdict(list)
    for name in ARCHIVES:
        for pair in alike(articles(folder / f"{name}.jsonl.xz")):
            same = words(pair[1].title) == words(pair[2].title)
            number = next(i for i, (low, high) in enumerate(RANGES) if low <= pair[0] < high)
            if not same or rng.random() < 0.05:  # what is the same word for word is judged by a few
                pools[name, number].append(pair)
    found: list[tuple[float, Article, Article]] = []
    seen: list[frozenset[str]] = []
    for number in range(len(RANGES)):
        share = [EACH // 3 + (i < EACH % 3) for i in range(3)]
        for name, count in zip(ARCHIVES, share, strict=True):
            pool, left = pools[name, number], count
            rng.shuffle(pool)
            while left and pool:
                pair = pool.pop()
                common = _shingles(pair[1]) & _shingles(pair[2])
                if all(2 * len(common & other) < len(common | other) for other in seen):
                    seen.append(common)
                    found.append(pair)
                    left -= 1
    rng.shuffle(found)
    return found


def _shingles(item: Article) -> frozenset[str]:
    return wording(item.title).shingles


def identity(item: Article) -> str:
    """What `dedup.csv` knows an article by."""
    return digest(item.source, item.key)


def judgements() -> dict[tuple[str, str], str]:
    """(hash of the earlier, of the later) -> `copy`, `development` or `other`."""
    with (Path(__file__).parent / "dedup.csv").open(encoding="utf-8", newline="") as rows:
        return {(row["first"], row["second"]): row["judgement"] for row in csv.DictReader(rows)}


def made_of(first: Article, second: Article, matcher: EntityMatcher) -> str:
    """What the later article is to the story that the earlier one opened: `copy`, `development`, or `other`."""
    index = StoryIndex(DAY_MS)
    one, two = (prepare(article, matcher, ("en",)) for article in (first, second))
    index.open(1, one)
    found = index.find(two.title, title_companies(two), two.article.event_time)
    if found is None:
        return "other"
    return "development" if index.join(found, two).unit == two.article.key else "copy"


def told_of(items: list[Prepared]) -> tuple[Counter[str], float]:
    """(what the index makes of these in turn, articles a second of a core); expired hourly, as by the clock."""
    index, found, hour = StoryIndex(DAY_MS), Counter[str](), 0
    start = time.process_time()
    for number, item in enumerate(items):
        at = item.article.event_time
        if at - hour > HOUR_MS:
            hour = at
            index.expire(at)
        story = index.find(item.title, title_companies(item), at)
        if story is None:
            index.open(number, item)
            found["new"] += 1
        else:
            found["development" if index.join(story, item).unit == item.article.key else "copy"] += 1
    return found, len(items) / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--draw", action="store_true")
    options = parser.parse_args()
    if options.draw:
        for _, first, second in drawn(options.folder):
            print(f"{identity(first)},{identity(second)} | {first.title} | {second.title}")
        return
    held = {name: articles(options.folder / f"{name}.jsonl.xz") for name in ARCHIVES}
    every = {identity(a): a for items in held.values() for a in items}
    matcher = EntityMatcher(load_watchlist())
    found: Counter[tuple[str, str]] = Counter()
    for (one, other), kind in judgements().items():
        first, second = every[one], every[other]
        made = made_of(first, second, matcher)
        found[kind, made] += 1
        if options.show:
            print(f"{kind:11} {made:11} | {first.title} | {second.title}")
    print(f"{'judged':11} {'copy':>11} {'development':>11} {'other':>11}   is what it is taken for")
    for kind in KINDS:
        print(f"{kind:11}" + "".join(f" {found[kind, made]:11}" for made in KINDS))
    same = sum(found[kind, made] for kind in KINDS[:2] for made in KINDS[:2])
    joined = same + sum(found["other", made] for made in KINDS[:2])
    missed = found["copy", "other"] + found["development", "other"]
    print(f"one story: precision {same / joined:.2f}, recall {same / (same + missed):.2f}")
    taken = sum(found[kind, "development"] for kind in KINDS)
    false, all_of = found["copy", "development"], sum(found["development", made] for made in KINDS)
    print(f"counted anew within a story: {taken}, {false} of them copies; {all_of} developments were to be found")
    for name, items in held.items():
        prepared = [prepare(article, matcher, ("en",)) for article in items]
        told, rate = told_of(prepared)
        print(
            f"{name}: {told['new']:,} stories, {told['copy']:,} copies, {told['development']:,} developments; "
            f"{rate:,.0f} articles/s through the index"
        )


if __name__ == "__main__":
    main()
