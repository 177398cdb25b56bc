"""Those who are told of alerts, built from the configuration: webhooks, chats, mail, topics, Alertmanagers."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection
from functools import partial

import aiohttp
import structlog

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.webhook import ChatWebhook
from monitor.alerts.kafka import KafkaTopic
from monitor.alerts.links import signed_links
from monitor.alerts.mail import Mail, Server
from monitor.alerts.outbox import Outbox
from monitor.alerts.protocol import Notifier
from monitor.alerts.standing import AlertmanagerSender
from monitor.alerts.standing_payload import Style
from monitor.alerts.timed import DeliveryTimes
from monitor.alerts.tls import client_tls
from monitor.alerts.webhook import Webhook
from monitor.alerts.webhook_v4 import version_4
from monitor.config import Chat as ChatGiven
from monitor.config import Config
from monitor.config import Mail as MailGiven
from monitor.config import Webhook as WebhookGiven
from monitor.kafka.producer import Sender
from monitor.permit import ALWAYS, Permit
from monitor.sources.addresses import host_of, public_connector
from monitor.storage.deliveries import StoredOutbox
from monitor.storage.endpoints import changed_addresses, remember_addresses
from monitor.storage.standing import StoredStanding
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from monitor.wiring import kafka_connection, plain, wall_clock

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def running_outbox(config: Config, store: Store, metrics: Metrics, times: DeliveryTimes) -> AsyncIterator[Outbox]:
    """The outbox over every configured endpoint; its sessions are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:
        found = await notifiers(config, stack, store.permit)
        await _know_addresses(config, store)
        for notifier in found:
            metrics.waiting.begin(notifier.name, metrics.delivery.attempts)
        yield Outbox(
            StoredOutbox(store),
            [times.of(notifier) for notifier in found],
            clock=wall_clock,
            observe=metrics.delivery.tried,
            permit=store.permit,
        )


async def _know_addresses(config: Config, store: Store) -> None:
    """An endpoint that was gone is asked again once it has another address."""
    alerts = config.alerts
    urls = {hook.name: hook.url for hook in alerts.webhooks} | {chat.name: chat.url for chat in alerts.chat}
    # Only to be known again by: the address itself may be a secret.
    addresses = {name: hashlib.sha256(url.get_secret_value().encode()).hexdigest() for name, url in urls.items()}
    if await store.read_async(changed_addresses, addresses):
        for name in await store.write(partial(remember_addresses, addresses=addresses)):
            advice = f"what it missed goes out by: bearwatch deliveries redrive --endpoint {name}"
            log.info("endpoint_enabled", endpoint=name, why="its address has changed", advice=advice)


@contextlib.asynccontextmanager
async def running_alertmanagers(
    config: Config, store: Store, metrics: Metrics, times: DeliveryTimes | None = None
) -> AsyncIterator[AlertmanagerSender]:
    """What tells every configured Alertmanager what stands, timed where `times` is given; closed at the end.

    Raises InputError: a certificate or key is none.
    """
    async with contextlib.AsyncExitStack() as stack:
        instances = await alertmanagers(config, stack, store.permit)
        for instance in instances:
            metrics.delivery.begin(instance.name)
            metrics.waiting.begin(instance.name, metrics.delivery.attempts)
        stored = StoredStanding(store, wall_clock)
        yield AlertmanagerSender(
            times.of_standing(stored) if times else stored,
            instances,
            clock=wall_clock,
            observe=metrics.delivery.tried,
            posted=metrics.delivery.round_done,
            permit=store.permit,
        )


async def notifiers(config: Config, stack: contextlib.AsyncExitStack, permit: Permit = ALWAYS) -> list[Notifier]:
    """Those that the outbox serves; what they hold open is closed with the stack. permit: see `outgoing_session`.

    Raises InputError: a certificate is none.
    """
    alerts = config.alerts
    found: list[Notifier] = []
    for hook in alerts.webhooks:
        session = await stack.enter_async_context(
            outgoing_session(hook.url.get_secret_value(), alerts.allow_hosts, permit)
        )
        found.append(_webhook(config, hook, session))
    for chat in alerts.chat:
        session = await stack.enter_async_context(
            outgoing_session(chat.url.get_secret_value(), alerts.allow_hosts, permit)
        )
        found.append(_chat(config, chat, session))
    found += [_mail(config, mail) for mail in alerts.mail]
    if alerts.kafka:
        # A sender each: a topic that cannot be written must not keep the others waiting.
        cluster = kafka_connection(config.kafka)
        found += [KafkaTopic(given.name, given.topic, Sender(cluster)) for given in alerts.kafka]
    return found


