"""How common words are in headlines, from the labelled sets that may train the model: a count of words, no texts.

    python -m benchmarks.common_words FOLDER > monitor/ingest/common_words.txt

FOLDER is that of the sets, with `sentiment/` and `topic/`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from monitor.ingest.canonical import clean_text
from monitor.ingest.wording import stems

SETS = ("sentiment/twitter_train.jsonl", "topic/twitter_topic_train.jsonl", "sentiment/sentfin_train.jsonl")
LEAST = 6  # of so many texts; rarer words count as names do


def main() -> None:
    folder = Path(sys.argv[1])
    texts = {clean_text(json.loads(line)["text"]) for name in SETS for line in (folder / name).open(encoding="utf-8")}
    counts = Counter(stem for text in texts for stem in set(stems(text)) if not stem[0].isdigit())
    print(f"# How many of {len(texts)} headlines hold a word, by its stem; those of at least {LEAST}.")
    print("# Written by: python -m benchmarks.common_words FOLDER")
    print(f"{len(texts)} *")
    for stem, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= LEAST:
            print(count, stem)


if __name__ == "__main__":
    main()
