"""Labelled sets as records: JSON lines, CSV and TSV, Parquet, data sets of the Hugging Face hub.

A reader hands out every row with its number, as a mapping of the set's own columns or as the fault that makes it none.
What the columns mean is the business of `sets`.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import hashlib
import importlib
import importlib.util
import io
import json
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import zstandard

from monitor.errors import BearwatchError

HUB = "hub:"


def _zstd(path: Path) -> BinaryIO:
    return io.BufferedReader(cast(io.RawIOBase, zstandard.ZstdDecompressor().stream_reader(path.open("rb"))))


_COMPRESSIONS: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
    ".zst": _zstd,
}
_DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError)


class Record(NamedTuple):
    """A row of a set: its number (the line in a text file, else counted from 1), and its columns or its fault."""

    number: int
    fields: dict[str, Any] | str


class UnreadableError(BearwatchError):
    """A set that cannot be read on: the message says why, the caller which."""


def read_records(path: str, split: str, encoding: str) -> Iterator[Record]:
    """The rows of a set, in its order.

    Args:
        path: a file by its suffix (.jsonl, .ndjson, .json, .csv, .tsv, .parquet; the text ones also .gz, .xz, .bz2,
            .zst), a data set's folder, or `hub:NAME`.
        split: the part of a hub data set.
        encoding: of text files; bytes that it lacks are their own row's fault.

    Raises:
        UnreadableError: missing, of an unknown kind, damaged, without a header, or a library is not installed.
    """
    file = Path(path)
    if path.startswith(HUB) or file.is_dir():
        return _hub_rows(path, split)
    if not file.is_file():
        raise UnreadableError("no such file")
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    kind = suffixes[-1] if suffixes else ""
    if kind == ".parquet":
        return _parquet_rows(file)
    if kind in (".csv", ".tsv"):
        return _guarded(_csv_rows(file, encoding, "\t" if kind == ".tsv" else ","), encoding)
    if kind in (".jsonl", ".ndjson", ".json"):
        return _guarded(_json_rows(file, encoding), encoding)
    known = ".jsonl, .ndjson, .json, .csv, .tsv, .parquet"
    raise UnreadableError(f"unknown kind of data set; known are {known}, the text ones also {', '.join(_COMPRESSIONS)}")


def fingerprint(path: str, records: str) -> dict[str, Any]:
    """What was read: {"sha256", "size"} of the file; of a folder or a hub set, its records' hash and no size."""
    if path.startswith(HUB) or Path(path).is_dir():
        return {"sha256": records, "size": None}
    data = Path(path).read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def _guarded(rows: Iterator[Record], encoding: str) -> Iterator[Record]:
    """The same rows; what breaks in between says after which one."""
    number = 0
    try:
        for row in rows:
            number = row.number
            yield row
    except LookupError as error:
        raise UnreadableError(str(error)) from error  # unknown encoding: klingon
    except UnicodeError as error:
        raise UnreadableError(f"not {encoding} after row {number}: {error}") from error
    except _DAMAGED as error:
        what = "cannot be read" if isinstance(error, OSError) and error.errno else f"damaged after row {number}"
        raise UnreadableError(f"{what}: {getattr(error, 'strerror', None) or error}") from error


def _opened(path: Path, encoding: str) -> io.TextIOWrapper:
    """The text. Bytes that the encoding lacks travel as lone surrogates, so that only their own row is refused."""
    codecs.lookup(encoding)  # before a file is open
    decompress = _COMPRESSIONS.get(path.suffix.lower())
    opened = decompress(path) if decompress else path.open("rb")
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    return io.TextIOWrapper(cast(BinaryIO, opened), name, errors="surrogateescape", newline="")


def _undecodable(text: str) -> str:
    """The first byte that the encoding lacks, as a fault; "" where there is none."""
    if text.isascii():
        return ""
    for place, c in enumerate(text, 1):
        if "\udc80" <= c <= "\udcff":
            return f"byte 0x{ord(c) - 0xDC00:02x} (character {place}) cannot be decoded"
    return ""


def _json_rows(path: Path, encoding: str) -> Iterator[Record]:
    with _opened(path, encoding) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Record(number, _undecodable(line) or _json_object(line))


def _json_object(line: str) -> dict[str, Any] | str:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"not JSON: {error}"
    return record if isinstance(record, dict) else f"a row is an object, not {type(record).__name__}"


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    with _opened(path, encoding) as lines:
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] = []
        while True:
            number = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                yield Record(number, f"broken CSV: {error}")
                continue
            if not header:
                header = [name.strip() for name in row]
            elif row:
                yield Record(number, _csv_record(header, row))


def _csv_record(header: list[str], row: list[str]) -> dict[str, Any] | str:
    if len(row) != len(header):
        return f"{len(row)} fields, the header has {len(header)}"
    return next(filter(None, map(_undecodable, row)), "") or dict(zip(header, row, strict=True))


def _parquet_rows(path: Path) -> Iterator[Record]:
    if importlib.util.find_spec("pyarrow") is None:
        raise UnreadableError("Parquet needs the extra: pip install 'bearwatch[parquet]'")
    parquet = importlib.import_module("pyarrow.parquet")
    number = 0
    try:
        with parquet.ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(number, row)
    except (ValueError, OSError) as error:  # pyarrow's own errors derive from them
        raise UnreadableError(f"not Parquet after row {number}: {' '.join(str(error).split())[:200]}") from error


def _hub_rows(path: str, split: str) -> Iterator[Record]:
    """Rows of the hub's data set, or of a folder that `save_to_disk` wrote or `load_dataset` reads."""
    if importlib.util.find_spec("datasets") is None:
        raise UnreadableError("data sets of the hub need its library: pip install datasets")
    datasets = importlib.import_module("datasets")
    try:
        if path.startswith(HUB):
            table = datasets.load_dataset(path.removeprefix(HUB), split=split)
        elif any((Path(path) / name).is_file() for name in ("state.json", "dataset_dict.json")):
            table = datasets.load_from_disk(path)
            table = table[split] if isinstance(table, dict) else table
        else:
            table = datasets.load_dataset(path, split=split)
        named = {name: kind for name, kind in table.features.items() if hasattr(kind, "int2str")}
        for number, row in enumerate(table, 1):
            # Labels are stored as numbers; the set's own names for them are what a recipe's reader sees.
            texts = {name: kind.int2str(row[name]) for name, kind in named.items() if row[name] is not None}
            yield Record(number, {**row, **texts})
    except Exception as error:  # the library raises errors of a dozen packages; whichever it is, the set is unreadable
        raise UnreadableError(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
