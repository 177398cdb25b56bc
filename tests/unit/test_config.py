from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import Config, effective_yaml, format_duration, load_config, parse_duration
from monitor.config.faults import options
from monitor.errors import ConfigError, InputError

EXAMPLE = Path(__file__).parents[2] / "deploy" / "bearwatch.example.yaml"
ENV = {"HOME": "/home/desk"}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bearwatch.yaml"
    path.write_text(text, "utf-8")
    return path


def faults(tmp_path: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, text), {**ENV, **(env or {})})
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


# --- the example file --------------------------------------------------------------------------------------------


def test_example_file_equals_the_defaults() -> None:
    assert load_config(EXAMPLE, ENV) == load_config(None, ENV)


def uncommented(text: str) -> str:
    """The example with its shown options switched on: a `#feeds:` takes the place of the `feeds:` before it."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        shown = re.match(r"^(\s*)#([a-z_]+):(.*)$", line)
        if shown:
            inside = True
            at = max(i for i, above in enumerate(lines) if above.startswith(f"{shown[1]}{shown[2]}:"))
            del lines[at]
            lines.append(f"{shown[1]}{shown[2]}:{shown[3]}")
        elif inside and (item := re.match(r"^(\s*)#(\s\s.*)$", line)):
            lines.append(item[1] + item[2])
        else:
            inside = False
            lines.append(line)
    return "\n".join(lines)


def test_example_file_shows_every_option_of_the_schema(tmp_path: Path) -> None:
    for name in ("archive.secret", "bearwatch.crt", "bearwatch.key"):
        (tmp_path / name).write_text(SECRET)
    path = written(tmp_path, uncommented(EXAMPLE.read_text("utf-8")))
    config = load_config(path, ENV)
    assert [webhook.name for webhook in config.alerts.webhooks] == ["desk", "archive"]

    shown: set[str] = set()

    def walk(value: Any, at: str) -> None:
        if isinstance(value, dict):
            if not value:  # a mapping of the operator's own names
                shown.add(at)
            for key, below in value.items():
                walk(below, f"{at}.{key}" if at else key)
        elif isinstance(value, list):
            shown.add(at)
            for below in value:
                walk(below, f"{at}[]")
        else:
            shown.add(at)

    walk(yaml.safe_load(path.read_text("utf-8")), "")
    assert shown - set(options()) <= {
        "sources.rss.feeds[]",
        "kafka.servers[]",
        "sources.kafka[].topics[]",
        "alerts.mail[].to[]",
    }
    assert set(options()) <= shown


def test_every_option_of_the_example_stands_below_its_reason() -> None:
    speaking = {"enabled", "name", "scope", "token_file", "files"}  # say it themselves, or in the line above
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for above, line in pairwise(lines):
        option = re.match(r"^\s+([a-z_]+): \S", line)
        if option and option[1] not in speaking:
            assert above.strip().startswith("# "), f"no reason above {line!r}"


def test_every_option_is_read_by_the_program() -> None:
    """An option that nothing reads is a promise that nobody keeps."""
    judged_by_the_schema = {"web.plain_http"}
    monitor = EXAMPLE.parents[1] / "monitor"
    rooms = (
        *("place", "wiring", "endpoints", "parts", "operate", "app", "commands"),
        *("cli", "cli_options", "config/alerts", "config/mail"),
        *("shadow_cli", "shadow/candidate", "shadow/run", "shadow/report"),
    )
    read = {
        node.attr
        for path in [monitor / f"{room}.py" for room in rooms]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }
    names = {option: option.rsplit(".", 1)[-1] for option in options()}
    unread = {option for option, name in names.items() if not {name, name.removesuffix("_file")} & read}
    assert unread <= judged_by_the_schema


# --- faults -------------------------------------------------------------------------------------------------------


def test_every_fault_is_listed_at_once_with_file_line_and_option(tmp_path: Path) -> None:
    text = """\
web:
  port: eighty
detektion: {}
detection:
  lateness: 30
  false_pages_per_day: 0
  news_time_zone: Europe/Atlantis
sources:
  rss:
    feeds:
      - name: Wire One
        url: ftp://news.example/a
      - url: https://news.example/b
