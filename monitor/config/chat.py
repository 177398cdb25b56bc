"""The options of `alerts.chat`, and what endpoints of every kind have in common."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from monitor.config.section import Section
from monitor.config.values import SecretFile, SecretUrl, Slug, needed_secret, secret_or_file

Severity = Literal["warning", "critical"]  # as `alerts.routes`: the least that an endpoint is told of
Language = Literal["en", "zh"]

_SIGN = {"feishu", "lark", "dingtalk"}


class Chat(Section):
    """`secret` holds the signing secret, wherever it came from; None signs nothing.

    `language` None is `alerts.language`.
    """

    name: Slug
    kind: Literal["slack", "feishu", "lark", "dingtalk", "wecom", "teams"]
    url_file: SecretFile | None = None
    url: SecretUrl = Field(default=None, validate_default=True)
    secret_file: SecretFile | None = None
    secret: SecretStr | None = Field(default=None, validate_default=True)
    language: Language | None = None
    severity: Severity = "warning"

    @field_validator("url", mode="before")
    @classmethod
    def _url(cls, given: Any, info: ValidationInfo) -> Any:
        return needed_secret(given, info, "url", "a robot has an address", stand_in="https://stand.in.example/")

    @field_validator("secret")
    @classmethod
    def _secret(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        secret = secret_or_file(secret, info.data.get("secret_file"), "secret")
        kind = info.data.get("kind")
        if secret is not None and kind is not None and kind not in _SIGN:
            raise ValueError(f"{kind} signs nothing, its address is the secret: leave it out")
        if secret is not None and not secret.get_secret_value():
            raise ValueError("is empty: give the secret, or leave it out where the robot asks for none")
        return secret
