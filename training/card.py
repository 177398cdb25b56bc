"""The model card: what the model is, what it was measured to do, and what it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from training.tables import NO_TARGET, all_tables, markdown, topics_table

LICENCE = """\
The weights in this folder are distributed under the Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0).

They are fine-tuned from the model that card.md and manifest.json name as their base, under the licence named there;
the tokenizer is that model's. The licences of the training sets, in the same place, are their publishers' word: the
public sets hold tweets and headlines that others wrote. No text of them is in this folder.
"""

_CARD = """\
# {name}: sentiment and topic of English financial headlines

Fine-tuned from {base} ({base_licence}): mean pooling, two linear heads
(3 sentiments, {topics} topics), {precision}. Input is one headline as the daemon cleans it, at most {max_characters}
characters and {max_tokens} tokens. Output is calibrated probabilities. {asked}

## Measured

On rows held out from each set, near-duplicates removed across all sets and parts, on this very folder.
{measured}

## Trained on

| set | rows | licence | sha256 |
|---|---|---|---|
{sets}

The licence of the public sets is their publishers' word over tweets and headlines that others wrote. {own}
Rows are those read; near-duplicates went before anything (manifest.json has what was kept, by part).

{notes}

## Known limits

{limits}
"""

_WEAK = 0.75  # an exam's kind below this is named among the limits
# What the public sets of the shipped recipe are, for the limits.
_WORLDS = {"twitter": "tweets of 2019-2022", "topics": "tweets of 2019-2022", "sentfin": "headlines of Indian markets"}


def card(manifest: dict[str, Any]) -> str:
    """The card's Markdown, every number taken from the manifest; what it lacks is left out or said to be unmeasured."""
    token = manifest.get("target_token")
    asked = (
        f"Sentiment is that of the whole headline, or, where `{token}` stands in the place of a name, that of the one "
        "whose name it was."
        if token
        else "Sentiment is that of the whole headline, not of a company named in it."
    )
    own = [f"`{entry['name']}`" for entry in manifest["data"] if _is_own(entry["name"])]
    return _CARD.format(
        name=manifest["name"],
        base=manifest["base"]["name"],
        base_licence=manifest["base"]["licence"],
        topics=len(manifest["labels"]["topic"]),
        precision=manifest["precision"],
        max_characters=manifest["max_characters"],
        max_tokens=manifest["max_tokens"],
        asked=asked,
        measured="\n\n".join(_measured(manifest)),
        sets="\n".join(_set_line(entry) for entry in manifest["data"]),
        own=f"{', '.join(own)}: made for this project, with invented companies." if own else "",
        notes=manifest.get("notes", "").strip() or "Made by one run of the steps prepare, train, calibrate, export.",
        limits="\n".join(f"- {limit}" for limit in _limits(manifest)),
    )


def _is_own(name: str) -> bool:
    """Sets of this project, by the names that recipes give them."""
    return name == "written" or name.startswith("own-")


def _set_line(entry: dict[str, Any]) -> str:
    return f"| {entry['title']} | {entry['rows']} | {entry['licence']} | `{entry.get('sha256', '')[:16] or '-'}` |"


def _measured(manifest: dict[str, Any]) -> Iterator[str]:
    scores = manifest.get("scores", {})
    if not scores:
        yield "\nNothing was measured."
    else:
        # Twenty topics a set are for the report.
        yield "\n" + "\n\n".join(markdown(t) for t in all_tables(scores) if t != topics_table(scores))
    if not manifest.get("target_token"):
        yield NO_TARGET
    if "sentiment/written" in scores:
        yield (
            "`written` is held out by template: no pattern of its held-out part was trained on. The same people wrote "
            "both parts, so it says less about strangers' prose than the other rows do."
        )
    if parity := manifest.get("parity"):
        yield (
            "Against the float model in torch: sentiment "
            f"{parity['sentiment_export']} (torch {parity['sentiment_torch']}), "
            f"topics {parity['topic_export']} (torch {parity['topic_torch']})."
        )
    if seen := manifest.get("batch_invariance"):
        yield (
            f"Batch-invariance: {seen['texts']} headlines alone, shuffled, and padded: the largest move of a "
            f"probability {seen['largest']}, {seen['changed']} labels changed."
        )


def _limits(manifest: dict[str, Any]) -> Iterator[str]:
    scores = manifest.get("scores", {})
    yield "English only; other languages are not scored by the daemon."
    yield "Short, ironic and allusive headlines may mislead it."
    yield _target_limit(manifest.get("target_token"), scores.get("by_target"))
    yield ('What the market expected is not known to it: "profit rises 3%" is positive even where 10% was hoped for.')
    worlds = sorted({_WORLDS[entry["name"]] for entry in manifest["data"] if entry["name"] in _WORLDS})
    if worlds:
        yield f"The public sets are {' and '.join(worlds)}; the prose of other publishers is harder for it."
    yield from _exam_limits(scores.get("exams"))
    changes = scores.get("robustness", {})
    if changes:
        worst = min(changes, key=lambda change: float(changes[change]["share"]))
        yield (
            f"What should not matter sometimes does: of headlines with this change, {worst}, "
            f"{1 - changes[worst]['share']:.1%} got another label."
        )
    yield "Topics follow one vocabulary of tweets; General News takes much of what is not about markets."
    yield "Not advice, and no ground to trade on."


def _target_limit(token: str | None, found: dict[str, Any] | None) -> str:
    if not token:
        return "A headline about two companies gets one sentiment."
    if not found:
        return f"How well `{token}` tells two companies of one headline apart was not measured."
    return (
        f"Where a headline means different things for those it names, the target score is right for "
        f"{found['accuracy']:.0%} of them (the whole headline's: {found['against']:.0%})."
    )


def _exam_limits(exams: dict[str, Any] | None) -> Iterator[str]:
    if not exams:
        yield "No exam of meaning was taken: what it makes of words that both signs use is unmeasured."
        return
    kinds = [item for name in ("meaning", "general") for item in exams.get(name, {}).get("kinds", {}).items()]
    weak = sorted((f["share"], kind, f["rows"]) for kind, f in kinds if f["share"] < _WEAK)
    if weak:
        named = ", ".join(f"{kind} ({share:.0%} of {rows})" for share, kind, rows in weak)
        yield f"Weak in the exams, share of headlines right: {named}."
    if general := exams.get("general"):
        called = general["negative"]
        yield f"Of {called['rows']} general headlines, nobody's bad news, it counts {called['share']:.1%} negative."
    negation = exams.get("robust", {}).get("negation")
    if negation and negation["rows"]:
        kept = 1 - negation["share"]
        yield f"A negation leaves its verdict as it was in {kept:.0%} of {negation['rows']} headlines."