"""
    assert faults(tmp_path, text, {"BEARWATCH_MODEL__DEVICE": "gpu"}) == [
        "BEARWATCH_MODEL__DEVICE: model.device: should be one of 'cpu' or 'cuda', not 'gpu'",
        "bearwatch.yaml:2: web.port: should be a whole number, not 'eighty'",
        "bearwatch.yaml:3: detektion: unknown option; did you mean detection?",
        "bearwatch.yaml:5: detection.lateness: should have a unit, such as 30s, 30m or 30h",
        "bearwatch.yaml:6: detection.false_pages_per_day: should be at least 0.001, not 0",
        "bearwatch.yaml:7: detection.news_time_zone: should be an IANA time zone such as Europe/London, not "
        "'Europe/Atlantis'",
        "bearwatch.yaml:11: sources.rss.feeds[1].name: should be a short name of a-z, 0-9, '.', '_' and '-' "
        "(64 at most), not 'Wire One'",
        "bearwatch.yaml:12: sources.rss.feeds[1].url: should be an address such as https://news.example/feed.xml",
        "bearwatch.yaml:13: sources.rss.feeds[2].name: is missing; every item of this list needs it",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("web: {prot: 1}", "bearwatch.yaml:1: web.prot: unknown option; did you mean web.port?"),
        ("port: 1", "bearwatch.yaml:1: port: unknown option here; did you mean web.port?"),
        ("log: {colour: red}", "bearwatch.yaml:1: log.colour: unknown option; known here: level, format"),
        ("web: 8900", "bearwatch.yaml:1: web: should be a section of 'option: value' lines, not 8900"),
        ("sources: {rss: {feeds: all}}", "bearwatch.yaml:1: sources.rss.feeds: should be one of 'default', not 'all'"),
        ("sources: {files: wire.jsonl}", "bearwatch.yaml:1: sources.files: should be a list, not 'wire.jsonl'"),
        ("sources: {rss: {allow_hosts: [1]}}", "sources.rss.allow_hosts[1]: should be text; put it in quotes, not 1"),
        ("log:\n  level: info\n  level: debug", "bearwatch.yaml:2: log.level: stands again in line 3; keep one"),
        ("store: {url: postgresql://desk:hunter2@db/x}", "store.url: holds a password: keep it out, and give"),
        (
            "store: {url: 'postgresql://desk@db/x?password=hunter2'}",
            "store.url: holds a password: keep it out, and give",
        ),
        ("store: {url: postgresql+psycopg://desk@db/x}", "store.url: should be postgresql://user@host:port/database"),
        ("store: {url: postgresql://desk@db}", "store.url: should be postgresql://user@host:port/database"),
        ("store: {url: /var/x.db}", "store.url: should be sqlite:////absolute/path.db"),
        ("store: {url: 'sqlite:///:memory:'}", "store.url: should be sqlite:////absolute/path.db"),
        (
            "web: {host: 0.0.0.0}",
            "web.host: '0.0.0.0' opens the page to the network: give web.tokens (",
        ),
        ("web: {host: '::'}", "web.host: '::' opens the page to the network"),
        ("sources: {rss: {min_interval: 2h}}", ""),
        ("sources: {rss: {min_interval: 2h, max_interval: 1h}}", "max_interval: should be at least min_interval, 2h"),
        ("sources: {push: {enabled: true}}", "sources.push.token: push needs a token"),
        ("detection: {lateness: 5d}", "detection.lateness: should be from 1m to 2d, not 5d"),
        ("watchlist: {files: [none.yaml]}", "watchlist.files[1]: there is no file "),
        ('sources: {rss: {contact: "a\\nb"}}', "sources.rss.contact: should be a mail or web address"),
        ("sources: {rss: {feeds: [{name: a, url: 'https://u:p@news.example/'}]}}", "should hold no user name"),
        (
            "sources: {files: [{name: a, path: x}], rss: {feeds: [{name: a, url: 'https://news.example/'}]}}",
            "sources: name 'a' is given 2 times; each must be its own",
        ),
        (
            "alerts: {webhooks: [{name: a, url: 'https://x.example', secret: whsec_abc}]}",
            "webhooks[1].secret: should be whsec_",
        ),
        ("alerts: {webhooks: [{name: a, url: 'https://x.example'}]}", "webhooks[1].secret: a webhook is signed"),
        (
            f"alerts: {{webhooks: [{{name: a, url: 'http://10.0.0.7/x', secret: {SECRET}}}], allow_hosts: [10.0.0.8]}}",
            "alerts.allow_hosts: a is on this machine or a private network: add '10.0.0.7' here",
        ),
        ("alerts: {webhooks: [{name: a, url: 'https://x.example', secret_file: no}]}", "secret_file: "),
        ("kafka: {servers: [kafka-1]}", "kafka.servers[1]: should be host:port, such as kafka-1.example:9092, not"),
        ("kafka: {tls: {certificate_file: bearwatch.yaml}}", "kafka.tls.key_file: certificate_file and key_file go"),
        ("kafka: {login: {username: u}}", "kafka.login.password: a login needs its password"),
        ("sources: {kafka: [{name: a, topics: [b]}]}", "sources.kafka need a cluster: give kafka.servers"),
        ("sources: {kafka: [{name: a}]}", "sources.kafka[1].pattern: give topics or pattern, one of both"),
        ("sources: {kafka: [{name: a, topics: ['b c']}]}", "should be a Kafka topic's name"),
        ("sources: {kafka: [{name: a, topics: [b], start: soon}]}", "start: should be earliest, latest or a time"),
        (
            "sources: {kafka: [{name: a, pattern: 'n(?:a|b)'}]}",
            "POSIX extended regular expression, without (?",
        ),
        (
            "sources: {kafka: [{name: a, pattern: 'n\\d+'}]}",
            "POSIX extended regular expression, without \\d",
        ),
        (
            "{kafka: {servers: ['b:1'], scored: news-scored}, sources: {kafka: [{name: a, pattern: news}]}}",
            "kafka.scored: a reads 'news-scored': what is written would come round again",
        ),
        (
            "{kafka: {servers: ['b:1']}, sources: {kafka: [{name: a, topics: [b, d], dead_letters: d}]}}",
            "dead_letters: a reads 'd': what is written would come round again",
        ),
        (
            "{kafka: {servers: ['b:1'], scores: {topic: s}}, sources: {kafka: [{name: a, topics: [s]}]}}",
            "kafka.scores: a reads 's': what is written would come round again",
        ),
        (
            "kafka: {servers: ['b:1'], scored: s, scores: {topic: s}}",
            "kafka.scored: scores reads 's': what is written would come round again",
        ),
        (
            "{kafka: {servers: ['b:1'], scores: {topic: s}}, sources: {push: {name: scores}}}",
            "scores",
        ),
        ("- web", "bearwatch.yaml:1: should hold sections such as 'web:', not list"),
        ("true: 1", "bearwatch.yaml"),
    ],
)
def test_a_fault_says_where_what_and_what_would_be_right(tmp_path: Path, text: str, fault: str) -> None:
    if not fault:
        load_config(written(tmp_path, text + "\n"), {**ENV, "BEARWATCH_SOURCES__RSS__MAX_INTERVAL": "2h"})
        return
    lines = faults(tmp_path, text)
    assert len(lines) == 1
    assert fault in lines[0]


def test_yaml_syntax_error_gives_line_and_column(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "web:\n  port: 1\n   host: x\n")
    assert line == "bearwatch.yaml:3:8: is not YAML: mapping values are not allowed here"


@pytest.mark.parametrize(
    "text",
    ["[" * 3_000, f"web: {{port: {'9' * 5_000}}}", f"watchlist: {{files: [{'a' * 5_000}]}}"],
    ids=["nested without end", "a number of 5,000 digits", "a name longer than any file's"],
)
def test_what_python_itself_stumbles_over_is_a_fault_like_any_other(tmp_path: Path, text: str) -> None:
    """A reload that raised anything else ended the daemon."""
    (line,) = faults(tmp_path, text)
    assert line.startswith("bearwatch.yaml:")


def test_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path, what in [(tmp_path / "none.yaml", "No such file"), (tmp_path, "Is a directory")]:
        with pytest.raises(InputError, match=what) as caught:
            load_config(path, ENV)
        assert "\n" not in str(caught.value)
    (tmp_path / "latin.yaml").write_bytes(b"log: {level: \xe9}")
    with pytest.raises(ConfigError, match="is not UTF-8 text at byte 13"):
        load_config(tmp_path / "latin.yaml", ENV)
    (tmp_path / "nul.yaml").write_bytes(b"log: {level: \x00}")
    with pytest.raises(ConfigError, match="character 13 is not printable"):
        load_config(tmp_path / "nul.yaml", ENV)


# --- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ms"),
    [("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("7d", 604_800_000), ("1h30m", 5_400_000)],
)
def test_durations_have_a_unit(text: str, ms: int) -> None:
    assert parse_duration(text) == ms


@pytest.mark.parametrize("wrong", [30, 1.5, True, None, "", "30", "m", "1.5h", "-5m", " 5m", "5 m", "5M", "1w", [5]])
def test_what_is_no_duration_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="should"):
        parse_duration(wrong)


@given(st.integers(0, 10**13))
def test_a_duration_printed_reads_back(ms: int) -> None:
    assert parse_duration(format_duration(ms)) == ms


def test_store_stands_under_the_xdg_state_folder() -> None:
    def url(env: dict[str, str]) -> str:
        return load_config(None, env).store.url

    assert url({"HOME": "/home/desk"}) == "sqlite:////home/desk/.local/state/bearwatch/bearwatch.db"
    assert url({"HOME": "/home/desk", "XDG_STATE_HOME": "/state"}) == "sqlite:////state/bearwatch/bearwatch.db"
    relative = url({"HOME": "/home/desk", "XDG_STATE_HOME": "state"})  # XDG: all paths must be absolute, else ignored
    assert relative == "sqlite:////home/desk/.local/state/bearwatch/bearwatch.db"


def test_relative_paths_start_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "own.csv").touch()
    text = """\
