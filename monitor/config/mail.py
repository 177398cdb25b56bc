"""The options of `alerts.mail`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from monitor.config.chat import Language, Severity
from monitor.config.section import Section
from monitor.config.values import ExistingFile, SecretFile, Slug, mail_address, secret_or_file

MailAddress = Annotated[str, AfterValidator(mail_address)]
# Submission with STARTTLS, submission over TLS (RFC 8314), and a relay's plain port.
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Mail(Section):
    """`password` holds it, wherever it came from. `port` None is the usual one of `tls`."""

    name: Slug
    server: str = Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int | None = Field(default=None, ge=1, le=65_535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: ExistingFile | None = None
    username: str | None = None
    password_file: SecretFile | None = None
    password: SecretStr | None = Field(default=None, validate_default=True)
    sender: MailAddress
    to: list[MailAddress] = Field(min_length=1, max_length=50)
    language: Language | None = None
    severity: Severity = "warning"

    @field_validator("password")
    @classmethod
    def _password(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        password = secret_or_file(password, info.data.get("password_file"), "password")
        if (password is None) != (info.data.get("username") is None):
            raise ValueError("give username and password (or password_file) both, or neither")
        if password is not None and info.data.get("tls") == "none":
            raise ValueError("would go over a plain connection: set tls: starttls or tls, or leave the login out")
        return password

    def port_number(self) -> int:
        return self.port or _PORTS[self.tls]
