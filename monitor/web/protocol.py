"""uvicorn's HTTP/1.1 protocol with an end to every wait: for headers, for a body, for a reader; and a pace.

uvicorn bounds none of these by itself: a socket that sends a byte a minute is open for ever. A client that asks too
often is not answered with errors, which cost as much as answers: its sockets are read more slowly.
"""

from __future__ import annotations

import asyncio
from typing import cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from monitor.web.limits import Door, client_key


class GuardedProtocol(H11Protocol):
    """One connection.

    Args:
        door: shared by all connections of a server.
    """

    def __init__(self, config: uvicorn.Config, server_state: ServerState, door: Door) -> None:
        super().__init__(config, server_state, {})
        self._door = door
        self._client = ""
        self._entered = False
        self._receiving: asyncio.TimerHandle | None = None
        self._in_body = False
        self._writing: asyncio.TimerHandle | None = None
        self._paced: asyncio.TimerHandle | None = None
        self._charged = False

    # --- asyncio.Protocol -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._client = client_key(self.client[0] if self.client else "")
        self._entered = self._door.enter(self._client)
        if not self._entered:
            self.transport.abort()
            return
        self._receive_within(self._door.limits.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._entered:
            self._door.leave(self._client)
            self._entered = False
        for timer in (self._receiving, self._writing, self._paced):
            if timer is not None:
                timer.cancel()
        self._receiving = self._writing = self._paced = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._receiving is None and self.conn.their_state is h11.IDLE:
            self._receive_within(self._door.limits.head_s)
        super().data_received(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(self._door.limits.write_s, self._too_slow)

    def resume_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    # --- uvicorn's ------------------------------------------------------------------------------------------------

    def handle_events(self) -> None:
        if self._paced is not None:  # `_go_on` comes back to it
            return
        if not self._charged and self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            # Once, and for a time of its own: of many that wait each is woken once.
            self._charged = True
            if self._pace(self._door.requests.take(self._client)):
                return
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:  # a request has begun
            self._charged = False
        if not self.transport.is_closing():
            self._receive_rest()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._receive_rest()

    # --- ours -----------------------------------------------------------------------------------------------------

    def _receive_rest(self) -> None:
        """Sees to it that what has begun to come comes to its end."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            if not self._in_body:
                self._in_body = True
                self._receive_within(self._door.limits.body_s)
            return
        self._in_body = False
        begun = state is h11.IDLE and bool(self.conn.trailing_data[0])
        if begun and self._receiving is None:
            self._receive_within(self._door.limits.head_s)
        elif not begun and self._receiving is not None:
            self._receiving.cancel()
            self._receiving = None

    def _receive_within(self, seconds: float) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
        self._receiving = self.loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self._door.refused("slow")
            self.transport.abort()

    def _pace(self, seconds: float) -> bool:
        if seconds <= 0:
            return False
        self._door.refused("rate")
        self.transport.pause_reading()
        self._paced = self.loop.call_later(seconds, self._go_on)
        return True

    def _go_on(self) -> None:
        self._paced = None
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.resume_reading()
        self.handle_events()
