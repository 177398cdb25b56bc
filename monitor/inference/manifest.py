"""A model folder's manifest, and its files as verified bytes.

A folder is trusted no further than its manifest: every file is read once, its hash computed over the very bytes
that session and tokenizer are then built from, so nothing can be swapped between check and use.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from monitor.errors import ModelError

FORMAT = 1
MODEL, TOKENIZER, GOLDEN, CARD = "model.onnx", "tokenizer.json", "golden.json", "card.md"
NEEDED = (MODEL, TOKENIZER, GOLDEN)
SENTIMENTS = ("negative", "neutral", "positive")
PRECISIONS = ("int8", "fp16", "fp32")
MODELS = Path(__file__).resolve().parent.parent / "models"

MANIFEST_BYTES = 4 << 20  # ours have 70 KB, most of it measured scores
LONGEST_TOKEN = 32  # "[TARGET]" has 8; it is searched for in every headline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileFact:
    """What a file must be: sha256 as 64 hex digits, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """One output of the model: its labels and its calibration, softmax(logits / temperature + bias)."""

    labels: tuple[str, ...]
    temperature: float
    bias: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parsed manifest.

    Attributes:
        sentiment: labels negative, neutral, positive, in this order.
        topic: no labels where the model has no topic head.
        tau: a story is negative from this P(negative) on.
        max_characters: texts are cut here before they are tokenised; max_tokens: and here after it.
        target_token: what replaces an entity's name where the model is asked about that entity
            (`ingest.canonical.mark_target`), or None where it scores whole headlines only.
        hash: 16 hex digits over all that decides a score: weights, tokenizer, labels, calibration, limits.
        digest: sha256 of the manifest's own bytes, and so of all that it names.
        raw: the manifest as it was read, for `model info`.
    """

    folder: Path
    name: str
    precision: str
    sentiment: Head
    topic: Head
    tau: float
    max_characters: int
    max_tokens: int
    languages: tuple[str, ...]
    target_token: str | None
    files: dict[str, FileFact]
    hash: str
    digest: str
    raw: dict[str, Any]

    def read(self, name: str) -> bytes:
        """The bytes of one file, read once and verified.

        Raises:
            ModelError: the file is missing, unreadable, or not the one that the manifest names.
        """
        path, fact = self.folder / name, self.files[name]
        try:
            # A size that lies is told before gigabytes are read.
            size = _size(path, f"model {self.folder}: {name}")
            data = path.read_bytes() if size == fact.size else b""
        except OSError as error:
            raise ModelError(f"model {self.folder}: {name}: {error.strerror}") from error
        if size != fact.size:
            raise ModelError(f"model {self.folder}: {name} has {size} bytes, the manifest says {fact.size}")
        if hashlib.sha256(data).hexdigest() != fact.sha256:
            raise ModelError(f"model {self.folder}: {name} is not the file of the manifest (sha256 differs)")
        return data


def _size(path: Path, where: str) -> int:
    """Of a regular file: a pipe would be waited for, for ever. Raises OSError, ModelError."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ModelError(f"{where} is no regular file")
    return found.st_size


def find_model(name_or_dir: str | Path) -> Path:
    """The folder of a model: a directory, or the name of one that is shipped.

    Raises:
        ModelError: neither; the message names what is shipped.
    """
    given = Path(name_or_dir)
    with contextlib.suppress(OSError):  # a name longer than the file system's
        if given.is_dir():
            return given
        if given.name == str(name_or_dir) and (MODELS / given / "manifest.json").is_file():
            return MODELS / given
    shipped = sorted(p.parent.name for p in MODELS.glob("*/manifest.json"))
    raise ModelError(
        f"model {name_or_dir}: no such folder, and no shipped model (shipped: {', '.join(shipped) or 'none'})"
    )


def _take(raw: dict[str, Any], key: str, kind: type[T], where: str) -> T:
    value = raw.get(key)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ModelError(f"{where}: {key} is missing or no {kind.__name__}")
    return value


