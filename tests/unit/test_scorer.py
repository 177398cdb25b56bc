"""The scorer on a working word-list model: order, cache, one thread, swap."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.inference.cache import ScoreCache
from monitor.inference.model import Model, Tokens
from monitor.inference.scorer import Scorer, score_texts
from monitor.records import Score
from tests.fakes_model import LexiconModel


def run(model: Model, *calls: list[str], cache_entries: int = 100, budget: int = 64) -> list[list[Score | None]]:
    """Scores the calls one after another by one scorer."""

    async def main() -> list[list[Score | None]]:
        scorer = Scorer(model, cache_entries=cache_entries, budget=budget)
        try:
            return [await scorer.score(call) for call in calls]
        finally:
            scorer.close()

    return asyncio.run(main())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["bank fraud", "profit rises", "bank run fears " * 9, "", "  ", "a b c", "tariff"])))
def test_scores_come_in_order_whatever_is_cached_or_blank(texts: list[str]) -> None:
    model = LexiconModel()
    alone = [None if not t.strip() else score_texts(model, [t])[0] for t in texts]
    assert run(model, texts, texts[::-1]) == [alone, alone[::-1]]


def test_empty_and_blank_texts_have_no_score() -> None:
    assert run(LexiconModel(), ["", " \t\n", " "]) == [[None, None, None]]


def test_nothing_to_score_is_nothing() -> None:
    assert run(LexiconModel(), []) == [[]]


def test_a_repeated_text_runs_once() -> None:
    model = LexiconModel()
    run(model, ["bank run", "bank run", "profit"], ["profit", "bank run"])
    assert sum(model.runs) == 2


def test_cache_forgets_the_least_recently_used() -> None:
    model = LexiconModel()
    run(model, ["a"], ["b"], ["a"], ["c"], ["a"], ["b"], cache_entries=2)
    assert sum(model.runs) == 4  # a, b, c and b again


def test_cache_knows_which_model_scored() -> None:
    cache = ScoreCache(10)
    score = score_texts(LexiconModel("one"), ["bank fraud"])[0]
    cache.put("bank fraud", score)
    assert cache.get("bank fraud", score.model) == score
    assert cache.get("bank fraud", LexiconModel("two").hash) is None


def test_a_cache_of_no_entries_keeps_none() -> None:
    cache = ScoreCache(0)
    cache.put("a", score_texts(LexiconModel(), ["a"])[0])
    assert len(cache) == 0


def test_no_run_exceeds_the_token_budget() -> None:
    model = LexiconModel()
    run(model, [f"bank number{i}" for i in range(50)], budget=64)
    assert max(model.runs) == 8  # 64 tokens, each text padded to 8
    assert sum(model.runs) == 50


def test_after_a_swap_the_next_call_uses_the_new_model() -> None:
    async def main() -> tuple[list[Score | None], list[Score | None], str]:
        scorer = Scorer(LexiconModel("old"))
        new = LexiconModel("new")
        try:
            before = await scorer.score(["bank fraud"])
            scorer.swap(new)
            return before, await scorer.score(["bank fraud"]), new.hash
        finally:
            scorer.close()

    before, after, new_hash = asyncio.run(main())
    assert before[0] is not None
    assert after[0] is not None
    assert before[0].model != after[0].model == new_hash


class _Slow(LexiconModel):
    """Waits inside a run until it is let go; notes how many runs were under way at once."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go = threading.Event(), threading.Event()
        self.now = self.most = 0

    def infer(self, batch: Sequence[Tokens]) -> list[Score]:
        self.now += 1
        self.most = max(self.most, self.now)
        self.started.set()
        self.go.wait(10)
        self.now -= 1
        return super().infer(batch)


def test_calls_at_once_share_one_session_thread_and_leave_the_loop_free() -> None:
    model = _Slow()

    async def main() -> list[list[Score | None]]:
        scorer = Scorer(model)
        try:
            calls = [asyncio.create_task(scorer.score([text])) for text in ("a", "b", "c")]
            await asyncio.to_thread(model.started.wait, 10)
            assert not any(call.done() for call in calls)  # and this line ran: the loop is free
            model.go.set()
            return await asyncio.gather(*calls)
        finally:
            scorer.close()

    assert [len(scores) for scores in asyncio.run(main())] == [1, 1, 1]
    assert model.most == 1


def test_a_cancelled_call_neither_hangs_nor_harms_the_next() -> None:
    model = _Slow()

    async def main() -> list[Score | None]:
        scorer = Scorer(model)
        try:
            call = asyncio.create_task(scorer.score(["bank fraud"]))
            await asyncio.to_thread(model.started.wait, 10)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            model.go.set()
            return await scorer.score(["bank fraud"])
        finally:
            scorer.close()

    assert asyncio.run(main()) == [score_texts(LexiconModel(), ["bank fraud"])[0]]
