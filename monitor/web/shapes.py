"""What the API takes and answers beside the board, for its OpenAPI description; a test compares it with what comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Faults = dict[int | str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RefusedArticle:
    """What no article could be made of: its index in the body."""

    index: int
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of pushed articles."""

    accepted: int
    refused: tuple[RefusedArticle, ...]


@dataclass(frozen=True, slots=True)
class Transition:
    """A status that an alert was told with. at: ISO 8601, UTC."""

    status: str
    at: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that was given. at: ISO 8601, UTC."""

    kind: str
    value: str
    who: str
    at: str
    via: str


@dataclass(frozen=True, slots=True)
class AnswersState:
    """What the answers come to; "" where nobody said."""

    acknowledged_by: str
    acknowledged_at: str | None
    assigned_to: str
    mark: str


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert as it was last told, and what was said of it."""

    alert: dict[str, Any]
    transitions: tuple[Transition, ...]
    answers: tuple[GivenAnswer, ...]
    state: AnswersState
    muted: bool


@dataclass(frozen=True, slots=True)
class WordWeight:
    """A word of a headline, and what the log-odds of P(neg) lose without it."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class ReadHeadline:
    """A headline as the model reads it, with the words that weigh most first. model: its hash."""

    title: str
    publisher: str
    model: str
    p_negative: float
    words: tuple[WordWeight, ...]


@dataclass(frozen=True, slots=True)
class AlertWords:
    """The worst headlines of an alert."""

    headlines: tuple[ReadHeadline, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The numbers of the answers that were kept. at: ISO 8601, UTC."""

    answers: tuple[int, ...]
    at: str


@dataclass(frozen=True, slots=True)
class MuteRecord:
    """A mute; times are ISO 8601, UTC."""

    id: int
    series: str
    until: str
    who: str
    why: str
    at: str
    via: str
    ended_at: str | None
    ended_by: str


@dataclass(frozen=True, slots=True)
class MuteList:
    """The mutes in force."""

    mutes: tuple[MuteRecord, ...]


@dataclass(frozen=True, slots=True)
class Muted:
    """A mute's number and end. known: whether any story has entered the series yet."""

    mute: int
    until: str
    known: bool


@dataclass(frozen=True, slots=True)
class Unmuted:
    """How many mutes ended, and how many messages left for it."""

    ended: int
    released: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What a person or program had done.

    Attributes:
        at: ISO 8601, UTC. action: `answer`, `mute`, `unmute`, `redrive` ...
        who: as they named themselves; via: `cli`, `api` or `link`.
        login, address: whose token they showed and where they came from; "" where there is none to tell.
        what: what was asked for, and what came of it.
    """

    seq: int
    at: str
    action: str
    who: str
    via: str
    login: str
    address: str
    what: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditList:
    """The newest first."""

    audit: tuple[AuditRecord, ...]


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What is said of an alert; see docs/answers.md."""

    kind: Literal["acknowledge", "assign", "note", "mark"]
    value: str = ""
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewMute:
    """until: a duration (`2h`) or a time, ISO 8601."""

    series: str
    until: str
    who: str
    why: str


def faults(*statuses: int) -> Faults:
    """A route's `responses` for these statuses: why it was not done, in one line."""
    schema = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
    # Spelt out: a model would be described in the type of the route's own answer, text for the metrics.
    return {status: {"content": {"application/json": {"schema": schema}}} for status in statuses}
