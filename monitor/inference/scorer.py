"""From texts to scores on the event loop: cache, tokens, batches, one session thread, arrival order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from monitor.inference.batching import padded, plan, scatter
from monitor.inference.cache import ScoreCache
from monitor.inference.disk_cache import DiskScores
from monitor.inference.model import Model
from monitor.records import Score

TOKEN_BUDGET = 1024  # padded tokens in one run, some 40 headlines: bounds how long a run holds the thread
CACHE_ENTRIES = 20_000  # some days of titles; wires send one again hours later


def score_texts(
    model: Model,
    texts: Sequence[str],
    budget: int = TOKEN_BUDGET,
    seen: Callable[[int, int], None] = lambda tokens, padding: None,
) -> list[Score | None]:
    """Scores in the texts' order, run in batches of at most `budget` padded tokens; None as `Model.infer`. Synchronous.

    Args:
        seen: told how many tokens the texts had, and how many more were run to fill their batches.
    """
    tokens = model.encode(texts)
    batches = plan([len(t) for t in tokens], budget)
    held = sum(len(t) for t in tokens)
    seen(held, sum(len(batch) * padded(max(len(tokens[i]) for i in batch)) for batch in batches) - held)
    return scatter(batches, [model.infer([tokens[i] for i in batch]) for batch in batches], len(texts))


class Scorer:
    """Scores lists of texts in one thread of its own; calls queue up and are served in order.

    Whoever feeds it gathers articles while a call is under way (one at a time, and what has gathered next), so
    load forms the batches and an idle daemon scores a lone article at once.

    Args:
        disk: scores of earlier runs by `model`, which is then never swapped; the scorer closes it.
    """

    def __init__(
        self,
        model: Model,
        *,
        cache_entries: int = CACHE_ENTRIES,
        budget: int = TOKEN_BUDGET,
        disk: DiskScores | None = None,
    ) -> None:
        self._model = model
        self._budget = budget
        self._cache = ScoreCache(cache_entries)
        self._disk = disk
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self.computed = 0  # texts that the model ran, as against those found in the cache
        self.cached = 0
        self.tokens = 0  # of the texts that it ran, and what filled their batches
        self.padding = 0

    @property
    def model(self) -> Model:
        """The model that the next call uses."""
        return self._model

    @property
    def remembered(self) -> int:
        """Scores in the cache."""
        return len(self._cache)

    def swap(self, model: Model) -> None:
        """Takes a loaded model from the next call on; a call under way ends with the old one."""
        self._model = model

    async def score(self, texts: Sequence[str]) -> list[Score | None]:
        """One score a text, in order; None for a text that is empty or blank, or that the model gives no number for.

        All scores of a call come from one model. Bounded by the texts' number and the model's token limit; a
        cancelled call still finishes in its thread, and its scores stay in the cache.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._score, self._model, list(texts))

    def _score(self, model: Model, texts: list[str]) -> list[Score | None]:
        found: dict[str, Score] = {}
        wanted: dict[str, None] = {}
        for text in texts:
            if not text.strip() or text in found or text in wanted:
                continue
            score = self._cache.get(text, model.hash)
            if score is None:
                wanted[text] = None
            else:
                found[text] = score
        kept = self._disk.get(list(wanted)) if self._disk and wanted else {}
        fresh = [text for text in wanted if text not in kept]
        told = zip(fresh, score_texts(model, fresh, self._budget, self._seen) if fresh else [], strict=True)
        scored = {text: score for text, score in told if score}
        if self._disk:
            self._disk.put(scored)
        self.cached += len(found) + len(kept)
        self.computed += len(fresh)
        for text, score in (kept | scored).items():
            found[text] = score
            self._cache.put(text, score)
        return [found.get(text) for text in texts]

    def _seen(self, tokens: int, padding: int) -> None:
        self.tokens += tokens
        self.padding += padding

    def close(self) -> None:
        """Ends the thread after the run that is under way; idempotent."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._disk:
            self._disk.close()
