"""Recipes in small: random encoders of two layers, tokenizers of a few words, four data sets of a few hundred rows."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers.processors import RobertaProcessing, TemplateProcessing
from transformers import (
    BertConfig,
    BertModel,
    DebertaV2Config,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertModel,
    ModernBertConfig,
    ModernBertModel,
    RobertaConfig,
    RobertaModel,
    XLMRobertaConfig,
    XLMRobertaModel,
)

GOOD = ["profit", "gains", "wins", "record", "growth", "beats"]
BAD = ["loss", "fraud", "default", "slump", "probe", "halts"]
DULL = ["names", "meeting", "opens", "office", "schedule", "report"]
NAMES = [f"name{i}" for i in range(120)]
TOPICS = ("Macro", "Financials", "Earnings")
TOPIC_WORDS = (["inflation", "jobs"], ["bank", "lender"], ["quarter", "results"])
AHEAD = "overtakes"  # good of the first, bad of the second


@dataclass(frozen=True, slots=True)
class World:
    """The words of a language, by what they mean; `gap` stands between them."""

    good: list[str]
    bad: list[str]
    dull: list[str]
    names: list[str]
    topics: tuple[list[str], ...]
    ahead: str
    gap: str = " "

    def words(self) -> list[str]:
        topics = [word for words in self.topics for word in words]
        return [*self.good, *self.bad, *self.dull, *self.names, *topics, self.ahead]

    def headline(self, draw: random.Random, kind: list[str], topic: int) -> str:
        words = [*draw.sample(self.names, 3), draw.choice(kind), draw.choice(self.topics[topic])]
        draw.shuffle(words)
        return self.gap.join(words)

    def pair(self, draw: random.Random) -> tuple[str, dict[str, str]]:
        """A headline that is good of one and bad of the other, and which of whom."""
        first, second, *others = draw.sample(self.names, 4)
        # Two names more, so that no two headlines read alike once one is replaced.
        return f"{first} {self.ahead} {second} {' '.join(others)}", {first: "positive", second: "negative"}


LATIN = World(GOOD, BAD, DULL, NAMES, TOPIC_WORDS, AHEAD)
SCRIPTS = World(
    good=["profit", "прибыль", "盈利", "أرباح", "κέρδος", "लाभ"],
    bad=["loss", "убыток", "亏损", "خسارة", "ζημία", "घाटा"],
    dull=["meeting", "встреча", "会议", "اجتماع", "συνάντηση", "बैठक"],
    names=[f"{word}{i}" for i in range(30) for word in ("name", "имя", "名", "اسم")],
    topics=(["inflation", "инфляция"], ["банк", "银行"], ["quarter", "نتائج"]),
    ahead="обгоняет",
)
HAN = World(
    good=["盈利", "大涨", "获奖", "增长"],
    bad=["亏损", "欺诈", "违约", "暴跌"],
    dull=["任命", "会议", "开业", "报告"],
    names=[f"{a}{b}" for a in "东西南北中华海山江河" for b in "安达富贵康隆泰兴源茂"],
    topics=(["通胀", "就业"], ["银行", "信贷"], ["季度", "业绩"]),
    ahead="超越",
    gap="",
)


def _sentences(world: World) -> Iterator[str]:
    draw = random.Random(1)
    yield from world.words()
    for _ in range(300):
        yield world.headline(draw, draw.choice([world.good, world.bad, world.dull]), draw.randrange(3))


def _enclosed(tokenizer: Tokenizer, cls: str = "[CLS]", sep: str = "[SEP]") -> Tokenizer:
    ids = [(token, tokenizer.token_to_id(token)) for token in (cls, sep)]
    tokenizer.post_processor = TemplateProcessing(single=f"{cls} $A {sep}", special_tokens=ids)
    return tokenizer


def word_level(world: World) -> Tokenizer:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *world.words()]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return _enclosed(tokenizer)


def word_piece(world: World) -> Tokenizer:
    """As BERT's: lower case, Chinese characters apart."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(_sentences(world), trainer)
    return _enclosed(tokenizer)


def byte_pairs(world: World, roberta: bool) -> Tokenizer:
    """As RoBERTa's, whose padding has the id 1, or as ModernBERT's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] if roberta else ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_sentences(world), trainer)
    if not roberta:
        return _enclosed(tokenizer)
    tokenizer.post_processor = RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def unigram(world: World, roberta: bool) -> Tokenizer:
    """As SentencePiece's: XLM-R's special tokens, or DeBERTa's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=special, unk_token=special[3], show_progress=False)
    tokenizer.train_from_iterator(_sentences(world), trainer)
    return _enclosed(tokenizer, *((special[0], special[2]) if roberta else special[1:3]))


_SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def _encoder(kind: str, size: int) -> Any:
    shape = {**_SHAPE, "vocab_size": size, "max_position_embeddings": 66}
    roberta = {**shape, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "type_vocab_size": 1}
    if kind == "roberta":
        return RobertaModel(RobertaConfig(**roberta))
    if kind == "multilingual":
        return XLMRobertaModel(XLMRobertaConfig(**roberta))
    if kind == "distilbert":
        return DistilBertModel(
            DistilBertConfig(vocab_size=size, dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=66)
        )
    if kind == "deberta":
        relative = {"relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "layer_norm"}
        attention = {"share_att_key": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}
        return DebertaV2Model(DebertaV2Config(**shape, **relative, **attention, type_vocab_size=0))
    if kind == "modernbert":
        ids = {"pad_token_id": 1, "cls_token_id": 0, "sep_token_id": 2, "bos_token_id": 0, "eos_token_id": 2}
        # Three layers, so that there are some of both kinds, and a window that the longest texts do not fit in.
        return ModernBertModel(
            ModernBertConfig(
                **{**shape, "num_hidden_layers": 3}, **ids, local_attention=8, global_attn_every_n_layers=2
            )
        )
    return BertModel(BertConfig(**shape))


WORLDS = {"multilingual": SCRIPTS, "chinese": HAN}
TOKENIZERS = {
    "bert": word_level,
    "wordpiece": word_piece,
    "roberta": lambda world: byte_pairs(world, roberta=True),
    "distilbert": word_piece,
    "deberta": lambda world: unigram(world, roberta=False),
    "modernbert": lambda world: byte_pairs(world, roberta=False),
    "multilingual": lambda world: unigram(world, roberta=True),
    "chinese": word_piece,
}


def tiny_base(folder: Path, kind: str = "bert") -> Path:
    """Writes config, random weights and tokenizer of an encoder that trains in seconds."""
    tokenizer = TOKENIZERS[kind](WORLDS.get(kind, LATIN))
    size = tokenizer.get_vocab_size()
    folder.mkdir(parents=True)
    # As the real base has them: the export must take both out again.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=16)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(7)  # the same start in every run, or now and then one learns too little in a few epochs
    _encoder(kind, size).save_pretrained(folder)
    return folder


def tiny_sets(world: World, rows: int) -> dict[str, list[dict[str, Any]]]:
    """Labelled rows of each set: with a sentiment, with a topic, with entities that agree, and that differ."""
    draw = random.Random(5)
    kinds = (("negative", world.bad), ("neutral", world.dull), ("positive", world.good))
    sets: dict[str, list[dict[str, Any]]] = {"tweets": [], "topics": [], "entities": [], "pairs": []}
    for _ in range(rows):
        (label, words), topic = draw.choice(kinds), draw.randrange(3)
        text = world.headline(draw, words, topic)
        sets["tweets"].append({"text": f"$ABC {text} https://t.co/x", "sentiment": label})
        text = world.headline(draw, draw.choice(kinds)[1], topic)
        sets["topics"].append({"text": text, "topic": TOPICS[topic]})
        text = world.headline(draw, words, topic)
        sets["entities"].append({"text": text, "entities": {"a": label, "b": label}})
        text, labels = world.pair(draw)
        sets["pairs"].append({"text": text, "entities": labels})
    return sets


def tiny_recipe(
    folder: Path,
    *,
    kind: str = "bert",
    rows: int = 240,
    base: str = "",
    sections: dict[str, Any] | None = None,
    **train: object,
) -> Path:
    """Writes base, data and recipe below `folder`; returns the recipe's path.

    Args:
        kind: of the base (TOKENIZERS has all), and with it the language. base: one that is there, in its place.
        rows: of each set. sections: more of the recipe, in place of what stands here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sets = []
    for name, lines in tiny_sets(WORLDS.get(kind, LATIN), rows).items():
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        sets.append({"name": name, "path": str(path), "licence": "MIT", "title": name})
    recipe = {
        "run": str(folder / "run"),
        "base": base or str(tiny_base(folder / "base", kind)),
        "base_name": "tiny",
        "base_licence": "none",
        "name": "tiny",
        "seed": 3,
        "topics": list(TOPICS),
        "data": {"sets": sets, "calibration": 0.15, "report": 0.2},
        "train": {"epochs": 6, "peak_rate": 0.005, "threads": 1, "max_tokens": 32, **train},
        "export": {"max_tokens": 32, "max_characters": 200, "calibration_headlines": 50},
        **(sections or {}),
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path
