"""Archives: every format, every fault, and where reading goes on."""

from __future__ import annotations

import bz2
import gc
import gzip
import importlib
import importlib.util
import json
import lzma
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from monitor.errors import InputError
from monitor.records import Article, Mode, Refusal
from monitor.sources.archive import ArchiveLine, read_archive
from monitor.sources.wire import MAX_OBJECT_BYTES
from tests.fakes_source import NOW

LINES = b"".join(
    json.dumps({"title": f"Title {i}", "published_at": f"2023-01-01T00:{i:02}:00Z"}).encode() + b"\n" for i in range(5)
)
CSV = "Title,published_at,tickers\r\n" + "".join(f"Title {i},2023-01-01T00:{i:02}:00Z,AAPL;MSFT\r\n" for i in range(5))


def read(path: Path, start: int = 0) -> list[ArchiveLine]:
    return list(read_archive(path, "archive", mode=Mode.HISTORY, now=NOW, start=start))


def written(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def titles(lines: list[ArchiveLine]) -> list[str]:
    return [line.record.title for line in lines if isinstance(line.record, Article)]


def reasons(lines: list[ArchiveLine]) -> list[tuple[int, str]]:
    return [(line.number, line.record.reason) for line in lines if isinstance(line.record, Refusal)]


ALL = [f"Title {i}" for i in range(5)]
FILES = [
    ("a.jsonl", LINES),
    ("a.ndjson", LINES),
    ("a.json", LINES),
    ("A.JSONL", LINES),
    ("a.jsonl.gz", gzip.compress(LINES[:100]) + gzip.compress(LINES[100:])),
    ("a.jsonl.xz", lzma.compress(LINES)),
    ("a.jsonl.bz2", bz2.compress(LINES)),
    ("a.jsonl.zst", zstandard.compress(LINES[:100]) + zstandard.compress(LINES[100:])),
    ("a.csv", CSV.encode()),
    ("a.csv.gz", gzip.compress(CSV.encode())),
    ("2023.01.jsonl", LINES),
    ("bom.jsonl", b"\xef\xbb\xbf" + LINES),
    ("crlf.jsonl", LINES.replace(b"\n", b"\r\n")),
    ("blank.jsonl", b"\n" + LINES.replace(b"\n", b"\n \n")),
    ("end.jsonl", LINES.rstrip(b"\n")),
    ("bom.csv", b"\xef\xbb\xbf" + CSV.encode()),
]


@pytest.mark.parametrize(("name", "data"), FILES, ids=[name for name, _ in FILES])
def test_every_format_gives_the_same_articles(tmp_path: Path, name: str, data: bytes) -> None:
    lines = read(written(tmp_path, name, data))
    assert titles(lines) == ALL
    first = lines[0].record
    assert isinstance(first, Article)
    assert first.published_at == first.received_at == first.event_time == 1_672_531_200_000
    assert first.tickers == (("AAPL", "MSFT") if ".csv" in name else ())


@pytest.mark.parametrize(("name", "data"), FILES, ids=[name for name, _ in FILES])
def test_reading_goes_on_after_any_line(tmp_path: Path, name: str, data: bytes) -> None:
    path = written(tmp_path, name, data)
    lines = read(path)
    for i, line in enumerate(lines):
        assert read(path, start=line.number) == lines[i + 1 :]


def test_a_refused_line_is_named_and_the_next_is_read(tmp_path: Path) -> None:
    data = (
        LINES
        + b'{broken\n\n{"title": "\xff"}\n[]\n'
        + b'{"title": "x"}\n'
        + b'{"title": "late", "published_at": 0}\n'
        + LINES
    )
    path = written(tmp_path, "a.jsonl", data)
    lines = read(path)
    assert titles(lines) == ALL * 2
    assert reasons(lines) == [(6, "not_json"), (8, "bad_utf8"), (9, "not_object"), (10, "no_date"), (11, "bad_date")]
    assert next(r.record.where for r in lines if isinstance(r.record, Refusal)) == f"{path}:6"


def test_a_line_past_the_cap_is_refused_without_being_held(tmp_path: Path) -> None:
    long = b'{"title": "' + b"x" * (64 << 20) + b'"}\n'
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(LINES + long + LINES, 1))
    tracemalloc.start()
    lines = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert titles(lines) == ALL * 2
    assert reasons(lines) == [(6, "too_long")]
    assert peak < 16 * MAX_OBJECT_BYTES


