"""A recipe in small: a random two-layer BERT, a tokenizer of a few words, three data sets of a few hundred rows."""

from __future__ import annotations

import json
import random
from pathlib import Path

import torch
import yaml
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertModel

GOOD = ["profit", "gains", "wins", "record", "growth", "beats"]
BAD = ["loss", "fraud", "default", "slump", "probe", "halts"]
DULL = ["names", "meeting", "opens", "office", "schedule", "report"]
NAMES = [f"name{i}" for i in range(120)]
TOPICS = ("Macro", "Financials", "Earnings")
TOPIC_WORDS = (["inflation", "jobs"], ["bank", "lender"], ["quarter", "results"])


def tiny_base(folder: Path) -> Path:
    """Writes config, random weights and tokenizer of an encoder that trains in seconds."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *GOOD, *BAD, *DULL, *NAMES, *(w for ws in TOPIC_WORDS for w in ws)]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    folder.mkdir(parents=True)
    # As the real base has them: the export must take both out again.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    torch.manual_seed(7)  # the same start in every run, or now and then one learns too little in a few epochs
    BertModel(config).save_pretrained(folder)
    return folder


def _headline(draw: random.Random, kind: list[str], topic: int) -> str:
    words = [*draw.sample(NAMES, 3), draw.choice(kind), draw.choice(TOPIC_WORDS[topic])]
    draw.shuffle(words)
    return " ".join(words)


def tiny_recipe(folder: Path, **train: object) -> Path:
    """Writes base, data and recipe below `folder`; returns the recipe's path."""
    draw = random.Random(5)
    kinds = (("negative", BAD), ("neutral", DULL), ("positive", GOOD))
    sentiment, topics, entities = [], [], []
    for _ in range(240):
        (label, words), topic = draw.choice(kinds), draw.randrange(3)
        sentiment.append({"text": f"$ABC {_headline(draw, words, topic)} https://t.co/x", "sentiment": label})
        topics.append({"text": _headline(draw, draw.choice(kinds)[1], topic), "topic": TOPICS[topic]})
        entities.append({"text": _headline(draw, words, topic), "entities": {"a": label, "b": label}})
    sets = []
    for name, rows in (("tweets", sentiment), ("topics", topics), ("entities", entities)):
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        sets.append({"name": name, "path": str(path), "licence": "MIT", "title": name})
    recipe = {
        "run": str(folder / "run"),
        "base": str(tiny_base(folder / "base")),
        "base_name": "tiny",
        "base_licence": "none",
        "name": "tiny",
        "seed": 3,
        "topics": list(TOPICS),
        "data": {"sets": sets, "calibration": 0.15, "report": 0.2},
        "train": {"epochs": 6, "peak_rate": 0.005, "threads": 1, "max_tokens": 16, **train},
        "export": {"max_tokens": 16, "max_characters": 200, "calibration_headlines": 50},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path
