"""The model as the daemon sees it, and the one that runs on ONNX Runtime."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from tokenizers import Tokenizer

from monitor.errors import ModelError
from monitor.inference.batching import padded
from monitor.inference.manifest import GOLDEN, MODEL, TOKENIZER, Head, Manifest, read_manifest
from monitor.inference.wire import check_model
from monitor.records import MILLION, Score

TOPIC_FLOOR = 50_000  # millionths; rarer topics are noise, and twenty of them a row would fill the store
LONGEST_TEXT = 4_096  # tokens: canonical texts have 1,000 characters, of four bytes at most
GOLDEN_TOLERANCE = 0.01  # processors round differently; a wrong model differs by far more

Tokens = Sequence[int]
Floats = npt.NDArray[np.float64]


class Model(Protocol):
    """Scores texts. Every call is synchronous and made by one thread at a time.

    Attributes:
        hash: 16 hex digits over all that decides a score; every `Score` carries it.
        topics: topic labels, empty where there is no topic head.
        languages: ISO 639-1 codes that it was trained for.
        tau: a story is negative from this P(negative) on, 0 to 1.
        target_token: what replaces an entity's name in a text that asks about that entity; None where only whole
            headlines can be asked about.
    """

    @property
    def hash(self) -> str: ...
    @property
    def topics(self) -> tuple[str, ...]: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def tau(self) -> float: ...
    @property
    def target_token(self) -> str | None: ...

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Token ids of each text, cut to the model's limits; any str at all is taken, and the length is its cost."""
        ...

    def infer(self, batch: Sequence[Tokens]) -> Sequence[Score | None]:
        """One run: the scores of encoded texts, in order; what else is in the batch changes none of them.

        None for a text for which the network's answer is no number, as half precision may overflow.
        """
        ...


def calibrated(logits: Floats, head: Head) -> Floats:
    """softmax(logits / temperature + bias), rows of float64 that sum to 1 (Guo et al. 2017, with a bias)."""
    scaled = logits.astype(np.float64) / head.temperature + np.array(head.bias)
    with np.errstate(invalid="ignore"):  # what is no number stays none, in its own row
        powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def millionths(shares: Sequence[float]) -> list[int]:
    """Integers nearest to the shares that sum to exactly 1,000,000: largest remainder, the first of equals wins.

    >>> millionths([1 / 3, 1 / 3, 1 / 3])
    [333334, 333333, 333333]
    """
    exact = [share * MILLION for share in shares]
    whole = [int(value) for value in exact]
    order = sorted(range(len(whole)), key=lambda i: whole[i] - exact[i])
    for index in order[: MILLION - sum(whole)]:
        whole[index] += 1
    return whole


def as_score(sentiment: Sequence[float], topic: Sequence[float], topics: Sequence[str], model: str) -> Score:
    """The record of one text from its probabilities."""
    negative, neutral, positive = millionths(sentiment)
    kept = [(n, m) for n, m in zip(topics, millionths(topic) if topics else [], strict=True) if m >= TOPIC_FLOOR]
    kept.sort(key=lambda item: -item[1])
    return Score(negative, neutral, positive, tuple(kept), model)


