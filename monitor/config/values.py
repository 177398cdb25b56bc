"""The kinds of values a configuration holds: durations, addresses, paths, secrets. Each says what would be right.

Validators raise ValueError with a sentence that follows "option: "; `load` puts file, line and option in front.
They read two things from pydantic's validation context: `base`, the folder that relative paths start from, and
`env`, the environment.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, SecretStr, ValidationInfo

_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"(?:\d+(?:ms|[dhms]))+")
_DURATION_PART = re.compile(r"(\d+)(ms|[dhms])")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322, 3.2.3
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_MAIL_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")
_CREDENTIALS = "${CREDENTIALS_DIRECTORY}"  # systemd.exec(5), "Credentials": the one variable that a path may begin with
_WEBHOOK_SECRET_BYTES = range(24, 65)  # Standard Webhooks 1.0, "Symmetric": between 24 and 64 bytes


def parse_duration(text: object) -> int:
    """Milliseconds of a duration: whole numbers with a unit (`ms`, `s`, `m`, `h`, `d`), also one after the other.

    A number without a unit is refused: nobody can tell seconds from minutes by looking at it.

    >>> parse_duration("5m"), parse_duration("1h30m")
    (300000, 5400000)

    Raises:
        ValueError: for anything else, with what would be right.
    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise ValueError(f"should have a unit, such as {text}s, {text}m or {text}h")
    if not isinstance(text, str) or not _DURATION.fullmatch(text):
        raise ValueError("should be a duration such as 30s, 5m, 2h, 7d or 1h30m")
    return sum(int(number) * _UNITS_MS[unit] for number, unit in _DURATION_PART.findall(text))


