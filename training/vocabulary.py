"""A smaller vocabulary for a smaller model: half of a small encoder's weights stand in its word table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable

import torch
from tokenizers import Tokenizer
from torch import nn

from monitor.errors import InputError
from training.model import Classifier

_BYTE = re.compile("<0x[0-9A-F]{2}>")  # what SentencePiece falls back to


def kept_tokens(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> list[int]:
    """Ids to keep, ascending: special tokens, single characters, then by how often the texts hold them.

    What the texts do not hold fills up from the lowest id: a vocabulary is listed by how common a token was in the
    base's own corpus. Words that go are then read in pieces; with every character kept, none becomes unknown.

    Raises:
        InputError: fewer tokens than those that must stay.
    """
    vocabulary = tokenizer.get_vocab()
    counts = Counter(i for encoding in tokenizer.encode_batch(list(texts)) for i in encoding.ids)
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special} | _framing(tokenizer)
    # The mark of a word's beginning is one by itself, for words whose first character has no token with it.
    single = {i for token, i in vocabulary.items() if len(token.removeprefix("##").removeprefix("▁")) <= 1}
    single |= {i for token, i in vocabulary.items() if _BYTE.fullmatch(token)}
    if size < len(special | single):
        raise InputError(
            f"distil.vocabulary {size}: {len(special | single)} are needed for every character to be known"
        )
    order = sorted(vocabulary.values(), key=lambda i: (i not in special, i not in single, -counts[i], i))
    return sorted(order[:size])


def _framing(tokenizer: Tokenizer) -> set[int]:
    """What stands around every text, and what stands for the unknown: special even where it is not declared so."""
    raw = json.loads(tokenizer.to_str())["model"]
    unknown = raw.get("unk_id") if raw["type"] == "Unigram" else tokenizer.token_to_id(raw.get("unk_token") or "")
    return {*tokenizer.encode("").ids} | ({unknown} if unknown is not None else set())


def cut_tokenizer(tokenizer: Tokenizer, kept: list[int]) -> Tokenizer:
    """The tokenizer with only these tokens, numbered anew in the same order.

    Raises:
        InputError: its kind cannot be cut: a merge of BPE needs both its halves.
    """
    raw = json.loads(tokenizer.to_str())
    model, new = raw["model"], {old: place for place, old in enumerate(kept)}
    if model["type"] == "WordPiece":
        model["vocab"] = {token: new[i] for token, i in model["vocab"].items() if i in new}
    elif model["type"] == "Unigram":
        model["vocab"] = [entry for i, entry in enumerate(model["vocab"]) if i in new]
        model["unk_id"] = new.get(model["unk_id"])
    else:
        raise InputError(f"distil.vocabulary: a {model['type']} tokenizer cannot be cut; set it to 0")
    raw["added_tokens"] = [{**token, "id": new[token["id"]]} for token in raw["added_tokens"] if token["id"] in new]
    for special in ((raw.get("post_processor") or {}).get("special_tokens") or {}).values():
        special["ids"] = [new[i] for i in special["ids"]]
    for name in ("cls", "sep"):  # the form of BertProcessing and RobertaProcessing: ["[CLS]", 101]
        if isinstance((raw.get("post_processor") or {}).get(name), list):
            raw["post_processor"][name][1] = new[raw["post_processor"][name][1]]
    return Tokenizer.from_str(json.dumps(raw))


def cut_embedding(model: Classifier, kept: list[int]) -> None:
    """Leaves the rows of these tokens in the word table, in place."""
    old = model.encoder.get_input_embeddings()
    pad = model.encoder.config.pad_token_id
    new = nn.Embedding(len(kept), old.embedding_dim, padding_idx=kept.index(pad) if pad in kept else None)
    with torch.no_grad():
        new.weight.copy_(old.weight[torch.tensor(kept)])
    model.encoder.set_input_embeddings(new)
    model.encoder.config.vocab_size = len(kept)
    if pad in kept:
        model.encoder.config.pad_token_id = kept.index(pad)
