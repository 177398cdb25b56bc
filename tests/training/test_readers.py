"""Sets in every form become the same rows; what is wrong with a set is told by file, row and fault."""

from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from training.data import MISSING, Row
from training.readers import read_records
from training.recipe import DataSet
from training.sets import moment, read_set

pytestmark = [pytest.mark.training, pytest.mark.slow]

TOPICS = ("Macro", "Earnings")
NEGATIVE, NEUTRAL, POSITIVE = range(3)

# A publisher's own columns and labels; one row of each kind.
GIVEN: list[dict[str, Any]] = [
    {"headline": "Acme &amp; Bolt fall", "label": "Bearish", "desk": "Macro", "day": "2023-03-10", "pair": 1},
    {"headline": 'Café, "open"', "label": "Bullish", "desk": None, "day": "2023-03-11T00:30:00+01:00", "pair": None},
    {"headline": "Dull day", "label": None, "desk": "Earnings", "day": "2023-03-12", "pair": 2},
]
COLUMNS = {"text": "headline", "sentiment": "label", "topic": "desk", "at": "day", "group": "pair"}
LABELS = {"Bearish": "negative", "Bullish": "positive", "0": "negative"}
MIDNIGHT = 1_678_406_400_000  # 10 March 2023
DAY = 86_400_000
ZONED = [{**row, "day": row["day"] if "T" in row["day"] else f"{row['day']}T00:00:00Z"} for row in GIVEN]
EXPECTED = [
    Row("Acme & Bolt fall", NEGATIVE, 0, "s", "s:1", at=MIDNIGHT),
    Row('Café, "open"', POSITIVE, MISSING, "s", at=MIDNIGHT + DAY - 1_800_000),
    Row("Dull day", MISSING, 1, "s", "s:2", at=MIDNIGHT + 2 * DAY),
]


def entry(path: Path | str, **more: Any) -> DataSet:
    return DataSet("s", str(path), "MIT", "S", **more)


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def read(tmp_path: Path, name: str, data: bytes, **more: Any) -> tuple[list[Row], list[str]]:
    path = tmp_path / name
    path.write_bytes(data)
    done = read_set(entry(path, **more), TOPICS)
    return done.rows, [str(fault).removeprefix(f"{tmp_path}/") for fault in done.faults]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", lines(GIVEN)),
        ("a.ndjson", b"\xef\xbb\xbf" + lines(GIVEN).replace(b"\n", b"\r\n\r\n")),
        ("a.csv", table(GIVEN)),
        ("a.tsv", table(GIVEN, "\t")),
        ("a.csv.gz", gzip.compress(table(GIVEN))),
        ("a.jsonl.xz", lzma.compress(lines(GIVEN))),
        ("a.jsonl.bz2", bz2.compress(lines(GIVEN))),
        ("a.jsonl.zst", zstandard.compress(lines(GIVEN))),
        ("a.parquet", parquet(GIVEN)),
        ("ms.parquet", parquet([{**row, "day": same.at} for row, same in zip(GIVEN, EXPECTED, strict=True)])),
        (
            "clock.parquet",
            parquet(
                [{**row, "day": datetime.datetime.fromisoformat(row["day"]).astimezone(datetime.UTC)} for row in ZONED]
            ),
        ),
    ],
)
def test_every_form_of_a_set_gives_the_same_rows(tmp_path: Path, name: str, data: bytes) -> None:
    assert read(tmp_path, name, data, columns=COLUMNS, labels=LABELS) == (EXPECTED, [])


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    data = "text,sentiment\nSociété dément,neutral\n".encode()
    for encoding in ("latin-1", "utf-16"):
        rows, faults = read(tmp_path, "a.csv", data.decode().encode(encoding), encoding=encoding)
        assert ([row.text for row in rows], faults) == (["Société dément"], [])
    _, faults = read(tmp_path, "a.csv", data, encoding="klingon")
    assert faults == ["a.csv: unknown encoding: klingon"]
    _, faults = read(tmp_path, "a.csv", data, encoding="utf-16")
    assert faults[0].startswith("a.csv: not utf-16 after row 0:")


def test_labels_of_tables_with_gaps_are_numbers_all_the_same(tmp_path: Path) -> None:
    data = parquet([{"text": "a b", "sentiment": 0.0}, {"text": "c d", "sentiment": None}])
    rows, faults = read(tmp_path, "a.parquet", data, labels=LABELS)  # a column of integers with a gap is one of floats
    assert ([(row.text, row.sentiment) for row in rows], faults) == ([("a b", NEGATIVE)], [])