def _names(raw: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    names = _take(raw, key, list, where)
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise ModelError(f"{where}: {key} is no list of distinct names")
    return tuple(names)


def _head(raw: dict[str, Any], key: str, where: str) -> Head:
    labels = _names(_take(raw, "labels", dict, where), key, f"{where}: labels")
    given = _take(_take(raw, "calibration", dict, where), key, dict, f"{where}: calibration")
    temperature = _take(given, "temperature", float, f"{where}: calibration of {key}")
    bias = _take(given, "bias", list, f"{where}: calibration of {key}")
    numbers = [temperature, *bias]
    if not all(isinstance(b, int | float) and math.isfinite(b) for b in numbers) or temperature <= 0:
        raise ModelError(f"{where}: calibration of {key}: temperature or bias is no usable number")
    if len(bias) != len(labels):
        raise ModelError(f"{where}: calibration of {key}: {len(bias)} biases for {len(labels)} labels")
    return Head(labels, temperature, tuple(float(b) for b in bias))


def _files(raw: dict[str, Any], where: str) -> Iterator[tuple[str, FileFact]]:
    for name, fact in _take(raw, "files", dict, where).items():
        # A plain name only: nothing outside the folder, ever.
        if Path(name).name != name or name in {".", ".."} or not isinstance(fact, dict):
            raise ModelError(f"{where}: files: {name!r} is no plain file name with its facts")
        yield name, FileFact(_take(fact, "sha256", str, where).lower(), _take(fact, "size", int, where))


def _target_token(token: str, where: str) -> str:
    # ASCII, since news are compared with it after NFKC and without accents; no blank, since those are collapsed.
    if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ModelError(
            f"{where}: target_token must be 1 to {LONGEST_TOKEN} printable ASCII characters without blanks"
        )
    return token


def model_hash(files: dict[str, FileFact], heads: tuple[Head, Head], limits: tuple[int, int, str | None]) -> str:
    """16 hex digits over what decides a score; the card's wording or tau change none."""
    facts = [files[MODEL].sha256, files[TOKENIZER].sha256, [[h.labels, h.temperature, h.bias] for h in heads], limits]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def read_manifest(folder: Path) -> Manifest:
    """Parses `folder/manifest.json`; the files themselves are read later, by `Manifest.read`.

    Raises:
        ModelError: one line that names folder and fault.
    """
    where = f"model {folder}: manifest.json"
    try:
        path = folder / "manifest.json"
        if (size := _size(path, where)) > MANIFEST_BYTES:
            raise ModelError(f"{where} has {size} bytes, more than {MANIFEST_BYTES}")
        data = path.read_bytes()
        raw = json.loads(data.decode("utf-8"))
    except OSError as error:
        raise ModelError(f"{where}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where} is no JSON: {error}") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        found = raw.get("format") if isinstance(raw, dict) else None
        raise ModelError(f"{where}: format {found!r} is not known here (this version reads format {FORMAT})")
    files = dict(_files(raw, where))
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise ModelError(f"{where}: files lacks {', '.join(missing)}")
    sentiment, topic = _head(raw, "sentiment", where), _head(raw, "topic", where)
    if sentiment.labels != SENTIMENTS:
        raise ModelError(f"{where}: sentiment labels must be {', '.join(SENTIMENTS)}, in this order")
    precision = _take(raw, "precision", str, where)
    if precision not in PRECISIONS:
        raise ModelError(f"{where}: precision {precision!r} is none of {', '.join(PRECISIONS)}")
    tau = _take(raw, "tau", float, where)
    max_characters, max_tokens = _take(raw, "max_characters", int, where), _take(raw, "max_tokens", int, where)
    if not 0 < tau <= 1 or max_characters < 1 or max_tokens < 3:
        raise ModelError(f"{where}: tau, max_characters or max_tokens is out of range")
    target = None if raw.get("target_token") is None else _target_token(_take(raw, "target_token", str, where), where)
    return Manifest(
        folder=folder,
        name=_take(raw, "name", str, where),
        precision=precision,
        sentiment=sentiment,
        topic=topic,
        tau=tau,
        max_characters=max_characters,
        max_tokens=max_tokens,
        languages=_names(raw, "languages", where),
        target_token=target,
        files=files,
        digest=hashlib.sha256(data).hexdigest(),
        hash=model_hash(files, (sentiment, topic), (max_characters, max_tokens, target)),
        raw=raw,
    )
