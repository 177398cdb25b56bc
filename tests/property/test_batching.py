"""Batches by token budget: everything once, nothing over budget, results back where they came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.inference.batching import STEP, padded, plan, scatter

lengths_of_texts = st.lists(st.integers(1, 512), max_size=200)
budgets = st.integers(STEP, 4096)


@settings(deadline=None)
@given(lengths_of_texts, budgets)
def test_every_text_runs_exactly_once(lengths: list[int], budget: int) -> None:
    assert sorted(i for batch in plan(lengths, budget) for i in batch) == list(range(len(lengths)))


@settings(deadline=None)
@given(lengths_of_texts, budgets)
def test_no_batch_of_several_texts_exceeds_the_budget(lengths: list[int], budget: int) -> None:
    for batch in plan(lengths, budget):
        width = padded(max(lengths[i] for i in batch))
        assert len(batch) == 1 or len(batch) * width <= budget


@settings(deadline=None)
@given(lengths_of_texts, budgets)
def test_padding_at_most_doubles_a_text(lengths: list[int], budget: int) -> None:
    for batch in plan(lengths, budget):
        assert padded(max(lengths[i] for i in batch)) <= 2 * padded(min(lengths[i] for i in batch))


@settings(deadline=None)
@given(lengths_of_texts, budgets)
def test_results_come_back_in_arrival_order(lengths: list[int], budget: int) -> None:
    batches = plan(lengths, budget)
    assert scatter(batches, [[(i, lengths[i]) for i in batch] for batch in batches], len(lengths)) == list(
        enumerate(lengths)
    )


@settings(deadline=None)
@given(st.integers(1, 10_000))
def test_widths_are_few_and_wide_enough(length: int) -> None:
    assert padded(length) % STEP == 0
    assert 0 <= padded(length) - length < STEP or length < STEP


@pytest.mark.parametrize(
    ("batches", "results", "count"),
    [
        ([[0, 1]], [["a"]], 2),  # a batch came back short
        ([[0], [0]], [["a"], ["b"]], 2),  # one text twice, another never
        ([[0]], [["a"]], 2),  # a text was never run
        ([[0], [1]], [["a"]], 2),  # a whole batch is missing
    ],
)
def test_a_lost_result_is_never_papered_over(batches: list[list[int]], results: list[list[str]], count: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        scatter(batches, results, count)
