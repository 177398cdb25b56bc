"""YAML and environment in, a checked `Config` out; or one ConfigError that lists every fault, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from monitor.config.faults import Loc, Origin, describe
from monitor.config.schema import Config
from monitor.errors import ConfigError

PREFIX = "BEARWATCH_"


def load_config(
    path: Path | None, env: Mapping[str, str], *, text: str | None = None, folder: Path | None = None
) -> Config:
    """The configuration of `path` (None: defaults), with `BEARWATCH_SECTION__KEY` variables of `env` over it.

    Deeper options take more parts (`BEARWATCH_SOURCES__RSS__CONTACT`); lists and mappings are written as YAML
    (`[a, b]`). A variable without `__` is not ours (Kubernetes sets BEARWATCH_PORT for a service of that name), an
    empty one counts as unset. Relative paths start from the file's folder, or from the working directory without one.

    Args:
        text: read instead of the file's own. folder: where relative paths start from instead.

    Raises:
        ConfigError: every fault, one a line (variables first, then by line of the file): file and line or variable,
            dotted option, what is wrong, what would be right.
    """
    origin = Origin("defaults") if path is None else _parse(path, _read_file(path) if text is None else text)
    _read_environment(origin, env)
    # A missing section would get its defaults without the context that tells where the state folder is.
    origin.data.setdefault("store", {})
    base = folder or (path.parent.absolute() if path is not None else Path.cwd())
    try:
        config = Config.model_validate(origin.data, context={"base": base, "env": env})
    except ValidationError as error:
        for each in error.errors(include_url=False):
            describe(origin, each)
    if origin.faults:
        raise ConfigError("\n".join(dict.fromkeys(text for _, text in sorted(origin.faults))))
    return config


def effective_yaml(config: Config) -> str:
    """The whole configuration as YAML, defaults filled in, secrets and webhook addresses masked."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _read_file(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text at byte {error.start}") from error


def _parse(path: Path, text: str) -> Origin:
    origin = Origin(str(path))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{place}: is not YAML: {error.problem or error.context}") from error
    except yaml.reader.ReaderError as error:
        raise ConfigError(f"{path}: is not YAML: character {error.position} is not printable") from error
    except (RecursionError, ValueError) as error:  # brackets in brackets without end, or a number of 5,000 digits
        raise ConfigError(f"{path}: is no configuration: {error}") from error
    if data is None:
        return origin
    if not isinstance(data, dict):
        raise ConfigError(f"{path}:1: should hold sections such as 'web:', not {type(data).__name__}")
    origin.data = data
    _note_lines(root, (), origin, set())
    return origin


def _note_lines(node: yaml.Node | None, loc: Loc, origin: Origin, seen: set[int]) -> None:
    if id(node) in seen:  # an alias may point to its own parent
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*loc, key.value)
            line = key.start_mark.line + 1
            if below in origin.lines:  # YAML would take the later one in silence
                origin.add(below, f"stands again in line {line}; keep one")
            origin.lines.setdefault(below, line)
            _note_lines(value, below, origin, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            origin.lines[*loc, index] = value.start_mark.line + 1
            _note_lines(value, (*loc, index), origin, seen)


def _read_environment(origin: Origin, env: Mapping[str, str]) -> None:
    for variable in sorted(env):
        text = env[variable]
        if not variable.startswith(PREFIX) or "__" not in variable or not text:
            continue
        loc = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        origin.variables[loc] = variable
        value: Any = None if text == "null" else text
        if text[0] in "[{":
            try:
                value = yaml.safe_load(text)
            except yaml.YAMLError:
                origin.add(loc, "is not YAML; write a list as [a, b]")
                continue
        _set(origin.data, loc, value)


def _set(data: dict[Any, Any], loc: Loc, value: Any) -> None:
    for part in loc[:-1]:
        below = data.get(part)
        if not isinstance(below, dict):  # a section left empty, or one that the variable replaces
            below = data[part] = {}
        data = below
    data[loc[-1]] = value