def test_entities_may_be_an_object_or_its_text_or_a_struct(tmp_path: Path) -> None:
    entities = {"Acme": "negative", "Bolt": "neutral"}
    one = {"text": "Acme sues Bolt", "entities": entities}
    two = {"text": "Mid caps rally", "entities": {"Mid caps": "positive"}}
    as_text = [{**row, "entities": json.dumps(row["entities"])} for row in (one, two)]
    as_map = pa.table(
        {
            "text": [one["text"], two["text"]],
            "entities": pa.array(
                [list(entities.items()), [("Mid caps", "positive")]], pa.map_(pa.string(), pa.string())
            ),
        }
    )
    sink = io.BytesIO()
    pyarrow.parquet.write_table(as_map, sink)
    forms = [
        ("a.jsonl", lines([one, two])),
        ("a.csv", table(as_text)),
        ("a.parquet", parquet([one, two])),  # a struct has every name in every row
        ("map.parquet", sink.getvalue()),
    ]
    for name, data in forms:
        rows, faults = read(tmp_path, name, data)
        assert [(row.text, row.sentiment, row.target) for row in rows] == [
            ("[TARGET] sues Bolt", NEGATIVE, "Acme"),
            ("Acme sues [TARGET]", NEUTRAL, "Bolt"),
            ("Mid caps rally", POSITIVE, ""),
        ]
        assert faults == []


def test_texts_are_cleaned_exactly_as_the_daemon_cleans(tmp_path: Path) -> None:
    raw = "Profit &amp;amp; loss: <b>[Target] ACME</b>  falls https://t.co/x1"
    rows, _ = read(tmp_path, "a.jsonl", lines([{"text": raw, "sentiment": "negative"}]))
    assert [row.text for row in rows] == ["Profit & loss: ACME falls"]


