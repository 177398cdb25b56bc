"""Scores kept on disk between replays, so that an archive is scored once, whatever thresholds are tried on it.

Only replay and backfill use it: a daemon's own cache in memory holds the days that news repeats itself in, and a write
to disk for each headline buys it nothing. One SQLite file a model, under the model's content hash: another model, or
the same one exported again, never sees these scores.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from monitor.records import Score

log = structlog.get_logger(__name__)

BUSY_S = 10.0  # another replay writes for milliseconds
_CHUNK = 500  # parameters of one statement, well under SQLite's limit
_SCHEMA = "CREATE TABLE IF NOT EXISTS scores (text BLOB PRIMARY KEY, score TEXT NOT NULL) STRICT, WITHOUT ROWID"


def default_folder() -> Path:
    """`bearwatch` under XDG_CACHE_HOME, or `~/.cache` (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if given.startswith("/") else Path.home() / ".cache") / "bearwatch"


class DiskScores:
    """One model's scores by text. Whatever is wrong with the file is told once, and the work goes on without it.

    Several processes may share a file. Not thread-safe: one thread at a time.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self._path = folder / f"scores-{model}.db"
        self._model = model
        self._db: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path, timeout=BUSY_S, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")  # what a power cut takes back is scored again
            self._db.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def get(self, texts: Sequence[str]) -> dict[str, Score]:
        """The scores of those texts that have one."""
        if self._db is None:
            return {}
        keys = {_key(text): text for text in texts}
        found: dict[str, Score] = {}
        try:
            for start in range(0, len(keys), _CHUNK):
                chunk = list(keys)[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                for key, value in self._db.execute(f"SELECT text, score FROM scores WHERE text IN ({marks})", chunk):
                    negative, neutral, positive, topics = json.loads(value)
                    named = tuple((str(name), int(p)) for name, p in topics)
                    found[keys[key]] = Score(negative, neutral, positive, named, self._model)
        except (sqlite3.Error, ValueError, TypeError) as error:
            self._give_up(error)
            return {}
        return found

    def put(self, scores: Mapping[str, Score]) -> None:
        """Keeps these; what is there already stays."""
        if self._db is None or not scores:
            return
        rows = [
            (_key(text), json.dumps([s.negative, s.neutral, s.positive, s.topics], separators=(",", ":")))
            for text, s in scores.items()
        ]
        try:
            with self._db:
                self._db.executemany("INSERT OR IGNORE INTO scores VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Idempotent."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _give_up(self, error: Exception) -> None:
        log.warning("score_cache_unusable", path=str(self._path), error=str(error), advice="remove it, or --no-cache")
        self.close()


def _key(text: str) -> bytes:
    """128 bits: two texts of a library of all news would not meet in them."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
