"""A configuration file replaced as a whole, with its mode and owner, and what it was before kept beside it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import OperatorError


def written(path: Path, text: str, like: Path) -> None:
    """Puts a file of that text in place of `path`, or makes it: at every instant there is the one or the other.

    Args:
        like: mode and owner are this one's.

    Raises OperatorError: it cannot be written there, or not with that owner; nothing is changed.
    """
    trial = path.with_name(f".{path.name}.new")
    try:
        held = like.stat()
        # 0600 until its owner is right: it may hold secrets.
        descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                made = os.fstat(descriptor)
                if (made.st_uid, made.st_gid) != (held.st_uid, held.st_gid):
                    os.fchown(descriptor, held.st_uid, held.st_gid)
                os.fchmod(descriptor, held.st_mode & 0o7777)
                file.write(text.encode("utf-8"))
                file.flush()
                os.fsync(descriptor)
            trial.replace(path)
        finally:
            trial.unlink(missing_ok=True)
        _settle(path.parent)
    except OSError as error:
        raise OperatorError(f"{path} cannot be written as {like} is: {error.strerror}; nothing is changed") from error


def keep(path: Path) -> Path:
    """A copy beside it, `<name>.before-1` and so on, the greatest the last. Raises OperatorError."""
    kept = path.with_name(f"{path.name}.before-{1 + max((number for number, _ in _kept(path)), default=0)}")
    written(kept, path.read_text("utf-8"), path)
    return kept


def last_kept(path: Path) -> Path | None:
    """The last one that `keep` made."""
    return max(_kept(path), default=(0, None))[1]


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Nobody else promotes or goes back meanwhile. Raises OperatorError: somebody does."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OperatorError(f"another promotion or rollback of {path} is going on") from None
        yield
    finally:
        os.close(descriptor)


def _kept(path: Path) -> list[tuple[int, Path]]:
    pattern = re.compile(re.escape(path.name) + r"\.before-([1-9]\d{0,8})")
    return [(int(found[1]), each) for each in path.parent.iterdir() if (found := pattern.fullmatch(each.name))]


def _settle(folder: Path) -> None:
    """The new name survives power loss (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