class OnnxModel:
    """A verified model folder on ONNX Runtime. Satisfies `Model`."""

    def __init__(self, manifest: Manifest, session: Any, tokenizer: Any) -> None:
        self.manifest = manifest
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(
        cls, folder: Path, *, threads: int = 0, device: str = "cpu", golden: bool = True, tried: str | None = None
    ) -> OnnxModel:
        """Loads a folder, or says in one line why not; nothing falls back in silence.

        Manifest, hashes, operators, tokenizer, session, then the golden texts: what passes is fit to serve.

        Args:
            threads: of one run; 0 lets ONNX Runtime take all cores.
            device: `cpu` or `cuda`.
            golden: False only for the exporter, which is about to write the golden outputs.
            tried: the digest of the manifest that was tried elsewhere (`trial`); no other is loaded then.

        Raises:
            ModelError: whatever is wrong with the folder or the device.
        """
        manifest = read_manifest(folder)
        if tried is not None and manifest.digest != tried:
            raise ModelError(f"model {folder} has changed since it was tried")
        provider = _provider(manifest, device)
        data = manifest.read(MODEL)
        check_model(data)
        tokenizer = _tokenizer(manifest)
        session = _session(manifest, data, provider, threads)
        model = cls(manifest, session, tokenizer)
        if golden:
            _compare_golden(model)
        _try_words(model)
        return model

    def is_still(self, folder: Path) -> bool:
        """Whether this is what `load` would give of the folder. Raises ModelError, as `load` does, for one that is not
        what its manifest says: what was loaded is sound, and the next start would fail.
        """
        manifest = read_manifest(folder)
        for name in (MODEL, TOKENIZER):
            manifest.read(name)
        return manifest.raw == self.manifest.raw

    @property
    def hash(self) -> str:
        return self.manifest.hash

    @property
    def topics(self) -> tuple[str, ...]:
        return self.manifest.topic.labels

    @property
    def languages(self) -> tuple[str, ...]:
        return self.manifest.languages

    @property
    def tau(self) -> float:
        return self.manifest.tau

    @property
    def target_token(self) -> str | None:
        return self.manifest.target_token

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        # Characters first: the tokenizer truncates only after it has tokenised (10 MB took 19 s). A lone surrogate
        # would raise in the tokenizer, so it becomes "?".
        cut = [t[: self.manifest.max_characters].encode("utf-8", "replace").decode() for t in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch(cut)]

    def last_word(self) -> int:
        """The largest id that the tokenizer gives."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=0)

    def infer(self, batch: Sequence[Tokens]) -> list[Score | None]:
        if not batch:
            return []
        sentiment, topic = self.probabilities(batch)
        numbers = [bool(np.isfinite(row).all()) for row in np.hstack([sentiment, topic])]
        rows = zip(numbers, sentiment.tolist(), topic.tolist(), strict=True)
        return [as_score(s, t, self.topics, self.hash) if number else None for number, s, t in rows]

    def probabilities(self, batch: Sequence[Tokens], width: int = 0) -> tuple[Floats, Floats]:
        """Calibrated shares, [texts, 3] and [texts, topics]; padded to `width` tokens where that is wider."""
        width = max(width, padded(max(map(len, batch))))
        ids = np.zeros((len(batch), width), np.int64)
        mask = np.zeros((len(batch), width), np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        logits = self._session.run(["sentiment", "topic"], {"input_ids": ids, "attention_mask": mask})
        return calibrated(logits[0], self.manifest.sentiment), calibrated(logits[1], self.manifest.topic)


@contextmanager
def _refusing(where: str) -> Iterator[None]:
    """Whatever a native library makes of this file is one line about the file.

    Broad on purpose: onnxruntime raises a dozen classes without a common root, tokenizers bare `Exception`, and where
    Rust panics a BaseException that no module exports (`pyo3_runtime.PanicException`).
    """
    try:
        yield
    except BaseException as error:  # a panic of Rust is one: see above
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ModelError(f"{where}: {' '.join(str(error).split())[:300]}") from error


def _provider(manifest: Manifest, device: str) -> str:
    if device == "cpu":
        return "CPUExecutionProvider"
    if device != "cuda":
        raise ModelError(f"device {device!r} is not known: cpu or cuda")
    if manifest.precision == "int8":
        raise ModelError(
            f"model {manifest.folder} is int8, for processors; device cuda takes a float export "
            "(bearwatch-train export --precision fp16)"
        )
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        raise ModelError("device cuda: this onnxruntime has no CUDA support (pip install onnxruntime-gpu)")
    return "CUDAExecutionProvider"


def _session(manifest: Manifest, data: bytes, provider: str, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = True  # without it memory climbs as shapes vary
    options.enable_mem_pattern = False  # one pattern would be kept for each of our shapes
    options.log_severity_level = 3
    where = f"model {manifest.folder}: model.onnx"
    with _refusing(where):
        # From bytes, so that nothing outside the verified file can be loaded with it.
        # No second try by the library's own choice, which it tells on stdout.
        session = ort.InferenceSession(data, options, providers=[provider], enable_fallback=0)
    if session.get_providers()[0] != provider:
        raise ModelError(f"{where}: {provider} could not start; its libraries are missing or too old")
    inputs = {i.name for i in session.get_inputs()}
    widths = {o.name: o.shape[-1] for o in session.get_outputs() if o.shape}
    expected = {"sentiment": len(manifest.sentiment.labels), "topic": len(manifest.topic.labels)}
    if inputs != {"input_ids", "attention_mask"} or widths != expected:
        raise ModelError(f"{where}: takes {sorted(inputs)} and gives {widths}, the manifest needs {expected}")
    return session


def _tokenizer(manifest: Manifest) -> Any:
    data, token, where = manifest.read(TOKENIZER), manifest.target_token, f"model {manifest.folder}: {TOKENIZER}"
    with _refusing(where):
        tokenizer = Tokenizer.from_str(data.decode("utf-8"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(manifest.max_tokens)
        known = token is None or _is_one_word(tokenizer, data, token)
    if not known:
        raise ModelError(f"{where}: the manifest's target_token {token!r} is not one id of its own")
    return tokenizer


def _is_one_word(tokenizer: Any, data: bytes, token: str) -> bool:
    """Whether the model can see the token: one id, and not the one of all that it does not know."""
    vocabulary = json.loads(data)["model"]
    unknown = vocabulary.get("unk_id")  # Unigram; the other kinds name the token
    if unknown is None and vocabulary.get("unk_token") is not None:
        unknown = tokenizer.token_to_id(vocabulary["unk_token"])
    ids = tokenizer.encode(token, add_special_tokens=False).ids
    return len(ids) == 1 and ids[0] != unknown


def _try_words(model: OnnxModel) -> None:
    """Runs the target token, and the longest text there may be, of the tokenizer's last word.

    An id beyond the embedding's rows, or more tokens than positions, would else stop the daemon at the first headline
    that has them, and again after each restart.
    """
    manifest = model.manifest
    if model.target_token is not None:
        with _refusing(f"model {manifest.folder}: {MODEL}: target_token"):
            model.infer(model.encode([model.target_token]))
    with _refusing(f"model {manifest.folder}: {MODEL}: words of {TOKENIZER}, {manifest.max_tokens} of them"):
        model.infer([[model.last_word()] * min(manifest.max_tokens, LONGEST_TEXT)])


def _compare_golden(model: OnnxModel) -> None:
    """The folder's own expectations, met on this machine; also the session's warm-up."""
    where = f"model {model.manifest.folder}: {GOLDEN}"
    try:
        entries = json.loads(model.manifest.read(GOLDEN))["texts"]
        texts = [str(entry["text"]) for entry in entries]
        expected = [
            [float(entry["sentiment"][name]) for name in model.manifest.sentiment.labels]
            + [float(entry["topic"][name]) for name in model.topics]
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{where}: not in the form of golden outputs ({error!r})") from error
    if not texts:
        raise ModelError(f"{where}: holds no text")
    with _refusing(where):
        found = np.hstack(model.probabilities(model.encode(texts)))
    off = np.abs(found - np.array(expected)).max(axis=1)
    worst = int(off.argmax())
    if not off[worst] <= GOLDEN_TOLERANCE:  # NaN too
        raise ModelError(f"{where}: {texts[worst][:60]!r} is off by {off[worst]:.3f}, more than {GOLDEN_TOLERANCE}")
