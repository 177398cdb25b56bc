"""The page, the API, and who may do what through them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from monitor.config.section import Section
from monitor.config.values import ExistingFile, HttpUrl, Slug, is_loopback, refuse_twice, sha256_hex


class WebToken(Section):
    """Only the token's hash: whoever reads the configuration cannot use it."""

    name: Slug
    scope: Literal["read", "ack", "admin"]
    sha256: Annotated[str, AfterValidator(sha256_hex)]


class ServerTls(Section):
    certificate_file: ExistingFile
    key_file: ExistingFile


class Web(Section):
    tokens: list[WebToken] = []
    tls: ServerTls | None = None
    plain_http: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8_900, ge=0, le=65_535)
    allowed_hosts: list[str] = []
    public_url: HttpUrl | None = None

    @field_validator("tokens")
    @classmethod
    def _each_its_own(cls, tokens: list[WebToken]) -> list[WebToken]:
        refuse_twice("name", (token.name for token in tokens))
        refuse_twice("sha256", (token.sha256 for token in tokens))
        return tokens

    @field_validator("plain_http")
    @classmethod
    def _not_both(cls, plain: bool, info: ValidationInfo) -> bool:
        if plain and info.data.get("tls") is not None:
            raise ValueError("give tls or plain_http, not both")
        return plain

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str | None) -> str | None:
        if url is not None and ("?" in url or "#" in url):
            raise ValueError("should be the page's address without '?' and '#': paths are added to it")
        return url

    @field_validator("host")
    @classmethod
    def _open_to_those_who_may(cls, host: str, info: ValidationInfo) -> str:
        if is_loopback(host) or not {"tokens", "tls", "plain_http"} <= info.data.keys():
            return host  # or something is at fault that says so itself
        lacking = []
        if not info.data["tokens"]:
            lacking.append("web.tokens (bearwatch token new)")
        if info.data["tls"] is None and not info.data["plain_http"]:
            lacking.append("web.tls, or web.plain_http: true where a proxy in front speaks TLS")
        if lacking:
            raise ValueError(
                f"{host!r} opens the page to the network: give {', and '.join(lacking)}; or keep 127.0.0.1"
            )
        return host