def format_duration(ms: int) -> str:
    """The shortest spelling that `parse_duration` reads back.

    >>> format_duration(5_400_000), format_duration(0)
    ('1h30m', '0s')
    """
    parts = []
    for unit, size in _UNITS_MS.items():
        number, ms = divmod(ms, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def between(least: str, most: str) -> AfterValidator:
    """Bounds of a duration, both allowed."""

    def check(ms: int) -> int:
        if not parse_duration(least) <= ms <= parse_duration(most):
            raise ValueError(f"should be from {least} to {most}, not {format_duration(ms)}")
        return ms

    return AfterValidator(check)


def is_slug(name: str) -> bool:
    """Whether it may be the name of a source, an endpoint or a token."""
    return _SLUG.fullmatch(name) is not None


def _slug(name: str) -> str:
    if not is_slug(name):
        raise ValueError(f"should be a short name of a-z, 0-9, '.', '_' and '-' (64 at most), not {name!r}")
    return name


def _secret_url(url: SecretStr) -> SecretStr:
    http_url(url.get_secret_value())
    return url


def http_url(url: str) -> str:
    """An http(s) address with a host and without a password in it.

    Raises:
        ValueError: without repeating the address, which may hold a secret.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("should be an address such as https://news.example/feed.xml")
    if "@" in parts.netloc:
        raise ValueError("should hold no user name or password")
    return url


def _masked_secret_url(url: SecretStr) -> str:
    return masked_url(url.get_secret_value())


def masked_url(url: str) -> str:
    """Scheme and host; the rest of a webhook's address often is its secret.

    >>> masked_url("https://hooks.example/T01/x9")
    'https://hooks.example/**********'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/**********"


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # a folder's name, a path, an unknown zone
        raise ValueError(f"should be an IANA time zone such as Europe/London, not {name!r}") from error
    return name


def _from_base(path: Path, info: ValidationInfo) -> Path:
    context = info.context or {}
    if path.parts[:1] == (_CREDENTIALS,):
        folder = context.get("env", os.environ).get("CREDENTIALS_DIRECTORY", "")
        if not folder:
            raise ValueError(
                "CREDENTIALS_DIRECTORY is not set: systemd sets it for a service with LoadCredential=; elsewhere it is "
                "to be the folder that holds the secrets"
            )
        return Path(folder, *path.parts[1:])
    return Path(context.get("base", Path())) / path.expanduser()


def _existing_file(path: Path) -> Path:
    try:
        found = path.is_file()
    except OSError:  # a name longer than the file system's
        found = False
    if not found:
        raise ValueError(f"there is no file {path}")
    return path


def read_secret(path: Path) -> str:
    """The one line of a secret's file.

    Raises:
        ValueError: if it cannot be read, is empty, or has more than one line.
    """
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
    if not text or "\n" in text:
        raise ValueError(f"{path} should hold the secret in one line")
    return text


def _readable_secret(path: Path) -> Path:
    read_secret(path)
    return path


def secret_or_file(secret: SecretStr | None, file: Path | None, name: str) -> SecretStr | None:
    """The secret itself or what stands in its file; both is a fault."""
    if secret is not None and file is not None:
        raise ValueError(f"give {name} or {name}_file, not both")
    return SecretStr(read_secret(file)) if file is not None else secret


def needed_secret(given: Any, info: ValidationInfo, name: str, why: str, *, stand_in: str) -> Any:
    """As `secret_or_file`, of an option that may not be absent; before pydantic's own check of its kind.

    Args:
        why: it is needed.
        stand_in: what the secret is taken for while its file is itself at fault and says so; it is never handed out.
    """
    if f"{name}_file" not in info.data and given is None:
        return stand_in
    if isinstance(given, str):
        given = SecretStr(given)
    if given is None or isinstance(given, SecretStr):
        given = secret_or_file(given, info.data.get(f"{name}_file"), name)
    if given is None:
        raise ValueError(f"{why}: give {name} or {name}_file")
    return given


def mail_address(text: str) -> str:
    """`desk@bank.example`, or with a name before it: one address, in ASCII (as `alerts.mail_message.address`)."""
    bare = parseaddr(text)[1]
    well = text.isprintable() and text.count("@") == 1 and _MAIL_ADDRESS.fullmatch(bare)
    if not well or not (text == bare or text.endswith(f"<{bare}>")):
        raise ValueError(
            "should be one address such as desk@bank.example, or Desk <desk@bank.example>; a domain in other letters "
            "is written with its xn-- name"
        )
    return text


def long_secret(secret: SecretStr | None) -> SecretStr | None:
    """A secret that signs: as long as 128 random bits in hex at least, since who has a link may guess at it offline."""
    if secret is not None and len(secret.get_secret_value()) < 32:
        raise ValueError("should be at least 32 characters long: openssl rand -base64 32")
    return secret


def check_webhook_secret(secret: SecretStr) -> SecretStr:
    """A signing secret after the Standard Webhooks specification 1.0: `whsec_` and base64 of 24 to 64 bytes."""
    text = secret.get_secret_value()
    try:
        size = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except binascii.Error:
        size = 0
    if not text.startswith("whsec_") or size not in _WEBHOOK_SECRET_BYTES:
        raise ValueError("should be whsec_ and base64 of 24 to 64 bytes: echo whsec_$(openssl rand -base64 32)")
    return secret


def sha256_hex(text: str) -> str:
    """The hash of a token; what is none may be the token itself, so it is not repeated."""
    if not _SHA256.fullmatch(text):
        raise ValueError("should be the token's SHA-256, 64 digits in lower case: bearwatch token new prints it")
    return text


def default_store_url(env: Mapping[str, str]) -> str:
    """SQLite in the XDG state folder; a relative XDG_STATE_HOME is ignored, as the XDG specification asks."""
    state = env.get("XDG_STATE_HOME", "")
    home = env.get("HOME", "") or str(Path.home())
    folder = Path(state) if Path(state).is_absolute() else Path(home) / ".local" / "state"
    return f"sqlite:///{folder / 'bearwatch' / 'bearwatch.db'}"


def _store_url(value: object, info: ValidationInfo) -> object:
    context = info.context or {}
    if value is None:
        return default_store_url(context.get("env", os.environ))
    if not isinstance(value, str):
        return value  # pydantic says what is wrong
    if value.startswith(("postgres:", "postgresql:", "postgresql+")):
        return _postgresql_url(value)
    path = value.removeprefix("sqlite:///")
    if path == value or not path or path.startswith(":") or "?" in path:
        raise ValueError(
            "should be sqlite:////absolute/path.db, sqlite:///relative/path.db, postgresql://user@host/database or null"
        )
    return f"sqlite:///{_from_base(Path(path), info)}"


def _postgresql_url(value: str) -> str:
    """As libpq reads it (its section "Connection URIs"), without a password: what is shown of it is all of it."""
    scheme, _, rest = value.partition("://")
    place, _, parameters = rest.partition("?")
    if scheme not in ("postgres", "postgresql") or not re.fullmatch(r"[^/]*/[^/]+", place):
        raise ValueError("should be postgresql://user@host:port/database")
    user = place.rpartition("@")[0]
    if ":" in user or re.search(r"(^|&)(ssl)?password=", parameters):
        raise ValueError("holds a password: keep it out, and give store.password_file or libpq's PGPASSFILE")
    return value


def _model_path(value: str, info: ValidationInfo) -> str:
    is_name = "/" not in value and value not in {"", ".", ".."} and not value.startswith("~")
    return value if is_name else str(_from_base(Path(value), info))


def _contact(text: str) -> str:
    if not text.isascii() or not text.isprintable() or any(c in text for c in "()<>\\"):
        raise ValueError("should be a mail or web address in plain ASCII: it goes into a header")
    return text


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to `host`; a name other than localhost is not believed."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _server(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not host or not colon or not port.isdigit() or not 0 < int(port) < 65_536 or "/" in text or "," in text:
        raise ValueError(f"should be host:port, such as kafka-1.example:9092, not {text!r}")
    return text


def _kafka_topic(name: str) -> str:
    if not _TOPIC.fullmatch(name) or name in {".", ".."}:
        raise ValueError(f"should be a Kafka topic's name (a-z, A-Z, 0-9, '.', '_' and '-', 249 at most), not {name!r}")
    return name


def _kafka_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    # librdkafka compiles it as a POSIX extended one, which knows none of these.
    foreign = re.search(r"\(\?|\\[A-Za-z]|[*+?}][?+]", pattern)
    if foreign:
        raise ValueError(f"should be a POSIX extended regular expression, without {foreign[0]}: [0-9] for digits")
    return pattern.removeprefix("^")


def kafka_start(text: object) -> str | int:
    """`earliest`, `latest`, or a point in time as ms UTC.

    >>> kafka_start("2026-01-02T03:00:00Z"), kafka_start("latest")
    (1767322800000, 'latest')

    Raises:
        ValueError: for anything else, with what would be right.
    """
    if isinstance(text, str) and text in ("earliest", "latest"):
        return text
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    try:
        if isinstance(text, datetime):  # YAML reads a bare time as one
            at = text
        elif isinstance(text, date):
            at = datetime(text.year, text.month, text.day, tzinfo=UTC)
        else:
            at = datetime.fromisoformat(str(text))
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"should be earliest, latest or a time such as 2026-01-02T03:00:00Z, not {text!r}") from error