store: {url: "sqlite:///here.db"}
model: {path: ./mine}
sources: {files: [{path: wire.jsonl, name: wire}, {path: /abs.jsonl, name: abs}]}
watchlist: {files: [own.csv]}
"""
    config = load_config(written(tmp_path, text), ENV)
    assert config.store.url == f"sqlite:///{tmp_path}/here.db"
    assert config.model.path == f"{tmp_path}/mine"
    assert [file.path for file in config.sources.files] == [tmp_path / "wire.jsonl", Path("/abs.jsonl")]
    assert config.watchlist.files == [tmp_path / "own.csv"]


def test_a_section_left_empty_is_its_defaults(tmp_path: Path) -> None:
    text = "".join(f"{section}:\n" for section in Config.model_fields)
    assert load_config(written(tmp_path, text), ENV) == load_config(None, ENV)
    assert load_config(written(tmp_path, "# nothing\n"), ENV) == load_config(None, ENV)


TOKENS = f"tokens: [{{name: a, scope: read, sha256: {'a' * 64}}}]"
LACKING_TLS = "web.tls, or web.plain_http: true where a proxy in front speaks TLS"
TLS = "tls: {certificate_file: tls.crt, key_file: tls.key}"


@pytest.mark.parametrize("host", ["0.0.0.0", "'::'", "10.0.0.7", "desk.example", "localhost.example"])
@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        (
            "",
            "web.tokens (bearwatch token new), and web.tls, or web.plain_http: true where a proxy in front speaks TLS",
        ),
        (TOKENS, "web.tls, or web.plain_http: true where a proxy in front speaks TLS"),
        (TLS, "web.tokens (bearwatch token new)"),
        ("plain_http: true", "web.tokens (bearwatch token new)"),
        (f"{TOKENS}, {TLS}", None),
        (f"{TOKENS}, plain_http: true", None),
    ],
)
def test_an_open_host_needs_tokens_and_tls_or_a_word_that_a_proxy_has_it(
    tmp_path: Path, host: str, given: str, lacking: str | None
) -> None:
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).touch()
    text = f"web: {{host: {host}, {given}}}"
    if lacking is None:
        assert load_config(written(tmp_path, text), ENV).web.host == host.strip("'")
    else:
        (line,) = faults(tmp_path, text)
        shown = repr(host.strip("'"))
        assert line == (
            f"bearwatch.yaml:1: web.host: {shown} opens the page to the network: give {lacking}; or keep 127.0.0.1"
        )


def test_the_loopback_needs_nothing() -> None:
    for host in ["localhost", "127.0.0.2", "::1"]:
        assert load_config(None, {**ENV, "BEARWATCH_WEB__HOST": host}).web.host == host


# --- environment --------------------------------------------------------------------------------------------------


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "web:\n  port: 1\n  host: localhost\nlog:\n")
    env = {
        "BEARWATCH_WEB__PORT": "9000",
        "BEARWATCH_WEB__ALLOWED_HOSTS": "[a.example, b.example]",
        "BEARWATCH_LOG__LEVEL": "debug",
        "BEARWATCH_DETECTION__LATENESS": "90m",
        "BEARWATCH_SOURCES__PUSH__ENABLED": "true",
        "BEARWATCH_SOURCES__PUSH__TOKEN": "12345",
        "BEARWATCH_STORE__URL": "null",
    }
    config = load_config(path, {**ENV, **env})
    assert (config.web.port, config.web.host, config.web.allowed_hosts) == (
        9000,
        "localhost",
        ["a.example", "b.example"],
    )
    assert config.sources.push.token is not None
    assert config.sources.push.token.get_secret_value() == "12345"
    assert (config.log.level, config.detection.lateness, config.sources.push.enabled) == ("debug", 5_400_000, True)
    assert config.store.url == load_config(None, ENV).store.url


def test_a_fault_from_the_environment_names_the_variable(tmp_path: Path) -> None:
    env = {"BEARWATCH_WEB__PORT": "x", "BEARWATCH_WEBB__PORT": "1", "BEARWATCH_WEB__ALLOWED_HOSTS": "[a"}
    assert faults(tmp_path, "web: {port: 1}", env) == [
        "BEARWATCH_WEBB__PORT: webb: unknown option; did you mean web?",
        "BEARWATCH_WEB__ALLOWED_HOSTS: web.allowed_hosts: is not YAML; write a list as [a, b]",
        "BEARWATCH_WEB__PORT: web.port: should be a whole number, not 'x'",
    ]


def test_variables_that_are_not_ours_and_empty_ones_are_left_alone() -> None:
    kubernetes = {"BEARWATCH_PORT": "tcp://10.0.0.1:8900", "BEARWATCH_SERVICE_HOST": "10.0.0.1"}
    empty = {"BEARWATCH_SOURCES__PUSH__TOKEN": ""}
    assert load_config(None, {**ENV, **kubernetes, **empty}) == load_config(None, ENV)


# --- secrets ------------------------------------------------------------------------------------------------------


def secrets_config(tmp_path: Path) -> Config:
    (tmp_path / "canary.token").write_text("canary-file\n")
    (tmp_path / "canary.secret").write_text(SECRET)
    text = f"""\
