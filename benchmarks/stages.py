"""The daemon's stages into a store on disk, or a replay's into memory, as benchmarks of the whole way build them."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from monitor.committing import Committing, Sink
from monitor.fold import Fold, Folded
from monitor.inference.scorer import Scorer
from monitor.parts import Parts
from monitor.pipeline import Stages
from monitor.telemetry.metrics import Metrics

BATCH = 64


def stages_into(
    sink: Sink, parts: Parts, scorer: Scorer, on_folded: Callable[[Folded], None] = lambda folded: None
) -> Stages:
    """A fold that begins empty; its clock is its own, as no figure here is a latency."""
    fold = Fold(parts.settings)
    counted = Metrics(CollectorRegistry())
    return Stages(
        matcher=parts.matcher,
        scorer=scorer,
        max_batch=BATCH,
        languages=parts.model.languages,
        end=Committing(fold, sink, counted, clock=lambda: fold.memory.now, on_folded=on_folded),
        metrics=counted,
    )
