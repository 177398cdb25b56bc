"""The options of `alerts.alertmanagers`, and of TLS as a client of anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from monitor.config.section import Section
from monitor.config.values import (
    Duration,
    ExistingFile,
    HttpUrl,
    SecretFile,
    Slug,
    between,
    needed_secret,
    secret_or_file,
)

# What an alert is known by (`monitor.alerts.standing_payload`); a label of these names would make it another one.
RESERVED_LABELS = {"alertname", "spike", "series", "series_class", "severity"}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class ClientTls(Section):
    ca_file: ExistingFile | None = None
    certificate_file: ExistingFile | None = None
    key_file: ExistingFile | None = Field(default=None, validate_default=True)

    @field_validator("key_file")
    @classmethod
    def _both(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if (key is None) != (info.data.get("certificate_file") is None) and "certificate_file" in info.data:
            raise ValueError("certificate_file and key_file go together")
        return key


class BasicAuth(Section):
    """`password` holds the secret, wherever it came from; it is never None once validated."""

    username: str = Field(min_length=1, pattern=r"^[^:]*$")  # RFC 7617: the first colon begins the password
    password_file: SecretFile | None = None
    password: SecretStr = Field(default=None, validate_default=True)

    @field_validator("password", mode="before")
    @classmethod
    def _password(cls, given: Any, info: ValidationInfo) -> Any:
        return needed_secret(given, info, "password", "a user needs a password", stand_in="none")


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.path.rstrip("/").endswith("/api/v2/alerts"):
        raise ValueError("should be the address of Alertmanager itself, such as https://alertmanager.example:9093")
    return url.rstrip("/")


class Alertmanager(Section):
    """One instance; those of a cluster are given one by one. `bearer_token` holds the secret, wherever it came from."""

    name: Slug
    url: Annotated[HttpUrl, AfterValidator(_base_url)]
    basic_auth: BasicAuth | None = None
    bearer_token_file: SecretFile | None = None
    bearer_token: SecretStr | None = Field(default=None, validate_default=True)
    tls: ClientTls | None = None
    timeout: Annotated[Duration, between("1s", "60s")] = 10_000

    @field_validator("bearer_token")
    @classmethod
    def _one_login(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = secret_or_file(token, info.data.get("bearer_token_file"), "bearer_token")
        if token is not None and info.data.get("basic_auth") is not None:
            raise ValueError("give basic_auth or bearer_token, not both")
        if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token.get_secret_value()):
            raise ValueError("should be plain ASCII without spaces: it goes into a header")
        return token

    @field_validator("tls")
    @classmethod
    def _tls_needs_https(cls, tls: ClientTls | None, info: ValidationInfo) -> ClientTls | None:
        if tls is not None and str(info.data.get("url", "https:")).startswith("http:"):
            raise ValueError("an http address has no TLS; write https")
        return tls


def _labels(labels: dict[str, str]) -> dict[str, str]:
    for name, value in labels.items():
        if not _LABEL.fullmatch(name) or name.startswith("__"):
            raise ValueError(f"a label's name is of a-z, A-Z, 0-9 and '_' and begins with a letter, unlike {name!r}")
        if name in RESERVED_LABELS:
            raise ValueError(f"{name!r} is a label of every alert already; choose another name")
        if not value:
            raise ValueError(f"{name!r} is empty, which Alertmanager takes for absent")
    return labels


AlertLabels = Annotated[dict[str, str], AfterValidator(_labels)]
