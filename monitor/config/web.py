"""The page, the API, and who may write through it."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from monitor.config.section import Section
from monitor.config.values import HttpUrl, SecretFile, is_loopback, secret_or_file


class Web(Section):
    allow_open: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8_900, ge=0, le=65_535)
    allowed_hosts: list[str] = []
    public_url: HttpUrl | None = None
    answer_token_file: SecretFile | None = None
    answer_token: SecretStr | None = Field(default=None, validate_default=True)

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str | None) -> str | None:
        if url is not None and ("?" in url or "#" in url):
            raise ValueError("should be the page's address without '?' and '#': paths are added to it")
        return url

    @field_validator("answer_token")
    @classmethod
    def _answer_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return secret_or_file(token, info.data.get("answer_token_file"), "answer_token")

    @field_validator("host")
    @classmethod
    def _is_loopback(cls, host: str, info: ValidationInfo) -> str:
        if not is_loopback(host) and not info.data.get("allow_open"):
            raise ValueError(
                f"{host!r} opens the page to the network; keep 127.0.0.1 and put a proxy that asks who is there in "
                "front, or set web.allow_open: true"
            )
        return host