@pytest.mark.parametrize("extra", [-1, 0, 1, 2])
def test_the_cap_is_exact(tmp_path: Path, extra: int) -> None:
    head, tail = b'{"published_at": "2023-01-01", "title": "', b'"}'
    line = head + b"x" * (MAX_OBJECT_BYTES + extra - len(head) - len(tail)) + tail
    lines = read(written(tmp_path, "a.jsonl", line + b"\n" + LINES))
    assert len(titles(lines)) == 5 + (extra <= 0)
    assert reasons(lines) == ([(1, "too_long")] if extra > 0 else [])


def test_csv_rows_are_judged_one_by_one(tmp_path: Path) -> None:
    rows = [
        b"title,published_at",
        b'"Quoted, with a comma",2023-01-01',
        b'"Two',
        b'lines",2023-01-01',
        b"too,many,fields",
        b"\xff\xfe,2023-01-01",
        b",2023-01-01",
        b'"bad"quote,2023-01-01',
        b"x" * (MAX_OBJECT_BYTES + 10) + b",2023-01-01",
        b"Last,2023-01-01",
    ]
    lines = read(written(tmp_path, "a.csv", b"\n".join(rows)))
    assert titles(lines) == ["Quoted, with a comma", "Two\nlines", "Last"]
    expected = [(5, "bad_type"), (6, "bad_utf8"), (7, "no_title"), (8, "bad_type"), (9, "too_long")]
    assert reasons(lines) == expected


def test_an_unclosed_quote_costs_rows_and_not_the_file(tmp_path: Path) -> None:
    rows = b'title,published_at\nFirst,2023-01-01\n"never closed,2023-01-01\n' + b"Next,2023-01-01\n" * 20_000
    lines = read(written(tmp_path, "a.csv", rows))
    assert titles(lines)[0] == "First"
    assert reasons(lines)
    assert titles(lines).count("Next") > 5_000


def test_an_archive_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    cases = {
        "missing.jsonl": (None, "cannot be read: No such file"),
        "a.docx": (b"x", "unknown kind of archive"),
        "noext": (b"x", "unknown kind of archive"),
        "cut.jsonl.gz": (gzip.compress(LINES * 1_000)[:-2_00], "is damaged after line"),
        "not.jsonl.gz": (b"plain", "is damaged after line 0"),
        "cut.jsonl.xz": (lzma.compress(LINES * 1_000)[:-100], "is damaged after line"),
        "not.jsonl.xz": (LINES, "is damaged after line 0"),
        "not.jsonl.zst": (LINES, "is damaged after line 0"),
        "not.jsonl.bz2": (LINES, "is damaged after line 0"),
        "headless.csv": (b"name,date\nx,y\n", "`title`"),
    }
    for name, (data, message) in cases.items():
        path = tmp_path / name
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: ")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        (tmp_path / "folder.jsonl").mkdir()
        read(tmp_path / "folder.jsonl")


def test_parquet_without_its_extra_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # as where the extra is not installed
    with pytest.raises(InputError, match=r"bearwatch\[parquet\]"):
        read(written(tmp_path, "a.parquet", b"PAR1"))


def test_parquet_gives_the_same_articles(tmp_path: Path) -> None:
    pyarrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    start = datetime(2023, 1, 1, tzinfo=UTC)
    columns = {
        "title": [*ALL, None],
        "published_at": [*(start + timedelta(minutes=i) for i in range(5)), start],
        "tickers": [["AAPL", "MSFT"]] * 6,
    }
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table(columns), path)
    lines = read(path)
    assert titles(lines) == ALL
    assert reasons(lines) == [(6, "no_title")]
    first = lines[0].record
    assert isinstance(first, Article)
    assert (first.event_time, first.tickers) == (1_672_531_200_000, ("AAPL", "MSFT"))
    assert read(path, start=2) == lines[2:]
    for name, data in (("b.parquet", b"PAR1 and no more"), ("c.parquet", path.read_bytes()[:-200])):
        with pytest.raises(InputError, match="not Parquet"):
            read(written(tmp_path, name, data))
    parquet.write_table(pyarrow.table({"name": ["x"]}), path)
    with pytest.raises(InputError, match="title"):
        read(path)


def test_an_empty_archive_has_no_articles(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a.jsonl", b"")) == []
    assert read(written(tmp_path, "a.csv", b"")) == []
    assert read(written(tmp_path, "a.jsonl.gz", gzip.compress(b""))) == []


def test_the_file_is_closed_when_reading_is_given_up(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl.zst", zstandard.compress(LINES * 100))
    lines = read_archive(path, "archive", mode=Mode.HISTORY, now=NOW)
    next(lines)
    lines.close()  # type: ignore[attr-defined]
    del lines
    gc.collect()  # a leaked handle would be a ResourceWarning, which fails the run
