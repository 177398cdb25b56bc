"""Label values that come with records: those that are configured, and the first few others."""

from __future__ import annotations

from collections.abc import Iterable

SPARE = 8  # what scorers of another version name that this daemon does not know; their topic could name anything


class Names:
    """Admits the known names, and of all others the first `SPARE` that ask, for good."""

    def __init__(self, known: Iterable[str]) -> None:
        self._admitted = set(known)
        self._most = len(self._admitted) + SPARE

    def admit(self, name: str) -> bool:
        """Whether the name is shown as it is.

        >>> names = Names(["wire"])
        >>> names.admit("wire"), [names.admit(f"x{n}") for n in range(9)][-2:], names.admit("x0")
        (True, [True, False], True)
        """
        if name not in self._admitted:
            if len(self._admitted) >= self._most:
                return False
            self._admitted.add(name)
        return True