sources: {{push: {{enabled: true, token_file: canary.token}}}}
alerts:
  webhooks:
    - {{name: a, url: "https://hooks.example/canary-url", secret: {SECRET}}}
    - {{name: b, url: "https://hooks.example/canary-url", secret_file: canary.secret}}
"""
    return load_config(written(tmp_path, text), ENV)


def test_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    config = secrets_config(tmp_path)
    assert config.sources.push.token is not None
    assert config.sources.push.token.get_secret_value() == "canary-file"
    assert {webhook.secret.get_secret_value() for webhook in config.alerts.webhooks} == {SECRET}
    assert config.alerts.webhooks[0].url.get_secret_value() == "https://hooks.example/canary-url"


def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    config = secrets_config(tmp_path)
    for printed in [effective_yaml(config), repr(config), str(config), str(config.alerts.webhooks[0])]:
        assert SECRET[6:] not in printed
        assert not re.search(r"canary-(file|url)", printed)
    assert "https://hooks.example/*" in effective_yaml(config)


def test_no_secret_stands_in_a_fault(tmp_path: Path) -> None:
    text = """\
sources: {push: {enabled: true, token: 8675309, token_file: 5, tokens: canary-1}}
store: {url: "postgres://desk:canary-2@db"}
alerts:
  webhooks:
    - {name: a, url: "canary-3", secret: canary-4}
    - {name: b, url: ["canary-5"], secret: 8675309}
    - {name: c, url: "https://user:canary-6@hooks.example", secret: whsec_canary7, secrets: canary-8}
