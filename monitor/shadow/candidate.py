"""What is tried: a whole configuration, or the live one with another model; and what of it has to be as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from monitor.config import Config, load_config
from monitor.errors import InputError
from monitor.place import store_address
from monitor.reload import NEEDS_RESTART, changed_options
from monitor.storage.database import database_of


@dataclass(frozen=True, slots=True)
class Given:
    """How a candidate was named, for the shadow's store to remember.

    Attributes:
        file: the candidate's own, absolute; "" where it is the live one with another model.
        model: a folder, absolute, or the name of a shipped one; "" where the file says it.
    """

    file: str = ""
    model: str = ""

    def __str__(self) -> str:
        return self.file or f"model {self.model}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate, read.

    Attributes:
        live: the configuration that it runs beside. live_path: its file, None where there is none.
        config: the candidate as it would run in the live one's place. changed: the options that differ.
        text: the file that says so, in the live one's folder.
    """

    given: Given
    live: Config
    live_path: Path | None
    config: Config
    text: str
    changed: tuple[str, ...]

    def digests(self) -> dict[str, str]:
        """Of the candidate's file, and of the live one's as it is now."""
        return {"candidate": digest(self.text), "live": digest(_text(self.live_path) if self.live_path else "")}


def given_of(file: Path | None, model: str, live: Config) -> Given:
    """What was named on the command line, or in the live configuration. Raises InputError: not one of them."""
    if file is None and not model:
        file = live.shadow.candidate
    if (file is None) == (not model):
        raise InputError("shadow: give --candidate FILE or --model DIR, one of them, or shadow.candidate in the file")
    if file is not None:
        return Given(file=str(file.expanduser().absolute()))
    is_name = "/" not in model and not Path(model).is_dir()
    return Given(model=model if is_name else str(Path(model).expanduser().absolute()))


def load_candidate(given: Given, live: Config, live_path: Path | None, env: Mapping[str, str]) -> Candidate:
    """Reads it as the daemon would, once it stands in the live one's place.

    Raises:
        ConfigError: every fault of it. InputError: it would be another one there, or it moves what needs a restart.
    """
    if given.file:
        text, wanted = _text(Path(given.file)), load_config(Path(given.file), env)
    else:
        text = with_model("" if live_path is None else _text(live_path), given.model)
        wanted = live.model_copy(update={"model": live.model.model_copy(update={"path": given.model})})
    config = wanted
    if live_path is not None and given.file:
        config = load_config(Path(given.file), env, folder=live_path.parent.absolute())
    elif live_path is not None:
        config = load_config(live_path, env, text=text)
    if config != wanted:
        other = ", ".join(changed_options(wanted, config))
        if given.file:
            raise InputError(f"{given}: in the folder of {live_path} it would be another ({other}): give full paths")
        raise InputError(f"{live_path}: its model cannot be changed by itself ({other} too): give --candidate FILE")
    changed = tuple(changed_options(live, config))
    fixed = [name for name in changed if any(name.split(".")[: len(f)] == list(f) for f in NEEDS_RESTART)]
    if fixed:
        raise InputError(f"{given}: {', '.join(fixed)}: no reload can take another than the live one: keep it as it is")
    return Candidate(given, live, live_path, config, text, changed)


def shadow_store(live: Config, given: Path | None) -> Path:
    """Where the shadow's store is: as named, as configured, or beside the live one."""
    path = given or live.shadow.store
    if path is not None:
        return path.expanduser().absolute()
    beside = database_of(store_address(live)).beside
    return beside.with_name(f"{beside.stem}.shadow{beside.suffix or '.db'}")


def with_model(text: str, model: str) -> str:
    """A YAML configuration with another model, all else as it was written, comments too.

    >>> with_model("model: {device: cuda}  # big", "fast")
    'model: {path: "fast", device: cuda}  # big'
    """
    root, path = yaml.compose(text, Loader=yaml.SafeLoader), json.dumps(model, ensure_ascii=False)
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return f"{text.rstrip()}\nmodel:\n  path: {path}\n".lstrip()
    section = _value(root, "model")
    if section is None:
        return _before_first(text, root, f'"model": {{"path": {path}}}')
    option = _value(section, "path") if isinstance(section, yaml.MappingNode) else None
    if option is not None:
        return text[: option.start_mark.index] + path + text[option.end_mark.index :]
    if isinstance(section, yaml.MappingNode) and section.value:
        return _before_first(text, section, f"path: {path}")
    return f"{text[: section.start_mark.index].rstrip(' ')} {{path: {path}}}{text[section.end_mark.index :]}"


def digest(text: str) -> str:
    """16 hex digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _value(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _before_first(text: str, node: yaml.MappingNode, entry: str) -> str:
    """With one more entry in front of a mapping's first."""
    first = node.value[0][0].start_mark
    between = ", " if node.flow_style else "\n" + " " * first.column
    return f"{text[: first.index]}{entry}{between}{text[first.index :]}"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