def _webhook(config: Config, given: WebhookGiven, session: aiohttp.ClientSession) -> Webhook:
    shape = partial(_version_4, given.name, _style(config)) if given.format == "alertmanager" else str.encode
    url = given.url.get_secret_value()
    return Webhook(given.name, url, secrets=given.secrets(), session=session, clock=wall_clock, shape=shape)


def _chat(config: Config, given: ChatGiven, session: aiohttp.ClientSession) -> ChatWebhook:
    return ChatWebhook(
        given.name,
        given.url.get_secret_value(),
        FORMATS[given.kind],
        secret=plain(given.secret),
        language=given.language or config.alerts.language,
        zone=config.alerts.time_zone,
        session=session,
        clock=wall_clock,
        links=answer_links(config),
    )


def _mail(config: Config, given: MailGiven) -> Mail:
    server = Server(
        given.server,
        given.port_number(),
        given.tls,
        given.username or "",
        plain(given.password),
        None if given.tls == "none" else client_tls(f"{given.name}: mail", given.ca_file, None, None),
    )
    return Mail(
        given.name,
        server,
        sender=given.sender,
        to=given.to,
        clock=wall_clock,
        language=given.language or config.alerts.language,
        zone=config.alerts.time_zone,
        links=answer_links(config),
    )


async def alertmanagers(
    config: Config, stack: contextlib.AsyncExitStack, permit: Permit = ALWAYS
) -> list[Alertmanager]:
    """Every configured instance; as `notifiers`."""
    found = []
    for given in config.alerts.alertmanagers:
        tls, basic, token = given.tls, given.basic_auth, given.bearer_token
        if basic:
            pair = f"{basic.username}:{basic.password.get_secret_value()}"
            login = f"Basic {base64.b64encode(pair.encode()).decode()}"  # RFC 7617, UTF-8
        else:
            login = f"Bearer {token.get_secret_value()}" if token else ""
        found.append(
            Alertmanager(
                given.name,
                given.url,
                session=await stack.enter_async_context(outgoing_session(given.url, config.alerts.allow_hosts, permit)),
                clock=wall_clock,
                style=_style(config),
                login=login,
                tls=client_tls(f"{given.name}: tls", tls.ca_file, tls.certificate_file, tls.key_file) if tls else None,
                timeout_s=given.timeout / 1_000,
            )
        )
    return found


def answer_links(config: Config) -> Callable[[str], dict[str, str]]:
    """Alert id -> addresses of our own by name: the page, and signed answers where `alerts.link_secret` is given."""
    secret, url = config.alerts.link_secret, config.web.public_url
    if url is None:
        return lambda alert_id: {}
    page = {"page": url}
    if secret is None:
        return lambda alert_id: page
    return lambda alert_id: page | signed_links(url, secret.get_secret_value(), alert_id)


def outgoing_session(url: str, allow_hosts: Collection[str], permit: Permit = ALWAYS) -> aiohttp.ClientSession:
    """A session for one endpoint's address, without redirects: a private one is refused at connect time.

    Args:
        allow_hosts: host names or literal addresses that may be private.
        permit: looked at once more when the connection stands, since a process may have been stopped while it was made.
    """
    allowed = host_of(url) in {host_of(host) for host in allow_hosts}
    connector = None if allowed else public_connector(limit=4, limit_per_host=4)
    return aiohttp.ClientSession(
        connector=connector,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[_looking_again(permit)],
    )


def _looking_again(permit: Permit) -> aiohttp.TraceConfig:
    async def look(*_: object) -> None:
        if not permit.given():
            raise ConnectionAbortedError("the lease on the store is not confirmed")

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(look)
    trace.on_connection_reuseconn.append(look)
    return trace


def _style(config: Config) -> Style:
    alerts = config.alerts
    return Style(dict(alerts.labels), config.web.public_url or "", alerts.runbook_url or "")


def _version_4(receiver: str, style: Style, body: str) -> bytes:
    payload = version_4(json.loads(body), receiver, style)
    return json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
