"""One chat group as an endpoint of the outbox, in whichever format."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping

import aiohttp

from monitor import __version__
from monitor.alerts.chat.protocol import Answer, Format, encode
from monitor.alerts.message import Message, message_of
from monitor.alerts.protocol import Final, OutboxMessage, Outcome, Retryable
from monitor.alerts.retry import retry_after_of
from monitor.alerts.words import Language

_TIMEOUT_S = 20.0  # of all parts together: the outbox gives a message 30 s
_ANSWER_BYTES = 65_536  # answers are a line; whatever sends more is no chat
_PAUSE_S = 1.0  # between parts: Slack takes one message a second, Feishu five

Links = Callable[[str], Mapping[str, str]]


class ChatWebhook:
    """POSTs an alert as one or several messages. Redirects are not followed.

    A failure sends all parts again at the next try: parts that had arrived arrive twice, none is lost.

    Args:
        name: the endpoint's name.
        url: where to; never logged, it holds a key.
        secret: signs where the format does; "" signs nothing.
        session: its connector decides which addresses may be reached; closed by whoever made it.
        clock: now, in milliseconds.
        links: alert id -> name -> address of our own pages.
    """

    def __init__(
        self,
        name: str,
        url: str,
        chat: Format,
        *,
        secret: str = "",
        language: Language = "en",
        zone: str = "UTC",
        session: aiohttp.ClientSession,
        clock: Callable[[], int],
        links: Links = lambda alert_id: {},
        timeout_s: float = _TIMEOUT_S,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._name = name
        self._url = url
        self._chat = chat
        self._secret = secret
        self._language = language
        self._zone = zone
        self._session = session
        self._clock = clock
        self._links = links
        self._timeout_s = timeout_s
        self._pause_s = pause_s

    @property
    def name(self) -> str:
        return self._name

    async def send(self, message: OutboxMessage) -> Outcome:
        """As `Notifier.send`; the status is that of the last part."""
        parts = self._chat.render(self._told(message))
        digest = hashlib.sha256()
        status = 0
        try:
            async with asyncio.timeout(self._timeout_s):
                for number, part in enumerate(parts):
                    if number:
                        await asyncio.sleep(self._pause_s)
                    # Signed one by one: a signature is good for its own moment.
                    url, payload = (
                        self._chat.sign(self._url, part, self._secret, self._clock())
                        if self._secret
                        else (self._url, part)
                    )
                    body = encode(payload)
                    answer = await self._post(url, body)
                    self._chat.judge(answer)
                    digest.update(body)
                    status = answer.status
        except aiohttp.InvalidURL as error:
            raise Final("bad_address") from error
        except TimeoutError as error:
            raise Retryable("timeout") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(f"connection: {type(error).__name__}") from error
        return Outcome(status, digest.hexdigest())

    def _told(self, message: OutboxMessage) -> Message:
        try:
            body = json.loads(message.body)
        except ValueError as error:
            raise Final("bad_body") from error
        if not isinstance(body, dict):
            raise Final("bad_body")
        return message_of(body, language=self._language, zone=self._zone, links=self._links(message.alert_id))

    async def _post(self, url: str, body: bytes) -> Answer:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"bearwatch/{__version__}"}
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            read = bytearray()
            while len(read) < _ANSWER_BYTES and (more := await response.content.read(_ANSWER_BYTES - len(read))):
                read += more
            retry_after = retry_after_of(response.headers.get("Retry-After", ""), self._clock())
            return Answer(response.status, bytes(read), retry_after)
