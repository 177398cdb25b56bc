"""What the model reads of a headline: the whole, and once more for each entity where it names several. Pure.

"Boeing falls as Airbus wins order" is bad news of one and good news of the other. A model with a target token tells
them apart: it reads the headline with the token in place of one name, and answers for that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from monitor.ingest.canonical import mark_target, model_text, without_token
from monitor.records import Mention, Score

# Kinds with a series of their own. A sector's words ("banks") have none: their series takes its companies' scores.
KINDS = frozenset({"company", "central_bank", "currency", "commodity", "index"})
# A headline that names more is a list of movers. It also bounds the work: a batch of 64 articles is 576 texts at most.
MOST_TARGETS = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """One text for the model; `target` is the entity id that its score is for, None for the whole headline."""

    text: str
    target: str | None = None


def readings(title: str, lead: str, mentions: Iterable[Mention], token: str | None) -> list[Reading]:
    """The whole headline, then one reading for each entity of the title, by position, where it names two or more.

    Args:
        title, lead: canonical text. mentions: spans in that title.
        token: the model's target token; None where it scores whole headlines only.
    """
    text = model_text(title, lead)
    if token is None:
        return [Reading(text)]
    named = {m.entity_id: m for m in mentions if m.where == "title" and m.kind in KINDS}
    targets = sorted(named.values(), key=lambda m: (m.start, m.entity_id)) if len(named) > 1 else []
    return [
        Reading(without_token(text, token).strip()),
        # In the text rather than in the title alone: a name that shrinks to a token must not make it a mere label.
        *(Reading(mark_target(text, m.start, m.end, token), m.entity_id) for m in targets[:MOST_TARGETS]),
    ]


def scores_by_headline(asked: Sequence[Sequence[Reading]], found: Iterable[Score | None]) -> list[tuple[Score, ...]]:
    """The scores of each headline as `Prepared.scores` has them; () where the whole headline has none.

    Args:
        asked: what `readings` gave for each headline.
        found: one score a reading, all headlines' one after another.

    Raises:
        ValueError: their numbers differ.
    """
    flat = [reading.target for headline in asked for reading in headline]
    scores = iter([score and replace(score, target=target) for target, score in zip(flat, found, strict=True)])
    told = []
    for headline in asked:
        whole, *targets = islice(scores, len(headline))
        told.append((whole, *(score for score in targets if score)) if whole else ())
    return told
