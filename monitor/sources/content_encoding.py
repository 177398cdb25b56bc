"""Content-Encoding (RFC 9110, 8.4) with a cap on what comes out of it, which HTTP libraries do not give."""

from __future__ import annotations

import zlib

from monitor.errors import FetchError


class BodyDecoder:
    """A body undone chunk by chunk; never holds more than `limit` bytes, however much a bomb would yield.

    Raises:
        FetchError: `encoding` for one that was not asked for or is broken, `too_large` past the limit.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding = encoding.strip().lower()
        self._limit = limit
        self._out = bytearray()
        self._inflate: zlib._Decompress | None = None
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise FetchError("encoding", f"Content-Encoding {self._encoding[:40]!r} was not asked for")

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes as they came."""
        if self._encoding in ("", "identity"):
            self._append(chunk)
            return
        try:
            self._feed_compressed(chunk)
        except zlib.error as error:
            raise FetchError("encoding", f"broken {self._encoding}: {error}") from error

    def _feed_compressed(self, chunk: bytes) -> None:
        if self._inflate is None:
            # "deflate" is zlib by the book and raw deflate from some servers; zlib's first byte tells.
            window = 47 if self._encoding != "deflate" else 15 if chunk[:1] and chunk[0] & 0x0F == 8 else -15
            self._inflate = zlib.decompressobj(window)
        while chunk:
            self._append(self._inflate.decompress(chunk, self._limit + 1 - len(self._out)))
            chunk = self._inflate.unconsumed_tail
            if self._inflate.eof:  # gzip may hold several members
                chunk = self._inflate.unused_data
                if chunk and chunk[:2] != b"\x1f\x8b":
                    return
                self._inflate = zlib.decompressobj(47) if chunk else self._inflate

    def _append(self, data: bytes) -> None:
        if len(self._out) + len(data) > self._limit:
            raise FetchError("too_large", f"more than {self._limit} bytes decoded")
        self._out += data

    def finish(self) -> bytes:
        """The whole decoded body."""
        if self._inflate is not None and not self._inflate.eof:
            raise FetchError("encoding", f"the {self._encoding} answer ends too early")
        return bytes(self._out)
