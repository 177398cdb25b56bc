"""Writes the dashboards: `python make.py` into dashboards/ beside itself, `python make.py FOLDER` elsewhere.

The JSON is what Grafana reads, boards/ what people read and change. A test checks that one is made from the other.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from boards import delivery, overview, pipeline, series


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "dashboards"
    folder.mkdir(exist_ok=True)
    for board in (overview, series, pipeline, delivery):
        text = json.dumps(board.make(), indent=2, ensure_ascii=False) + "\n"
        (folder / f"{board.__name__.rpartition('.')[2]}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
