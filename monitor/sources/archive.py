"""Archive files: one article a line, read as a stream, never whole in memory."""

from __future__ import annotations

import bz2
import csv
import gzip
import importlib.util
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard

from monitor.errors import InputError
from monitor.records import Article, Mode, Refusal, Scope
from monitor.sources.wire import (
    MAX_OBJECT_BYTES,
    Reason,
    WireContext,
    article_from_line,
    article_from_object,
    refusal,
)

_FORMATS = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")
_COMPRESSIONS = (".gz", ".xz", ".zst", ".bz2")
_ZSTD_WINDOW = 1 << 27  # what `zstd --long` writes by default; more would be memory for the asking
_DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError)


class ArchiveLine(NamedTuple):
    """A line's number, from 1 as in an editor, and what became of it."""

    number: int
    record: Article | Refusal


def read_archive(
    path: Path,
    source: str,
    *,
    mode: Mode,
    now: int,
    scope: Scope = Scope.GENERAL,
    start: int = 0,
) -> Iterator[ArchiveLine]:
    """The articles of one file, in its order, each with its line's number.

    JSONL (.jsonl, .ndjson, .json), CSV with a header, each also .gz, .xz, .zst or .bz2, and .parquet with the extra;
    the object is that of `wire`. With mode `history`, received_at is published_at where it is not given. Blank lines
    are skipped. A line that is no article comes back as a `Refusal` whose `where` is `file:line`.

    Args:
        source: the source's name in the keys; one archive is one source.
        now: ms UTC, for what has no time of its own and to judge future dates.
        start: lines (rows in Parquet) to skip: the number of the last one that is done.

    Raises:
        InputError: the file is missing, of an unknown kind, damaged, or lacks a `title` column.
    """
    context = WireContext(source, scope, mode, now)
    kind = _kind(path)
    rows = {".csv": _csv_rows, ".parquet": _parquet_rows}.get(kind, _json_lines)
    last = start
    try:
        for line in rows(path, context, start):
            last = line.number
            yield line
    except _DAMAGED as error:
        what = "cannot be read" if isinstance(error, OSError) and error.errno else f"is damaged after line {last}"
        raise InputError(f"{path}: {what}: {getattr(error, 'strerror', None) or error}") from error


def check_archive(path: Path) -> None:
    """Raises InputError, as `read_archive` does, where not even the first line can be had."""
    next(read_archive(path, "", mode=Mode.HISTORY, now=0), None)


def _kind(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    kind = suffixes[-1] if suffixes else ""
    if kind not in _FORMATS:
        raise InputError(
            f"{path}: unknown kind of archive; known are {', '.join(_FORMATS)}, also {', '.join(_COMPRESSIONS)}"
        )
    return kind


def _opened(path: Path) -> BinaryIO:
    """The decompressed bytes. Raises OSError."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    if suffix == ".xz":
        return cast(BinaryIO, lzma.open(path))
    if suffix == ".bz2":
        return cast(BinaryIO, bz2.open(path))
    if suffix == ".zst":
        raw = path.open("rb")
        decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        stream = decompressor.stream_reader(raw, read_across_frames=True, closefd=True)
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream), 1 << 17))
    return path.open("rb")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """(number, line, whole) with lines cut at the cap: the rest of a longer one is read past, not held."""
    number = 0
    while line := file.readline(MAX_OBJECT_BYTES + 2):
        number += 1
        whole = len(line) <= MAX_OBJECT_BYTES + 1
        while not line.endswith(b"\n") and not whole:
            rest = file.readline(MAX_OBJECT_BYTES)
            if not rest or rest.endswith(b"\n"):
                break
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield number, line.rstrip(b"\r\n"), whole


def _json_lines(path: Path, context: WireContext, start: int) -> Iterator[ArchiveLine]:
    with _opened(path) as file:
        for number, line, whole in _lines(file):
            if number <= start or not line.strip():
                continue
            where = f"{path}:{number}"
            if whole:
                yield ArchiveLine(number, article_from_line(line, context, where))
            else:
                yield ArchiveLine(number, _too_long(line, context, where))


def _csv_rows(path: Path, context: WireContext, start: int) -> Iterator[ArchiveLine]:
    with _opened(path) as file:
        long_lines: list[bytes] = []
        rows = csv.reader(_csv_text(file, long_lines), strict=True)
        header: list[str] | None = None
        while True:
            where = f"{path}:{rows.line_num + 1}"
            try:
                row = next(rows)
            except StopIteration:
                break
            except csv.Error as error:
                if header is None:
                    raise InputError(f"{where}: no CSV header: {error}") from error
                if rows.line_num > start:
                    broken = refusal(Reason.BAD_TYPE, f"broken CSV: {error}", context, where, "")
                    yield ArchiveLine(rows.line_num, broken)
                continue
            if header is None:
                header = [name.strip().lower() for name in row]
                if "title" not in header:
                    raise InputError(f"{path}: the first line must name the columns, `title` among them")
                continue
            if rows.line_num > start and long_lines:
                yield ArchiveLine(rows.line_num, _too_long(long_lines[-1], context, where))
            elif rows.line_num > start and row:
                yield ArchiveLine(rows.line_num, _csv_article(header, row, context, where))
            long_lines.clear()


def _csv_text(file: BinaryIO, long_lines: list[bytes]) -> Iterator[str]:
    for _, line, whole in _lines(file):
        if not whole:
            long_lines.append(line)
            yield "\n"
            continue
        # Bytes that are no UTF-8 travel as lone surrogates, so that only their own row is refused.
        yield line.decode("utf-8", "surrogateescape") + "\n"


def _csv_article(header: list[str], row: list[str], context: WireContext, where: str) -> Article | Refusal:
    if len(row) != len(header):
        return refusal(Reason.BAD_TYPE, f"{len(row)} fields, the header has {len(header)}", context, where, row)
    if any("\udc80" <= c <= "\udcff" for field in row for c in field):
        return refusal(Reason.BAD_UTF8, "not UTF-8", context, where, ",".join(row))
    return article_from_object(dict(zip(header, row, strict=True)), context, where)


def _parquet_rows(path: Path, context: WireContext, start: int) -> Iterator[ArchiveLine]:
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError(f"{path}: Parquet needs the extra: pip install 'bearwatch[parquet]'")
    parquet = importlib.import_module("pyarrow.parquet")
    with _opened(path) as file:
        try:
            table = parquet.ParquetFile(file)
            if "title" not in table.schema_arrow.names:
                raise InputError(f"{path}: no column `title`")
            number = 0
            for batch in table.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    if number > start:
                        shaped = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}
                        yield ArchiveLine(number, article_from_object(shaped, context, f"{path}:{number}"))
        except ValueError as error:  # pyarrow's own errors derive from it
            raise InputError(f"{path}: not Parquet: {' '.join(str(error).split())[:200]}") from error


def _too_long(line: bytes, context: WireContext, where: str) -> Refusal:
    return refusal(Reason.TOO_LONG, f"a line of more than {MAX_OBJECT_BYTES} bytes", context, where, line[:8_000])
