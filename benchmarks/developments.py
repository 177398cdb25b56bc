"""What counts anew within its story, against a person's judgement: of a month that no rule was made on.

    python -m benchmarks.developments FOLDER          how many deserve it; FOLDER holds the archives, `history/`
    python -m benchmarks.developments FOLDER --show   with their texts; they stay with you

Of all articles of July 2008 that the rule took for developments, 80 were drawn by seed and judged once, with what their
story had told before. `developments.csv` holds the hash of each and the judgement, no texts:

    development  the same event, with something new
    other        another event, which stands in this story by mistake: it deserves a count too
    copy         nothing new: it is counted and should not be
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from pathlib import Path

from benchmarks.dedup import articles, identity
from monitor.ingest.entities import EntityMatcher
from monitor.ingest.stories import StoryIndex, title_companies
from monitor.ingest.watchlist import load_watchlist
from monitor.pipeline import prepare
from monitor.records import DAY_MS, HOUR_MS, Article

ARCHIVE = "reuters-2008-07"
DRAWN, SEED = 80, 1


def developments(items: list[Article]) -> list[tuple[Article, list[str]]]:
    """(article, what its story had told before) of each that counts anew, an hourly expiry as the clock's."""
    index, matcher, hour = StoryIndex(DAY_MS), EntityMatcher(load_watchlist()), 0
    found: list[tuple[Article, list[str]]] = []
    titles: dict[str, list[str]] = {}
    for number, item in enumerate(items):
        if item.event_time - hour > HOUR_MS:
            hour = item.event_time
            index.expire(hour)
        one = prepare(item, matcher, ("en",))
        story = index.find(one.title, title_companies(one), item.event_time)
        if story is None:
            story = index.open(number, one)
        elif index.join(story, one).unit == item.key:
            found.append((item, list(titles[story.id])))
        titles.setdefault(story.id, []).append(item.title)
    return found


def drawn(found: list[tuple[Article, list[str]]]) -> list[tuple[Article, list[str]]]:
    """Those to be judged."""
    shuffled = list(found)
    random.Random(SEED).shuffle(shuffled)
    return shuffled[:DRAWN]


def judgements() -> dict[str, str]:
    """Hash of the article -> `development`, `other` or `copy`."""
    with (Path(__file__).parent / "developments.csv").open(encoding="utf-8", newline="") as rows:
        return {row["article"]: row["judgement"] for row in csv.DictReader(rows)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.developments")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    items = articles(options.folder / f"{ARCHIVE}.jsonl.xz")
    found, judged = developments(items), judgements()
    counted: Counter[str] = Counter()
    for number, (item, before) in enumerate(drawn(found), 1):
        judgement = judged.get(identity(item), "unjudged")
        counted[judgement] += 1
        if options.show:
            told = list(dict.fromkeys(before))
            print(
                f"{number:2} {identity(item)} {judgement:11} | {' | '.join(told[:1] + told[1:][-2:])} >> {item.title}"
            )
    print(f"{len(found)} of {len(items):,} articles count anew within their story; of {DRAWN} drawn {dict(counted)}")


if __name__ == "__main__":
    main()
