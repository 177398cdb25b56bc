"""What runs beside the work ends with it, whatever becomes of the work."""

from __future__ import annotations

import asyncio

import pytest

from monitor.errors import InputError
from monitor.supervise import meanwhile


def test_open_alerts_are_told_while_the_past_is_read_again() -> None:
    """Reading it takes minutes; Alertmanager would resolve what is silent for five."""

    async def scenario() -> None:
        told, ended = asyncio.Event(), asyncio.Event()

        async def tell() -> None:
            told.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def read() -> str:
            await told.wait()
            return "fold"

        assert await meanwhile(tell, read()) == "fold"
        assert ended.is_set()

        async def fail() -> str:
            raise InputError("one line for the user")

        with pytest.raises(InputError, match="one line"):  # no group of exceptions around it
            await meanwhile(tell, fail())

    asyncio.run(scenario())
