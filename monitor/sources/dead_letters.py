"""What no article could be made of goes to a topic of its own, bytes as they came, before the partition moves on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from monitor.kafka.handler import Record
from monitor.kafka.producer import Outgoing, SendError, Sends
from monitor.permit import ALWAYS, Permit
from monitor.records import Refusal

log = structlog.get_logger(__name__)

RETRY_LEAST_S, RETRY_MOST_S = 0.5, 10.0
_CUT = 100_000  # bytes of a value that are kept where the topic takes no more

# Headers of a dead letter. Those of the record itself are not carried over: they are the producer's.
REASON, DETAIL = "bearwatch-reason", "bearwatch-detail"
TOPIC, PARTITION, OFFSET = "bearwatch-topic", "bearwatch-partition", "bearwatch-offset"
AT, CUT = "bearwatch-at", "bearwatch-cut-from"
HEADERS = (REASON, DETAIL, TOPIC, PARTITION, OFFSET, AT, CUT)


class DeadLetters:
    """Tries until the broker has acknowledged: nothing behind a refused record is handed over before.

    Args:
        trouble: told why they cannot be sent, "" when they can again. permit: waited for before each try.
    """

    def __init__(self, topic: str, sender: Sends, trouble: Callable[[str], None], permit: Permit = ALWAYS) -> None:
        self._topic = topic
        self._sender = sender
        self._trouble = trouble
        self._permit = permit

    async def send(self, refused: Sequence[tuple[Record, Refusal]]) -> None:
        """Returns once all are acknowledged; a kill before the commit that follows sends them again."""
        letters = [self._letter(record, refusal) for record, refusal in refused]
        pause = RETRY_LEAST_S
        while letters:
            await self._permit.wait()
            try:
                await self._sender.send(letters)
            except SendError as error:
                letters = [letters[place] for place in error.failed]
                shorter = [_cut(letter) for letter in letters] if error.too_large else letters
                if shorter != letters:
                    letters = shorter
                    continue
                self._trouble(f"dead letters: {error.reason}")
                log.error("dead_letters_failing", topic=self._topic, error=str(error), retry_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, RETRY_MOST_S)
            else:
                letters = []
        if pause > RETRY_LEAST_S:
            log.info("dead_letters_sent_again", topic=self._topic, ends="dead_letters_failing")
        self._trouble("")

    def _letter(self, record: Record, refusal: Refusal) -> Outgoing:
        said = {
            REASON: refusal.reason,
            DETAIL: refusal.detail,
            TOPIC: record.topic,
            PARTITION: str(record.partition),
            OFFSET: str(record.offset),
            **({AT: str(record.at)} if record.at is not None else {}),
        }
        headers = tuple((name, text.encode()) for name, text in said.items())
        return Outgoing(self._topic, record.key, record.value, headers)


def _cut(letter: Outgoing) -> Outgoing:
    """The first bytes, where the dead-letter topic takes shorter records than the topic they came from."""
    value = letter.value or b""
    if not value:
        return replace(letter, key=None)  # a key of a megabyte; else it would never fit
    size = min(_CUT, len(value) // 2)
    whole = dict(letter.headers).get(CUT, str(len(value)).encode())
    kept = tuple(header for header in letter.headers if header[0] != CUT)
    return replace(letter, value=value[:size], headers=(*kept, (CUT, whole)))
