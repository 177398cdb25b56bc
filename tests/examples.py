"""How many examples a costly property is tried on."""

from __future__ import annotations

import os


def examples(full: int) -> int:
    """All of them, but a quarter under `make check`, which people wait for; `make test` tries all."""
    return max(full // 4, 5) if os.environ.get("BEARWATCH_QUICK") else full