"""
    lines = faults(tmp_path, text)
    assert len(lines) == 11
    assert not [line for line in lines if "canary" in line or "8675309" in line]


@pytest.mark.parametrize("content", ["", "\n", "two\nlines"])
def test_a_secret_file_holds_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    (line,) = faults(tmp_path, "sources: {push: {token_file: token}}")
    assert "sources.push.token_file: " in line
    assert "should hold the secret in one line" in line


def test_a_secret_and_its_file_are_not_given_both(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t")
    assert faults(tmp_path, "sources: {push: {token_file: token, token: u}}") == [
        "bearwatch.yaml:1: sources.push.token: give token or token_file, not both"
    ]


LONG = "canary-" + "x" * 32


def test_the_desks_secrets_come_from_files_too_and_are_never_printed(tmp_path: Path) -> None:
    (tmp_path / "link.secret").write_text(f"{LONG}1\n")
    text = """\
alerts: {link_secret_file: link.secret}
web: {public_url: "https://desk.example/bear"}
"""
    config = load_config(written(tmp_path, text), ENV)
    assert config.alerts.link_secret is not None and config.alerts.link_secret.get_secret_value() == f"{LONG}1"
    assert not [printed for printed in (effective_yaml(config), repr(config)) if "canary" in printed]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'alerts: {link_secret: canary-short}\nweb: {public_url: "https://h"}',
            "bearwatch.yaml:1: alerts.link_secret: should be at least 32 characters long: openssl rand -base64 32",
        ),
        (
            f"alerts: {{link_secret: {LONG}}}",
            "bearwatch.yaml: the file: alerts.link_secret: links need the page's own address: give web.public_url",
        ),
        (
            'web: {public_url: "https://desk.example/?a=b"}',
            "bearwatch.yaml:1: web.public_url: should be the page's address without '?' and '#': paths are added to it",
        ),
        (
            'web: {public_url: "desk.example"}',
            "bearwatch.yaml:1: web.public_url: should be an address such as https://news.example/feed.xml",
        ),
        (
            "web: {tokens: [{name: a, scope: read, sha256: bw_canary}]}",
            "bearwatch.yaml:1: web.tokens[1].sha256: should be the token's SHA-256, 64 digits in lower case: "
            "bearwatch token new prints it",
        ),
        (
            f"web: {{{TOKENS[:-1]}, {{name: a, scope: ack, sha256: {'b' * 64}}}]}}",
            "bearwatch.yaml:1: web.tokens: name 'a' is given 2 times; each must be its own",
        ),
        (
            "web: {tokens: [{name: a, scope: root, sha256: 5}]}",
            "bearwatch.yaml:1: web.tokens[1].scope: should be one of 'read', 'ack' or 'admin', not 'root'\n"
            "bearwatch.yaml:1: web.tokens[1].sha256: should be text; put it in quotes",
        ),
    ],
)
def test_what_answers_need_is_said_in_one_line_without_a_secret(tmp_path: Path, text: str, fault: str) -> None:
    assert faults(tmp_path, text) == fault.splitlines() and "canary" not in fault


def test_secrets_and_addresses_come_from_systemds_folder_of_credentials(tmp_path: Path) -> None:
    credentials = tmp_path / "run" / "credentials"
    credentials.mkdir(parents=True)
    (credentials / "desk").write_text(SECRET + "\n")
    (credentials / "slack").write_text("https://hooks.example/canary-url\n")
    text = """
