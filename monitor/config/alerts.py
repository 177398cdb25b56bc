"""The options of `alerts`: who is told, and how."""

from __future__ import annotations

import ipaddress
from itertools import chain
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from monitor.config.alertmanagers import AlertLabels, Alertmanager
from monitor.config.chat import Chat, Language, Severity
from monitor.config.mail import Mail
from monitor.config.section import Section
from monitor.config.values import (
    HttpUrl,
    SecretFile,
    SecretUrl,
    Slug,
    TimeZone,
    Topic,
    check_webhook_secret,
    long_secret,
    needed_secret,
    refuse_twice,
    secret_or_file,
)


class Webhook(Section):
    """`secret` holds the signing secret, wherever it came from; it is never None once validated."""

    name: Slug
    url_file: SecretFile | None = None
    url: SecretUrl = Field(default=None, validate_default=True)
    format: Literal["bearwatch", "alertmanager"] = "bearwatch"
    secret_file: SecretFile | None = None
    secret: SecretStr = Field(default=None, validate_default=True)
    old_secret_file: SecretFile | None = None
    old_secret: SecretStr | None = Field(default=None, validate_default=True)
    severity: Severity = "warning"

    @field_validator("url", mode="before")
    @classmethod
    def _url(cls, given: Any, info: ValidationInfo) -> Any:
        return needed_secret(given, info, "url", "a webhook has an address", stand_in="https://stand.in.example/")

    @field_validator("secret", mode="before")
    @classmethod
    def _secret(cls, given: Any, info: ValidationInfo) -> Any:
        return needed_secret(given, info, "secret", "a webhook is signed", stand_in="whsec_" + "A" * 32)

    @field_validator("secret")
    @classmethod
    def _is_standard(cls, secret: SecretStr) -> SecretStr:
        return check_webhook_secret(secret)

    @field_validator("old_secret")
    @classmethod
    def _old_secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        secret = secret_or_file(secret, info.data.get("old_secret_file"), "old_secret")
        return None if secret is None else check_webhook_secret(secret)

    def secrets(self) -> list[str]:
        """Those that sign, the current one first."""
        return [secret.get_secret_value() for secret in (self.secret, self.old_secret) if secret is not None]


class AlertTopic(Section):
    name: Slug
    topic: Topic
    severity: Severity = "warning"


class Alerts(Section):
    alertmanagers: list[Alertmanager] = []
    labels: AlertLabels = {}
    runbook_url: HttpUrl | None = None
    time_zone: TimeZone = "UTC"
    language: Language = "en"
    webhooks: list[Webhook] = []
    chat: list[Chat] = []
    mail: list[Mail] = []
    kafka: list[AlertTopic] = []
    allow_hosts: list[str] = Field(default=[], validate_default=True)
    link_secret_file: SecretFile | None = None
    link_secret: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("link_secret")
    @classmethod
    def _link_secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return long_secret(secret_or_file(secret, info.data.get("link_secret_file"), "link_secret"))

    @field_validator("allow_hosts")
    @classmethod
    def _names_what_is_plainly_private(cls, hosts: list[str], info: ValidationInfo) -> list[str]:
        allowed = {name.lower().strip("[]") for name in hosts}
        for given in chain.from_iterable(info.data.get(kind, []) for kind in ("alertmanagers", "webhooks", "chat")):
            url = given.url.get_secret_value() if isinstance(given.url, SecretStr) else given.url
            host = urlsplit(url).hostname or ""
            if _is_private(host) and host not in allowed:
                raise ValueError(f"{given.name} is on this machine or a private network: add '{host}' here")
        return hosts

    @model_validator(mode="after")
    def _names_once(self) -> Alerts:
        refuse_twice("name", [given.name for given in (*self.alertmanagers, *self.endpoints())])
        return self

    def endpoints(self) -> list[Webhook | Chat | Mail | AlertTopic]:
        """All that are told each transition by itself, which an Alertmanager is not."""
        return [*self.webhooks, *self.chat, *self.mail, *self.kafka]


def _is_private(host: str) -> bool:
    """Whether that is plain to see; what a name resolves to is judged at each connection."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