def test_a_bare_link_and_a_row_without_label_are_no_fault_and_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        lines(
            [
                {"text": "https://t.co/x", "sentiment": "neutral"},
                {"text": "a", "sentiment": ""},
                {"text": "a", "topic": math.nan},
            ]
        )
    )
    done = read_set(entry(path), TOPICS)
    assert (done.rows, done.faults, done.read, done.unused) == ([], [], 3, 3)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"{", "not JSON: Expecting property name"),
        (b'["a"]', "a row is an object, not list"),
        (b'{"sentiment": "negative"}', "no column 'text'"),
        (b'{"text": " ", "sentiment": "negative"}', "empty text"),
        (b'{"text": 5, "sentiment": "negative"}', "the text is no text but int"),
        (b'{"text": "a", "sentiment": "bad"}', "unknown sentiment 'bad'; known are negative, neutral, positive"),
        (b'{"text": "a", "sentiment": "up"}', "unknown sentiment 'up' ('higher' by the recipe)"),
        (b'{"text": "a", "topic": "Sport"}', "unknown topic 'Sport'"),
        (b'{"text": "a", "entities": {"A": "bad"}}', "unknown sentiment 'bad'"),
        (b'{"text": "a", "entities": "{"}', "entities are not JSON"),
        (b'{"text": "a", "entities": 5}', "entities are an object of names and sentiments"),
        (b'{"text": "a", "sentiment": "neutral", "at": "soon"}', "bad date 'soon'"),
        (b'{"text": "a", "sentiment": "neutral", "at": "2023-02-30"}', "bad date '2023-02-30'"),
        (b'{"text": "caf\xe9", "sentiment": "neutral"}', "byte 0xe9 (character 14) cannot be decoded"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_wrong_line_is_named_by_file_row_and_fault(tmp_path: Path, line: bytes, what: str) -> None:
    good = b'{"text": "good", "sentiment": "neutral"}\n'
    rows, faults = read(tmp_path, "a.jsonl", good + line + b"\n" + good, labels={"up": "higher"})
    assert [row.text for row in rows] == ["good", "good"]
    assert len(faults) == 1
    assert faults[0].startswith(f"a.jsonl:2: {what}")


def test_a_wrong_table_row_is_named_by_the_line_where_it_begins(tmp_path: Path) -> None:
    data = b'text,sentiment\n"two\nlines",neutral\nshort\n\xff,neutral\nlast,bad\n'
    rows, faults = read(tmp_path, "a.csv", data)
    assert [row.text for row in rows] == ["two lines"]
    assert faults == [
        "a.csv:4: 1 fields, the header has 2",
        "a.csv:5: byte 0xff (character 1) cannot be decoded",
        "a.csv:6: unknown sentiment 'bad'; known are negative, neutral, positive",
    ]
    _, faults = read(tmp_path, "b.csv", b'text,sentiment\n"a"b,neutral\nc,neutral\n')
    assert [fault.partition(" ")[0] for fault in faults] == ["b.csv:2:"]


def test_a_column_that_no_row_has_is_one_fault(tmp_path: Path) -> None:
    many = [{"title": "a", "sentiment": "neutral"}] * 30
    assert read(tmp_path, "a.csv", table(many))[1] == ["a.csv: no column 'text'"]
    assert read(tmp_path, "a.jsonl", lines(many))[1] == ["a.jsonl: no column 'text'"]
    mapped = {"text": "title", "topic": "desk"}
    assert read(tmp_path, "a.parquet", parquet(many), columns=mapped)[1] == ["a.parquet: no column 'desk'"]
    bare = [{"text": "a", "mood": "neutral"}]
    assert read(tmp_path, "b.jsonl", lines(bare))[1] == ["b.jsonl: no column 'sentiment' or 'topic' or 'entities'"]


@pytest.mark.parametrize(
    "given_date", ["2023-03-10", "2023-03-10T01:00:00+01:00", 1_678_406_400, "1678406400000", "2023-03-10 00:00:00"]
)
def test_a_date_is_utc_wherever_the_machine_stands(given_date: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert moment(given_date) == MIDNIGHT
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_set_whose_dates_are_named_must_have_them_all(tmp_path: Path) -> None:
    rows = [{"text": "a", "sentiment": "neutral", "day": ""}]
    assert read(tmp_path, "a.csv", table(rows), columns={"at": "day"})[1] == ["a.csv:2: no date"]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.xlsx", b"", "unknown kind of data set; known are .jsonl, .ndjson, .json, .csv, .tsv, .parquet"),
        ("a.gz", b"", "unknown kind of data set"),
        ("a.jsonl.gz", gzip.compress(lines(GIVEN))[:-20], "damaged after row"),
        ("a.jsonl.xz", b"no", "damaged after row 0"),
        ("a.parquet", b"no", "not Parquet after row 0"),
        ("a.jsonl", b"\n", "no row is in it"),
        ("a.csv", b"text,sentiment\n", "no row is in it"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    _, faults = read(tmp_path, name, data, columns=COLUMNS, labels=LABELS)
    assert [fault.startswith(f"{name}: {what}") for fault in faults] == [True]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert [str(f) for f in read_set(entry(tmp_path / "no.csv"), TOPICS).faults] == [f"{tmp_path}/no.csv: no such file"]


@pytest.mark.parametrize(
    ("library", "path", "words"),
    [
        ("pyarrow", "a.parquet", "Parquet needs the extra: pip install 'bearwatch[parquet]'"),
        ("datasets", "hub:someone/news", "data sets of the hub need its library: pip install datasets"),
    ],
)
def test_a_missing_library_is_named_in_one_line(tmp_path: Path, library: str, path: str, words: str) -> None:
    (tmp_path / "a.parquet").write_bytes(b"")
    code = (
        "import sys, importlib.util\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *a: None if name == {library!r} else find(name, *a)\n"
        "from training.recipe import DataSet\n"
        "from training.sets import read_set\n"
        f"print(*read_set(DataSet('s', {path!r}, '', ''), ()).faults, sep='\\n')\n"
    )
    root = {"PYTHONPATH": str(Path.cwd())}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{path}: {words}\n"


def test_a_folder_of_the_hub_is_read_with_its_own_names_for_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    made = datasets.Dataset.from_list(
        [{"headline": "Acme falls", "label": 0}, {"headline": "Bolt rises", "label": 1}],
        features=datasets.Features(
            {"headline": datasets.Value("string"), "label": datasets.ClassLabel(names=["Bearish", "Bullish"])}
        ),
    )
    made.save_to_disk(tmp_path / "plain")
    datasets.DatasetDict({"train": made}).save_to_disk(tmp_path / "parts")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "train.jsonl").write_bytes(lines([{"headline": "Acme falls", "label": "Bearish"}]))
    columns = {"text": "headline", "sentiment": "label"}
    for name in ("plain", "parts", "files"):
        done = read_set(entry(tmp_path / name, columns=columns, labels=LABELS), TOPICS)
        assert [str(fault) for fault in done.faults] == []
        assert done.rows[0] == Row("Acme falls", NEGATIVE, MISSING, "s")
        assert len(done.mark["sha256"]) == 64
        assert done.mark["size"] is None
    wrong = read_set(entry(tmp_path / "parts", split="test", columns=columns), TOPICS)
    assert len(wrong.faults) == 1


@given(st.lists(st.dictionaries(st.sampled_from(["text", "sentiment", "x"]), st.text(max_size=12)), max_size=8))
def test_what_is_written_as_json_lines_is_read_back(tmp_path_factory: Any, rows: list[dict[str, str]]) -> None:
    path = tmp_path_factory.getbasetemp() / "back.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = list(read_records(str(path), "train", "utf-8"))
    assert [record.fields for record in found] == rows
    assert [record.number for record in found] == list(range(1, len(rows) + 1))


@given(st.binary(max_size=200), st.sampled_from(["a.jsonl", "a.csv", "a.tsv"]))
def test_any_bytes_at_all_give_rows_or_faults_and_never_a_crash(tmp_path_factory: Any, data: bytes, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    done = read_set(entry(path), TOPICS)
    assert done.read == len(done.rows) + done.unused + sum(not fault.whole for fault in done.faults) or done.faults
