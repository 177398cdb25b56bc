"""What a Kafka record's bytes hold: a table of decoders, one row each. Another format is a function and its row."""

from __future__ import annotations

from collections.abc import Callable

from monitor.records import Article, Prepared, Refusal
from monitor.sources.scores import from_record
from monitor.sources.wire import Reason, WireContext, article_from_line, refusal

Made = Article | Prepared | Refusal
Decoder = Callable[[bytes, WireContext, str], Made]
"""(value, what the article takes from its source, `topic/partition@offset`) -> the article, or why there is none."""

DECODERS: dict[str, Decoder] = {
    "json": article_from_line,  # the object of archives and of the HTTP push, in UTF-8
    "scores": from_record,  # what a scorer writes, of which the article is whole and scored
}


def decoded(decoder: Decoder, value: bytes | None, context: WireContext, where: str) -> Made:
    """As the decoder says; a record without a value (a tombstone of a compacted topic) is refused."""
    if value is None:
        return refusal(Reason.NO_VALUE, "a record without a value", context, where, "")
    return decoder(value, context, where)
