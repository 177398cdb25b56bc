"""A small student of two teachers, and the smaller vocabulary that it may have."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
import yaml
from tokenizers import Tokenizer, models, pre_tokenizers

from monitor.errors import InputError
from monitor.inference.model import OnnxModel, calibrated
from tests.training.tiny import LATIN, SCRIPTS, byte_pairs, tiny_base, tiny_recipe, unigram, word_piece
from training.calibrate import calibrate
from training.data import Row, load, save
from training.distil import distil, keep_layers, mean_logits, student, unseen
from training.export import export
from training.model import base_tokenizer, from_base, from_run, run_tokenizer
from training.predict import macro_f1s, predict
from training.prepare import prepare
from training.provenance import note_trained
from training.recipe import Distil, Recipe, read_recipe
from training.targets import TARGET
from training.train import train
from training.vocabulary import cut_tokenizer, kept_tokens

pytestmark = [pytest.mark.training, pytest.mark.slow]

CUT = 180  # of the 300 tokens of the teachers


@pytest.fixture(scope="module")
def teachers(tmp_path_factory: pytest.TempPathFactory) -> list[Recipe]:
    """Two trained runs on the same rows, of different seeds."""
    first = read_recipe(tiny_recipe(tmp_path_factory.mktemp("first"), kind="wordpiece", rows=150, epochs=8))
    prepare(first)
    second = replace(first, run=tmp_path_factory.mktemp("second") / "run", seed=4)
    train(first)
    second.run.mkdir()
    shutil.copy(first.run / "rows.jsonl", second.run / "rows.jsonl")
    train(second)
    return [first, second]


@pytest.fixture(scope="module")
def pupil(teachers: list[Recipe], tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """A student of one layer and fewer tokens, taught by the teachers alone."""
    recipe = replace(
        teachers[0],
        run=tmp_path_factory.mktemp("student") / "run",
        train=replace(teachers[0].train, epochs=6, soft_weight=1.0),
        distil=Distil(tuple(str(teacher.run) for teacher in teachers), layers=(1,), vocabulary=CUT),
    )
    recipe.run.mkdir()
    for name in ("rows.jsonl", "data.json"):
        shutil.copy(teachers[0].run / name, recipe.run / name)
    distil(recipe)
    return recipe


def test_student_of_fewer_layers_and_tokens_learns_from_its_teachers_alone(pupil: Recipe) -> None:
    model, tokenizer = from_run(pupil.run, 3, 3), run_tokenizer(pupil.run, 32)
    assert model.encoder.config.num_hidden_layers == 1
    assert model.encoder.get_input_embeddings().num_embeddings == tokenizer.get_vocab_size() == CUT
    held = [row for row in load(pupil.run / "rows.jsonl") if row.part == "report"]
    scores = macro_f1s(model, tokenizer, held)
    assert min(scores.values()) > 0.75, scores


def test_student_exports_and_says_in_the_daemon_what_it_says_in_torch(pupil: Recipe, tmp_path: Path) -> None:
    calibrate(pupil)
    held = [row.text for row in load(pupil.run / "rows.jsonl") if row.part == "report" and not row.target]
    logits = predict(from_run(pupil.run, 3, 3), run_tokenizer(pupil.run, 32), held)[0].double().numpy()
    for precision, within in (("int8", 100_000), ("fp32", 100)):
        model = OnnxModel.load(export(pupil, tmp_path / precision, precision), threads=1)
        expected = calibrated(logits, model.manifest.sentiment)
        for score, shares in zip(model.infer(model.encode(held)), expected, strict=True):
            assert abs(score.negative - 1_000_000 * shares[0]) < within
            assert abs(score.positive - 1_000_000 * shares[2]) < within


def test_student_starts_as_its_first_teacher_heads_included(pupil: Recipe, teachers: list[Recipe]) -> None:
    fit = [row for row in load(pupil.run / "rows.jsonl") if row.part == "fit"]
    whole = replace(pupil, distil=replace(pupil.distil, layers=(), vocabulary=0))
    model, tokenizer = student(whole, teachers[0].run, fit)
    texts = [row.text for row in fit[:20]]
    torch.testing.assert_close(
        predict(model, tokenizer, texts), predict(from_run(teachers[0].run, 3, 3), tokenizer, texts)
    )
    # Fewer tokens alone: a text of kept tokens reads as before.
    fewer, cut = student(replace(whole, distil=replace(pupil.distil, layers=())), teachers[0].run, fit)
    same = [text for text in texts if cut.encode(text).tokens == tokenizer.encode(text).tokens]
    assert same
    torch.testing.assert_close(predict(fewer, cut, same), predict(model, tokenizer, same), atol=1e-5, rtol=1e-4)


def test_teachers_are_asked_alike(pupil: Recipe, teachers: list[Recipe]) -> None:
    fit = [row for row in load(pupil.run / "rows.jsonl") if row.part == "fit"][:30]
    texts = [row.text for row in fit]
    asked = [predict(from_run(t.run, 3, 3), run_tokenizer(t.run, 32), texts) for t in teachers]
    found = mean_logits(pupil, [t.run for t in teachers], fit)
    for head in (0, 1):
        torch.testing.assert_close(found[head], (asked[0][head] + asked[1][head]) / 2)


def test_teacher_that_was_fitted_on_a_held_out_row_is_refused(pupil: Recipe, tmp_path: Path) -> None:
    rows = load(pupil.run / "rows.jsonl")
    unseen(rows, rows, tmp_path, 0.8)
    one = next(i for i, row in enumerate(rows) if row.part == "report")
    cheat = [replace(row, part="fit") if i == one else row for i, row in enumerate(rows)]
    shutil.copytree(pupil.distil.teachers[0], tmp_path / "cheat")
    save(cheat, tmp_path / "cheat" / "rows.jsonl")
    note_trained(replace(pupil, run=tmp_path / "cheat"))
    recipe = replace(pupil, distil=replace(pupil.distil, teachers=(pupil.distil.teachers[0], str(tmp_path / "cheat"))))
    with pytest.raises(InputError, match=r"cheat was fitted on rows that this run holds out \(report, ") as refused:
        distil(recipe)
    assert "\n" not in str(refused.value)


def test_headlines_that_read_alike_once_a_name_is_replaced_are_two(tmp_path: Path) -> None:
    fitted = Row(f"{TARGET} overtakes ACME", 2, -1, "a", part="fit", target="Boeing")
    held = replace(fitted, part="report", target="Airbus")
    unseen([fitted, held], [fitted, held], tmp_path, 0.8)
    with pytest.raises(InputError, match="holds out"):
        unseen([held], [replace(held, part="fit")], tmp_path, 0.8)


def test_teacher_that_was_fitted_on_nearly_the_same_headline_is_refused(tmp_path: Path) -> None:
    held = Row("$ACM Acme Corp cuts its full-year outlook after weak sales in Asia", 0, -1, "a", part="report")
    taught = Row("Acme Corp cuts its full-year outlook after weak sales in Asia.", 0, -1, "a", part="fit")
    with pytest.raises(InputError, match="holds out"):
        unseen([held], [taught], tmp_path, 0.8)
    unseen([held], [replace(taught, text="Acme Corp raises its outlook after strong sales")], tmp_path, 0.8)


def test_teachers_that_are_not_there_are_trained_on_the_students_rows_each_from_its_own_seed(
    teachers: list[Recipe], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    short = replace(teachers[0].train, epochs=1)
    plain = replace(teachers[0], run=tmp_path / "run", train=short)
    plain.run.mkdir()
    for name in ("rows.jsonl", "data.json"):
        shutil.copy(teachers[0].run / name, plain.run / name)
    given = json.loads(json.dumps(asdict(plain), default=str))
    (tmp_path / "teacher.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    folders = (tmp_path / "a", tmp_path / "b")
    recipe = replace(plain, distil=Distil(tuple(map(str, folders)), str(tmp_path / "teacher.yaml"), layers=(1,)))
    distil(recipe)
    rows = (plain.run / "rows.jsonl").read_bytes()
    assert [(folder / "rows.jsonl").read_bytes() for folder in folders] == [rows, rows]
    first, second = ((folder / "weights.pt").read_bytes() for folder in folders)
    assert first != second
    # A teacher that is there is asked, not trained again.
    (tmp_path / "teacher.yaml").unlink()
    caplog.clear()
    distil(recipe)
    assert (folders[0] / "weights.pt").read_bytes() == first
    assert "learnt other rows" not in caplog.text
    # Fewer rows are fitted from now on: still unseen, but said.
    save(
        [row for row in load(recipe.run / "rows.jsonl") if row.part != "fit" or row.text > "name5"],
        recipe.run / "rows.jsonl",
    )
    (recipe.run / "checkpoint.pt").unlink()
    distil(recipe)
    assert f"teacher {folders[0]} learnt other rows than the student will" in caplog.text


def test_teachers_recipe_of_other_topics_is_refused(pupil: Recipe, tmp_path: Path) -> None:
    given = json.loads(json.dumps(asdict(pupil), default=str))
    (tmp_path / "teacher.yaml").write_text(yaml.safe_dump({**given, "topics": ["Macro"]}), encoding="utf-8")
    distilling = Distil((str(tmp_path / "a"),), str(tmp_path / "teacher.yaml"))
    with pytest.raises(InputError, match="has other topics than the student"):
        distil(replace(pupil, distil=distilling))


@pytest.mark.parametrize("layers", [(2,), (0, -1)])
def test_layer_that_is_not_there_is_refused(pupil: Recipe, layers: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"the first teacher has layers 0 to 1"):
        distil(replace(pupil, distil=replace(pupil.distil, layers=layers)))


def test_no_teachers_is_refused(pupil: Recipe) -> None:
    with pytest.raises(InputError, match=r"distil.teachers names no run folder"):
        distil(replace(pupil, distil=Distil()))


def test_layers_of_a_kind_that_cannot_lose_its_first_are_refused(tmp_path: Path) -> None:
    base = str(tiny_base(tmp_path / "base", "modernbert"))
    tokenizer = base_tokenizer(base)
    model = from_base(base, tokenizer, 3, 3, 0.0)
    kinds = list(model.encoder.config.layer_types)
    keep_layers(model, (0, 2))
    assert model.encoder.config.layer_types == [kinds[0], kinds[2]]
    assert predict(model, tokenizer, ["name1 profit"])[0].isfinite().all()
    with pytest.raises(InputError, match="modernbert cannot be built of these; keep layer 0"):
        keep_layers(from_base(base, tokenizer, 3, 3, 0.0), (1, 2))


TOKENIZERS = {
    "wordpiece": lambda: (word_piece(LATIN), LATIN),
    "deberta": lambda: (unigram(LATIN, roberta=False), LATIN),
    "multilingual": lambda: (unigram(SCRIPTS, roberta=True), SCRIPTS),
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_cut_tokenizer_knows_every_text_that_the_whole_one_knew(kind: str, tmp_path: Path) -> None:
    made, world = TOKENIZERS[kind]()
    made.save(str(tmp_path / "tokenizer.json"))
    whole = base_tokenizer(str(tmp_path))
    texts = [*world.words(), *(" ".join(world.words()[i : i + 5]) for i in range(0, 100, 5)), f"{TARGET} x", "☃"]
    raw = json.loads(whole.to_str())["model"]
    unknown = raw["vocab"][raw["unk_id"]][0] if "unk_id" in raw else raw["unk_token"]
    floor = sum(len(token.removeprefix("##").removeprefix("▁")) <= 1 for token in whole.get_vocab()) + 8
    size = max(whole.get_vocab_size() // 2, floor)
    assert size < whole.get_vocab_size()
    kept = kept_tokens(whole, world.words()[:10], size)
    cut = cut_tokenizer(whole, kept)

    assert cut.get_vocab_size() == len(kept) == size
    # A kept token keeps its string, whichever number it has now.
    assert [cut.id_to_token(new) for new in range(len(kept))] == [whole.id_to_token(old) for old in kept]
    for text in texts:
        before, after = whole.encode(text).tokens, cut.encode(text).tokens
        assert after.count(unknown) <= before.count(unknown), text
        assert (before[0], before[-1]) == (after[0], after[-1])
    target = cut.encode(f"a {TARGET}b")
    assert target.tokens.count(TARGET) == 1
    assert cut.encode(TARGET, add_special_tokens=False).ids == [cut.token_to_id(TARGET)]
    special = {token.content for token in whole.get_added_tokens_decoder().values() if token.special}
    assert special == {token.content for token in cut.get_added_tokens_decoder().values()}
    again = Tokenizer.from_str(cut.to_str())
    assert [again.encode(text).ids for text in texts] == [cut.encode(text).ids for text in texts]


@pytest.mark.parametrize("kind", ["wordpiece", "unigram"])
def test_characters_stay_though_they_stand_last_and_no_text_has_them_alone(kind: str, tmp_path: Path) -> None:
    words, letters = ["profit", "loss", "fraud", "growth"], sorted(set("profit"))
    if kind == "wordpiece":
        tokens = [*words, *letters, *(f"##{letter}" for letter in letters), "[UNK]"]
        made = Tokenizer(models.WordPiece({token: i for i, token in enumerate(tokens)}, unk_token="[UNK]"))
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    else:  # no letter begins a word, so the mark of the beginning must stay, too
        tokens = ["[UNK]", *(f"▁{word}" for word in words), *letters, "▁"]
        made = Tokenizer(models.Unigram([(token, -float(i)) for i, token in enumerate(tokens)], unk_id=0))
        made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.save(str(tmp_path / "tokenizer.json"))
    whole = base_tokenizer(str(tmp_path))
    size = whole.get_vocab_size() - len(words) + 1
    cut = cut_tokenizer(whole, kept_tokens(whole, ["growth"] * 9, size))
    unknown = cut.token_to_id("[UNK]")
    assert len(cut.encode("growth")) == 1
    assert len(cut.encode("profit")) >= 6
    assert unknown not in cut.encode("profit").ids


def test_words_of_the_fitted_texts_stay_whole(tmp_path: Path) -> None:
    word_piece(LATIN).save(str(tmp_path / "tokenizer.json"))
    whole = base_tokenizer(str(tmp_path))
    texts = LATIN.good[:4]
    floor = sum(len(token.removeprefix("##")) <= 1 for token in whole.get_vocab()) + 8
    cut = cut_tokenizer(whole, kept_tokens(whole, texts, floor + 4))
    assert [cut.encode(text).tokens for text in texts] == [whole.encode(text).tokens for text in texts]
    others = LATIN.bad
    assert any(len(cut.encode(text)) > len(whole.encode(text)) for text in others)


def test_vocabulary_of_byte_pairs_is_refused_in_one_line(tmp_path: Path) -> None:
    byte_pairs(LATIN, roberta=True).save(str(tmp_path / "tokenizer.json"))
    whole = base_tokenizer(str(tmp_path))
    with pytest.raises(InputError, match=r"distil.vocabulary: a BPE tokenizer cannot be cut; set it to 0") as refused:
        cut_tokenizer(whole, kept_tokens(whole, LATIN.good, 300))
    assert "\n" not in str(refused.value)


def test_vocabulary_too_small_for_every_character_is_refused() -> None:
    whole = word_piece(LATIN)
    with pytest.raises(InputError, match=r"distil.vocabulary 8: \d+ are needed for every character to be known"):
        kept_tokens(whole, ["growth"], 8)


def test_a_recipe_with_teachers_is_not_trained_without_them(pupil: Recipe) -> None:
    with pytest.raises(InputError, match="names teachers: run `bearwatch-train distil` in place of train"):
        train(pupil)