alerts:
  webhooks:
    - {name: a, url_file: "${CREDENTIALS_DIRECTORY}/slack", secret_file: "${CREDENTIALS_DIRECTORY}/desk"}
  chat:
    - {name: b, kind: slack, url_file: "${CREDENTIALS_DIRECTORY}/slack"}
"""
    file = tmp_path / "bearwatch.yaml"
    file.write_text(text)
    config = load_config(file, {**ENV, "CREDENTIALS_DIRECTORY": str(credentials)})
    [hook], [chat] = config.alerts.webhooks, config.alerts.chat
    assert hook.secret.get_secret_value() == SECRET
    assert hook.url.get_secret_value() == chat.url.get_secret_value() == "https://hooks.example/canary-url"
    assert "canary" not in effective_yaml(config)
    with pytest.raises(ConfigError) as told:
        load_config(file, ENV)
    assert str(told.value).count("CREDENTIALS_DIRECTORY is not set") == 3 == len(str(told.value).splitlines())


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("kind: slack", "chat[1].url: a robot has an address: give url or url_file"),
        ("kind: slack, url: 'https://a.example', url_file: robot", "chat[1].url: give url or url_file, not both"),
        ("kind: slack, url_file: secret", "chat[1].url: should be an address"),
    ],
)
def test_an_address_from_a_file_is_checked_as_any_other(tmp_path: Path, given: str, fault: str) -> None:
    (tmp_path / "robot").write_text("https://b.example/")
    (tmp_path / "secret").write_text("canary-no-address")
    (tmp_path / "bearwatch.yaml").write_text(f"alerts: {{chat: [{{name: a, {given}}}]}}")
    with pytest.raises(ConfigError) as told:
        load_config(tmp_path / "bearwatch.yaml", ENV)
    assert fault in str(told.value) and "canary" not in str(told.value)


def test_a_secret_file_at_fault_is_reported_once(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "sources: {push: {enabled: true, token_file: none}}")
    assert "sources.push.token_file: cannot read" in line


def test_what_is_printed_without_secrets_loads_back_to_the_same(tmp_path: Path) -> None:
    config = load_config(None, {**ENV, "BEARWATCH_DETECTION__CLOSE_AFTER": "1h30m"})
    assert load_config(written(tmp_path, effective_yaml(config)), ENV) == config
