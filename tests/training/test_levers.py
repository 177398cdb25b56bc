"""The lever study: what is sampled, what is run again, what the table says, and the levers that are no option."""

from __future__ import annotations

import doctest
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from tokenizers import Tokenizer

from benchmarks.levers import augmented, table
from benchmarks.levers.__main__ import main
from benchmarks.levers.adapted import contrastive_pairs, few_rows, masks
from benchmarks.levers.makers import MAKERS
from benchmarks.levers.pairs import Result, results
from benchmarks.levers.pairs import run as run_study
from benchmarks.levers.sample import filtered, sample
from benchmarks.levers.study import BASELINE, Lever, Study, read_study
from benchmarks.levers.table import markdown, outcome
from benchmarks.levers.taught import filled
from benchmarks.levers.tuned import Adversarial, bitfit, looking, prefix, push
from benchmarks.levers.work import Work, bare, done, kept_scores
from monitor.errors import ConfigError
from tests.training.tiny import tiny_recipe
from training.batches import epoch_batches, pad
from training.data import MISSING, Row, load, save
from training.prepare import prepare
from training.recipe import Recipe, read_recipe
from training.targets import TARGET, unmarked

pytestmark = [
    pytest.mark.training,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),  # peft's call, not ours
]

FIGURES = {"tweets": "sentiment/tweets", "topics": "topic/topics", "by target": "sentiment/entities-target"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a prepared tiny run."""
    folder = tmp_path_factory.mktemp("levers")
    recipe = read_recipe(tiny_recipe(folder))
    prepare(recipe)
    save([part for row in load(recipe.run / "rows.jsonl") for part in _by_target(row)], recipe.run / "rows.jsonl")
    _add_mask_token(Path(recipe.base) / "tokenizer.json")
    return folder


def _by_target(row: Row) -> list[Row]:
    """An entity's headline gets a target row beside it: its first name is the target."""
    if row.source != "entities":
        return [row]
    name = next(word for word in row.text.split() if word.startswith("name"))
    whole = replace(row, group=f"entities:{row.text}")
    return [whole, replace(whole, text=row.text.replace(name, TARGET, 1), target=name)]


def _add_mask_token(path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.add_special_tokens(["[MASK]"])
    tokenizer.save(str(path))


def write_study(world: Path, path: Path, *levers: dict[str, object], **more: object) -> Path:
    given = {
        "recipe": str(world / "recipe.yaml"),
        "rows": str(world / "run" / "rows.jsonl"),
        "layers": [1],
        "fit": 60,
        "judge": 20,
        "seeds": [1, 2],
        "train": {"epochs": 1},
        "figures": FIGURES,
        "levers": list(levers),
        **more,
    }
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    return path


@pytest.fixture
def study(world: Path, tmp_path: Path) -> Study:
    return read_study(write_study(world, tmp_path / "study.yaml"))


@pytest.fixture
def recipe(study: Study, tmp_path: Path) -> Recipe:
    return replace(study.recipe, seed=1, run=tmp_path / "run")


@pytest.fixture
def rows(study: Study) -> list[Row]:
    return sample(load(study.rows), study, 1)


def test_two_levers_and_two_seeds_give_a_table_and_are_not_run_twice(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_study(
        world,
        tmp_path / "study.yaml",
        {"name": "rate x2", "expect": "Up.", "set": {"peak_rate": "x2"}},
        {"name": "no tweets", "expect": "Tweets down.", "without": ["tweets"]},
    )
    out = tmp_path / "out"
    call = ["--study", str(path), "--out", str(out), "--jobs", "0"]
    assert main([*call, "--only", "rate x2"]) == 0
    first = (out / "results.jsonl").read_text(encoding="utf-8")
    assert [(r.lever, r.seed) for r in results(out / "results.jsonl")] == [
        *((BASELINE, 1), (BASELINE, 2), ("rate x2", 1), ("rate x2", 2))
    ]
    # A kill tears the last line: its pair alone is run again, beside those that are new.
    (out / "results.jsonl").write_text(first[:-20], encoding="utf-8")
    assert main(call) == 0
    lines = results(out / "results.jsonl")
    assert [(r.lever, r.seed) for r in lines[3:]] == [("rate x2", 2), ("no tweets", 1), ("no tweets", 2)]
    assert (out / "results.jsonl").read_text(encoding="utf-8").startswith("\n".join(first.split("\n")[:3]))
    assert not any(r.error for r in lines)
    assert lines[3].scores == json.loads(first.splitlines()[3])["scores"]  # the same pair, the same scores
    assert not list((out / "runs").iterdir())
    printed = capsys.readouterr().out
    assert printed.endswith((out / "levers.md").read_text(encoding="utf-8"))
    assert [line.split(" | ")[0] for line in printed.splitlines()[-3:]] == ["| baseline", "| rate x2", "| no tweets"]


def test_pairs_of_a_changed_lever_are_run_again_and_a_failed_one_is_told(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def ran(**lever: object) -> list[tuple[str, int, bool]]:
        path = write_study(world, tmp_path / "study.yaml", {"name": "it", **lever}, seeds=[1])
        it = read_study(path)
        before = len(results(out / "results.jsonl"))
        run_study(it, it.levers, out, 0)
        return [(r.lever, r.seed, bool(r.error)) for r in results(out / "results.jsonl")[before:]]

    assert ran(only=["nothing"]) == [(BASELINE, 1, False), ("it", 1, True)]
    assert ran(only=["nothing"]) == [("it", 1, True)]
    assert ran(only=["tweets"]) == [("it", 1, False)]
    assert ran(only=["tweets"]) == []


def test_rows_missing_is_one_line(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_study(world, tmp_path / "study.yaml")
    assert main(["--study", str(path), "--rows", str(tmp_path / "none.jsonl"), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("lever", "says"),
    [
        ({"set": {"momentum": 1}}, "momentum"),
        ({"make": "magic"}, "magic"),
        ({"colour": "red"}, "colour"),
        ({"against": "later"}, "later"),
        ({"figures": ["own"]}, "figures knows"),
    ],
)
def test_a_wrong_study_is_told(world: Path, tmp_path: Path, lever: dict[str, object], says: str) -> None:
    path = write_study(world, tmp_path / "study.yaml", {"name": "it", **lever}, {"name": "later"})
    with pytest.raises(ConfigError, match=says):
        read_study(path)


def test_the_shipped_study_reads() -> None:
    study = read_study(Path("benchmarks/levers/study.yaml"))
    assert all(lever.expect for lever in study.levers[1:])
    assert all(lever.options(study.recipe.train) for lever in study.levers)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_judging_row_is_fitted_nor_one_of_its_group(study: Study, seed: int) -> None:
    prepared = load(study.rows)
    rows = sample(prepared, study, seed)
    fit, judging = ([r for r in rows if r.part == part] for part in ("fit", "calibration"))
    assert len(fit) + len(judging) == len(rows)
    assert abs(len(fit) - 60) <= 3
    assert len(judging) >= 3 * 20
    assert not {unmarked(r) for r in fit} & {unmarked(r) for r in judging}
    assert not {r.group for r in fit if r.group} & {r.group for r in judging}
    assert {r.text for r in rows} <= {r.text for r in prepared if r.part == "fit"}
    assert sample(prepared, study, seed) == rows
    assert {r.text for r in sample(prepared, study, seed + 1)} != {r.text for r in rows}


def test_a_family_is_judged_as_one_figure(study: Study) -> None:
    sets = tuple(replace(s, family="own") if s.name != "topics" else s for s in study.recipe.data.sets)
    recipe = replace(study.recipe, data=replace(study.recipe.data, sets=sets))
    rows = sample(load(study.rows), replace(study, recipe=recipe, figures={"own": "sentiment/own"}, judge=60), 1)
    judging = [r for r in rows if r.part == "calibration"]
    assert {(r.source, r.target) for r in judging} == {("own", "")}
    assert any(TARGET in r.text for r in judging)
    assert {r.source for r in rows if r.part == "fit"} >= {"tweets", "topics", "entities"}


def test_patterns_leave_out_fitted_rows_alone(rows: list[Row]) -> None:
    def left(**lever: tuple[str, ...]) -> set[tuple[str, bool]]:
        return {(r.source, bool(r.target)) for r in filtered(rows, Lever("it", **lever)) if r.part == "fit"}

    everything = left()
    assert left(without=("entities-target",)) == everything - {("entities", True)}
    assert left(without=("ent*",)) == everything - {("entities", True), ("entities", False)}
    assert left(only=("tweets",)) == {("tweets", False)}
    judging = [r for r in rows if r.part != "fit"]
    assert [r for r in filtered(rows, Lever("it", only=("tweets",))) if r.part != "fit"] == judging


def hand_made(study: Study, **of_levers: list[float]) -> dict[tuple[str, int], Result]:
    """Two figures a pair: the value given, and that plus 10 points for topics."""
    return {
        (lever, seed): Result(lever, seed, "", 10.0 * seed, {"sentiment/tweets": v, "topic/topics": v + 0.1})
        for lever, values in of_levers.items()
        for seed, v in enumerate(values, 1)
    }


def test_differences_are_paired_by_seed_and_spread_is_theirs(study: Study) -> None:
    found = hand_made(study, baseline=[0.5, 0.7, 0.6], up=[0.52, 0.73, 0.61], down=[0.48, 0.67, 0.59])
    up = outcome(Lever("up"), study, found)
    # +2, +3, +1 points: mean 2, standard deviation 1; the baselines' own spread of ten points is not in it.
    assert up.figures == pytest.approx({"tweets": 2.0, "topics": 2.0, "mean": 2.0})
    assert (up.spread, up.seconds, up.verdict) == (pytest.approx(1.0), 20.0, "kept")
    assert outcome(Lever("down"), study, found).verdict == "worse"
    base = outcome(Lever(BASELINE), study, found)
    assert base.figures == pytest.approx({"tweets": 60.0, "topics": 70.0, "mean": 65.0})
    against = outcome(Lever("up", against="down"), study, found)
    assert against.figures["mean"] == pytest.approx(4.0)
    one = outcome(Lever("up", figures=("topics",)), study, found)
    assert one.figures == pytest.approx({"topics": 2.0, "mean": 2.0})


def test_seeds_without_a_pair_do_not_count(study: Study) -> None:
    found = hand_made(study, baseline=[0.5, 0.7], up=[0.51, 0.72, 0.9])
    assert outcome(Lever("up"), study, found).figures["mean"] == pytest.approx(1.5)
    failed = {("broken", 1): Result("broken", 1, "", 1.0, error="Boom: x | y")} | found
    text = markdown(
        study,
        (Lever(BASELINE), Lever("broken"), Lever("up"), Lever("half")),
        list(failed.values()),
        {"half": "no bf16"},
    )
    assert "failed: Boom: x / y" in text
    assert "| skipped: no bf16 |" in text
    assert {line.count("|") for line in text.splitlines()[2:]} == {10}


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(table).failed == 0


def test_patience_is_judged_by_the_epoch_that_it_kept(tmp_path: Path) -> None:
    lines = [{"step": 50, "loss": 1}, {"epoch": 1, "seconds": 9, "a/b": 0.7}, {"epoch": 2, "seconds": 9, "a/b": 0.6}]
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert kept_scores(path, best=False) == {"a/b": 0.6}
    assert kept_scores(path, best=True) == {"a/b": 0.7}


def test_push_has_norm_epsilon_and_follows_the_gradient() -> None:
    gradient = torch.randn(5, 7, 3)
    pushed = push(gradient, 0.25)
    assert pushed.flatten(1).norm(dim=1).tolist() == pytest.approx([0.25] * 5)
    cosine = torch.cosine_similarity(pushed.flatten(1), gradient.flatten(1))
    assert cosine.tolist() == pytest.approx([1.0] * 5)


def test_adversarial_loss_is_that_of_word_vectors_pushed_along_their_own_gradient(
    recipe: Recipe, rows: list[Row]
) -> None:
    model, tokenizer = bare(recipe)
    model.eval()  # no dropout: the oracle runs its own passes
    fit = [r for r in rows if r.part == "fit"]
    objective = Adversarial(recipe.train, fit, None, epsilon=0.5)
    places = torch.arange(6)
    ids, mask = pad([tokenizer.encode(fit[i].text).ids for i in places])

    # The oracle feeds word vectors of its own and differentiates by them.
    words = model.encoder.get_input_embeddings()(ids).detach().requires_grad_(True)
    with looking(model.encoder.get_input_embeddings(), lambda _: words):
        clean = super(Adversarial, objective).forward(model, places, ids, mask)
    (gradient,) = torch.autograd.grad(clean, words)
    assert not gradient[mask == 0].any()  # padding is never pushed
    pushed = words + 0.5 * gradient / gradient.flatten(1).norm(dim=1)[:, None, None]
    with looking(model.encoder.get_input_embeddings(), lambda _: pushed):
        worse = super(Adversarial, objective).forward(model, places, ids, mask)

    loss = objective(model, places, ids, mask)
    assert loss.item() == pytest.approx((clean + worse).item(), rel=1e-5)
    assert worse > clean
    loss.backward()
    assert all(p.grad is not None for p in model.sentiment.parameters())


def moved(work: Work) -> set[str]:
    """The names of the student's weights that training changes."""
    model, _ = work.student
    before = {name: value.clone() for name, value in model.state_dict().items()}
    done(work)
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


def test_bitfit_moves_biases_and_heads_alone(recipe: Recipe, rows: list[Row]) -> None:
    names = moved(bitfit(recipe, rows, 1))
    assert {"sentiment.weight", "topic.weight"} <= names
    encoder = {name for name in names if name.startswith("encoder.")}
    assert len(encoder) > 5
    assert all(name.endswith("bias") for name in encoder)


def test_prefixes_alone_learn_and_every_token_sees_them(recipe: Recipe, rows: list[Row]) -> None:
    # Of two layers the upper one: its number in the cache must not be the old one.
    work = prefix(recipe, rows, 1, tokens=4)
    model, tokenizer = work.student
    ids, mask = pad([tokenizer.encode(row.text).ids for row in rows[:4]])
    model.eval()
    plain = model(ids, mask)[0]
    heads = {"sentiment.weight", "sentiment.bias", "topic.weight", "topic.bias"}
    names = moved(work)
    assert heads < names
    assert all("prompt_encoder" in name for name in names - heads)
    model.eval()
    with torch.no_grad():
        wide = torch.cat([ids, torch.zeros_like(ids)], 1), torch.cat([mask, torch.zeros_like(mask)], 1)
        torch.testing.assert_close(model(*wide)[0], model(ids, mask)[0])  # padding does not matter
        assert not torch.allclose(model(ids, mask)[0], plain)
        # Not causal, though the prefixes are handed over as a decoder's cache: the first token sees the last one.
        other = ids.clone()
        other[0, int(mask[0].sum()) - 2] = ids[1, 1]
        first = [model.encoder(input_ids=i, attention_mask=mask).last_hidden_state[0, 0] for i in (ids, other)]
        assert not torch.allclose(*first)


@pytest.mark.parametrize(
    ("make", "given"),
    [
        ("adversarial", {"epsilon": 0.5}),
        ("adapted", {}),
        ("synonyms", {}),
        ("entity_swap", {"source": "entities"}),
        ("few", {"shots": 3}),
        ("setfit", {"shots": 3, "rounds": 2}),
        ("ensemble", {}),
        ("self_labelled", {"confidence": 0.3}),
        ("r_drop", {}),
        ("source_residual", {}),
        ("balanced", {"by": "logits"}),
    ],
)
def test_every_lever_of_the_literature_runs(
    make: str, given: dict[str, object], recipe: Recipe, rows: list[Row]
) -> None:
    scores = done(MAKERS[make](recipe, rows, 1, **given))
    assert set(FIGURES.values()) <= set(scores)


def test_missing_labels_are_filled_where_the_model_is_sure() -> None:
    rows = [
        Row("a", 2, MISSING, "s", part="fit"),
        Row("b", MISSING, 1, "s", part="calibration"),
        Row("c", MISSING, 1, "s", part="fit"),
        Row("d", 0, MISSING, "s", part="fit", target="x"),
    ]
    sure, unsure = [9.0, 0.0, 0.0], [0.1, 0.0, 0.0]
    labels = filled(rows, torch.tensor([sure, unsure, sure]), torch.tensor([sure, sure, sure]), 0.8)
    assert [(r.sentiment, r.topic) for r in labels] == [(2, 0), (MISSING, 1), (MISSING, 1), (0, MISSING)]


def test_masked_tokens_are_drawn_as_in_bert() -> None:
    torch.manual_seed(0)
    tokens = torch.randint(5, 100, (200, 100))
    tokens[:, 0] = 2
    mask = torch.ones_like(tokens)
    mask[:, 90:] = 0
    shown, asked = masks(tokens, mask, torch.tensor([2]), 99, words=100, share=0.15)
    assert not asked[:, 0].any() and not asked[:, 90:].any()
    assert torch.equal(shown[~asked], tokens[~asked])
    assert asked[:, 1:90].float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert (shown == 99)[asked].float().mean().item() == pytest.approx(0.81, abs=0.03)
    assert (shown == tokens)[asked].float().mean().item() == pytest.approx(0.11, abs=0.03)


def test_pairs_are_alike_by_class_and_never_of_one_row() -> None:
    labels = [0, 0, 1, 1, 2, 2]
    found = list(contrastive_pairs(labels, 3, random.Random(1)))
    assert len(found) == 3 * 6 * 2
    assert all(a != b and (labels[a] == labels[b]) == alike for a, b, alike in found)


def test_few_rows_are_the_same_for_both_levers_that_share_them(rows: list[Row]) -> None:
    chosen = few_rows(rows, 1, 2)
    assert [r.sentiment for r in chosen] == [0] * 2 + [1] * 2 + [2] * 2
    assert chosen == few_rows(rows, 1, 2)
    assert not any(r.target or r.part != "fit" for r in chosen)


ROW = Row("", 0, 0, "s")


def test_words_of_a_line_stand_for_one_another() -> None:
    groups = yaml.safe_load(augmented.SYNONYMS.read_text(encoding="utf-8"))
    words = [word for group in groups for word in group]
    assert len(words) == len(set(words))
    known, table = augmented.table()
    for group in groups:
        for word in group:  # "CEO" as it stands in a headline, too
            said = augmented.reworded(f"a {word} b", ROW, random.Random(1), pattern=known, others=table, share=1.0)
            assert said[2:-2].lower() in {other.lower() for other in group if other != word}
    pattern = re.compile(r"(?<!\w)(rises|shares)(?!\w)", re.IGNORECASE)
    others = {"rises": ["climbs"], "shares": ["stock"]}
    new = augmented.reworded("Shares RISES sharesy", ROW, random.Random(1), pattern=pattern, others=others, share=1.0)
    assert new == "Stock CLIMBS sharesy"


def test_entities_are_renamed_in_their_own_set_only() -> None:
    row = Row("[TARGET] beats Bolt", 2, MISSING, "s", part="fit", target="Acme")
    pattern, names = re.compile(r"\b(?:Acme|Bolt)\b"), ["Acme", "Bolt", "Coil"]

    def new(text: str, row: Row) -> str:
        return augmented.renamed(text, row, random.Random(1), pattern=pattern, names=names, source="s", share=1.0)

    assert new(row.text, row) in ("[TARGET] beats Acme", "[TARGET] beats Coil")
    assert new("Acme beats Bolt", replace(row, source="t")) == "Acme beats Bolt"
    assert new("Nobody", row) == "Nobody"


def test_vary_has_the_last_word_on_every_text(recipe: Recipe, rows: list[Row]) -> None:
    _, tokenizer = bare(recipe)
    seen: list[str] = []

    def vary(text: str, row: Row, draw: random.Random) -> str:
        seen.append(row.text)
        return "profit"

    batches = list(epoch_batches(rows[:8], tokenizer, recipe.train, 1, 0, vary=vary))
    assert seen == [row.text for row in rows[:8]]
    (batch,) = batches
    assert set(map(tuple, batch.ids.tolist())) == {tuple(tokenizer.encode("profit").ids)}
