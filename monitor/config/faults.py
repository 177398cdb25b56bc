"""What is wrong with a configuration, in one line each: where, which option, what is wrong, what would be right."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config.schema import FEED_TAGS, Config

Loc = tuple[Any, ...]

# What would be right, by pydantic's error type (a stable list); filled in from the error's context.
_RIGHT = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text; put it in quotes",
    "path_type": "a path",
    "list_type": "a list",
    "model_type": "a section of 'option: value' lines",
    "model_attributes_type": "a section of 'option: value' lines",
    "invalid_key": "an option's name",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "string_too_short": "at least {min_length} character long",
    "string_too_long": "at most {max_length} characters long",
    "string_pattern_mismatch": "text of the form {pattern}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}


@dataclass(slots=True)
class Origin:
    """What was read, where each option came from, and what is wrong with it: (line, fault), variables as line 0."""

    name: str
    data: dict[Any, Any] = field(default_factory=dict)
    lines: dict[Loc, int] = field(default_factory=dict)
    variables: dict[Loc, str] = field(default_factory=dict)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def add(self, loc: Loc, what: str) -> None:
        """Notes a fault of the option at `loc`."""
        line, where = self._place(loc)
        self.faults.append((line, f"{where}: {dotted(loc) or 'the file'}: {what}"))

    def _place(self, loc: Loc) -> tuple[int, str]:
        for length in range(len(loc), 0, -1):
            if loc[:length] in self.variables:
                return 0, self.variables[loc[:length]]
            if loc[:length] in self.lines:
                line = self.lines[loc[:length]]
                return line, f"{self.name}:{line}"
        below = (name for at, name in self.variables.items() if loc and at[: len(loc)] == loc)
        return 0, next(below, self.name)  # a section that only a variable names


def describe(origin: Origin, error: Any) -> None:
    """Notes a pydantic error (an item of `ValidationError.errors()`)."""
    loc = tuple(part for part in error["loc"] if part not in FEED_TAGS and part != "[key]")
    origin.add(loc, _what(error, loc))


def _what(error: Any, loc: Loc) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(loc)
    if kind == "missing":
        return "is missing; every item of this list needs it"
    if kind in {"value_error", "assertion_error"}:
        return str(context["error"])
    right = _RIGHT[kind].format(**context) if kind in _RIGHT else f"something else ({error['msg']})"
    return f"should be {right}{_but(error.get('input'), loc)}"


def _but(value: Any, loc: Loc) -> str:
    if isinstance(value, dict | list | SecretStr) or _never_repeated().intersection(loc[-2:]):
        return ""
    shown = repr(value)
    return f", not {shown if len(shown) <= 60 else shown[:57] + '...'}"


def _unknown(loc: Loc) -> str:
    siblings = list(_section_at(loc[:-1]).model_fields)
    name = str(loc[-1])
    near = get_close_matches(name, siblings, n=1)
    if near:
        return f"unknown option; did you mean {dotted((*loc[:-1], near[0]))}?"
    elsewhere = [option for option in options() if option.rsplit(".", 1)[-1] == name]
    if elsewhere:
        nearest = min(elsewhere, key=lambda option: (option.count("[]"), option.count(".")))
        return f"unknown option here; did you mean {nearest}?"
    return f"unknown option; known here: {', '.join(siblings)}"


def dotted(loc: Loc) -> str:
    """An option as people write it, items of a list counted from one: `sources.rss.feeds[1].url`."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def options(model: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """Every option by its dotted name; `[]` stands for an item of a list: `sources.rss.feeds[].url`."""
    for name, info in model.model_fields.items():
        section, is_list = _section_of(info.annotation)
        if section is None or is_list:
            yield prefix + name
        if section is not None:
            yield from options(section, f"{prefix}{name}{'[]' if is_list else ''}.")


def secret_options() -> list[str]:
    """Every option that holds a secret, as `options` names them."""
    return [option for option in options() if _holds_secret(_field_at(option).annotation)]


@cache
def _never_repeated() -> frozenset[str]:
    # A token given where its hash belongs is a secret too.
    return frozenset({"sha256", *(option.rsplit(".", 1)[-1] for option in secret_options())})


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_holds_secret(argument) for argument in get_args(annotation))


def _field_at(option: str) -> FieldInfo:
    *above, name = option.replace("[]", "").split(".")
    return _section_at(tuple(above)).model_fields[name]


def _section_of(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The section that an annotation holds, and whether it holds a list of them; (None, False) for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    origin = get_origin(annotation)
    if origin in {Annotated, Union, types.UnionType, list}:
        for argument in get_args(annotation):
            section, is_list = _section_of(argument)
            if section is not None:
                return section, is_list or origin is list
    return None, False


def _section_at(loc: Loc) -> type[BaseModel]:
    section: type[BaseModel] = Config
    for part in loc:
        if not isinstance(part, int) and part in section.model_fields:
            section = _section_of(section.model_fields[part].annotation)[0] or section
    return section