def refuse_twice(what: str, values: Iterable[str]) -> None:
    """Raises ValueError naming the first value that occurs twice."""
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"{what} {value!r} is given {count} times; each must be its own")


def _as_text(value: Any) -> Any:
    return None if value is None else format_duration(value)


Duration = Annotated[int, BeforeValidator(parse_duration), PlainSerializer(_as_text, when_used="json")]
Slug = Annotated[str, AfterValidator(_slug)]
HttpUrl = Annotated[str, AfterValidator(http_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_secret_url), PlainSerializer(_masked_secret_url, when_used="json")]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
FromBase = Annotated[Path, AfterValidator(_from_base)]
ExistingFile = Annotated[FromBase, AfterValidator(_existing_file)]
SecretFile = Annotated[FromBase, AfterValidator(_readable_secret)]
StoreUrl = Annotated[str, BeforeValidator(_store_url)]
ModelPath = Annotated[str, AfterValidator(_model_path)]
Contact = Annotated[str, AfterValidator(_contact)]
Server = Annotated[str, AfterValidator(_server)]
Topic = Annotated[str, AfterValidator(_kafka_topic)]
TopicPattern = Annotated[str, AfterValidator(_kafka_pattern)]
KafkaStart = Annotated[str | int, BeforeValidator(kafka_start)]
