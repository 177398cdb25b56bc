"""Calibration finds what was bent, and no source outweighs another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.calibrate import alike, calibrate, fit
from training.recipe import DataSet, Recipe, read_recipe

pytestmark = [pytest.mark.training, pytest.mark.slow]


@pytest.mark.parametrize(("temperature", "bias"), [(2.0, [0.0, 0.0, 0.0]), (0.5, [0.4, -0.1, -0.3])])
def test_fit_recovers_a_known_temperature_and_bias(temperature: float, bias: list[float]) -> None:
    draw = np.random.default_rng(3)
    honest = draw.normal(size=(40_000, 3)) * 1.5 + np.array(bias)
    labels = torch.tensor((honest + draw.gumbel(size=honest.shape)).argmax(axis=1))  # drawn from softmax(honest)
    logits = torch.tensor((honest - np.array(bias)) * temperature)
    found, biases = fit(logits, labels, torch.ones(len(labels)))
    assert found == pytest.approx(temperature, rel=0.03)
    assert biases == pytest.approx(bias, abs=0.07)  # a sixth of it is lost to the pull towards 0
    assert sum(biases) == pytest.approx(0, abs=1e-5)


def test_fit_of_a_head_that_knows_nothing_stays_within_bounds() -> None:
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(500, 3, generator=draw) * 50
    temperature, _ = fit(logits, torch.randint(3, (500,), generator=draw), torch.ones(500))
    assert temperature == 10


def test_sources_weigh_alike_and_a_family_as_one(trained: Path) -> None:
    recipe = read_recipe(trained / "recipe.yaml")

    def entry(name: str, family: str) -> DataSet:
        return DataSet(name, "", "", "", family=family)

    sets = (entry("large", ""), entry("small", ""), entry("own-a", "own"), entry("own-b", "own"))
    recipe = replace(recipe, data=replace(recipe.data, sets=sets))
    sources = ["large"] * 70 + ["small"] * 10 + ["own-a"] * 15 + ["own-b"] * 3 + ["written"] * 2
    weights = alike(sources, recipe)

    def weight(*names: str) -> float:
        return float(sum(w for w, source in zip(weights, sources, strict=True) if source in names))

    assert weight("large") == pytest.approx(weight("small"), rel=1e-5)
    assert weight("own-a", "own-b", "written") == pytest.approx(weight("small"), rel=1e-5)
    assert weight("own-a") / weight("own-b") == pytest.approx(5, rel=1e-5)


def test_a_source_of_ten_times_the_rows_calibrates_no_more_than_another(trained: Path) -> None:
    recipe: Recipe = read_recipe(trained / "recipe.yaml")
    logits = torch.tensor([[2.0, 0.0, 0.0]])
    sources = ["tweets"] * 100 + ["entities"] * 10
    labels = torch.tensor([0] * 100 + [1] * 10)
    few = [0, *range(100, 101)]
    all_of = fit(logits.expand(110, 3), labels, alike(sources, recipe))
    one_each = fit(logits.expand(2, 3), labels[few], alike([sources[i] for i in few], recipe))
    np.testing.assert_allclose([all_of[0], *all_of[1]], [one_each[0], *one_each[1]], atol=1e-3)


def test_calibrating_twice_says_the_same(trained: Path) -> None:
    recipe = read_recipe(trained / "recipe.yaml")
    before = (recipe.run / "calibration.json").read_bytes()
    assert calibrate(recipe).read_bytes() == before
