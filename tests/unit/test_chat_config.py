"""Chats in the configuration: what is accepted, what is refused in one line, and that no key of a robot is shown."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from monitor.alerts import words
from monitor.alerts.chat.formats import FORMATS
from monitor.config import Config, effective_yaml, load_config
from monitor.config import chat as options
from monitor.errors import ConfigError

ENV = {"HOME": "/home/desk"}


def loaded(folder: Path, alerts: str) -> Config:
    path = folder / "bearwatch.yaml"
    path.write_text(f"alerts: {alerts}", "utf-8")
    return load_config(path, ENV)


def test_a_chat_needs_its_name_kind_and_address_and_takes_the_rest_from_the_others(tmp_path: Path) -> None:
    config = loaded(
        tmp_path, "{language: zh, chat: [{name: hk, kind: wecom, url: 'https://qyapi.example/send?key=k'}]}"
    )
    (chat,) = config.alerts.chat
    assert (chat.secret, chat.language, config.alerts.language, chat.severity) == (None, None, "zh", "warning")
    assert config.alerts.allow_hosts == [] and config.alerts.time_zone == "UTC"


def test_every_kind_that_is_accepted_has_a_format_and_every_format_a_kind() -> None:
    assert set(get_args(options.Chat.model_fields["kind"].annotation)) == set(FORMATS)
    assert get_args(options.Language) == get_args(words.Language) == tuple(words.PHRASES)
    assert get_args(options.Severity) == get_args(words.Severity)


@pytest.mark.parametrize(
    ("alerts", "fault"),
    [
        ("{chat: [{name: a, kind: irc, url: 'https://a.example'}]}", "alerts.chat[1].kind: should be one of 'slack'"),
        ("{chat: [{name: a, kind: slack, url: x}]}", "alerts.chat[1].url: should be an address such as"),
        (
            "{chat: [{name: a, kind: wecom, url: 'https://a.example', secret: canary}]}",
            "alerts.chat[1].secret: wecom signs nothing, its address is the secret: leave it out",
        ),
        ("{chat: [{name: a, kind: feishu, url: 'https://a.example', secret: ''}]}", "alerts.chat[1].secret: is empty"),
        ("{chat: [{name: a, kind: feishu, url: 'https://a.example', secret_file: none}]}", "secret_file: cannot read"),
        ("{chat: [{name: a, kind: slack, url: 'https://a.example', language: de}]}", "language: should be one of 'en'"),
        ("{chat: [{name: a, kind: slack, url: 'https://a.example', severity: info}]}", "severity: should be one of"),
        ("{time_zone: Asia/Honkong}", "alerts.time_zone: should be an IANA time zone"),
        (
            "{chat: [{name: a, kind: slack, url: 'https://a.example'}, {name: a, kind: teams, url: 'https://b.example'}]}",
            "alerts: name 'a' is given 2 times; each must be its own",
        ),
    ],
)
def test_a_wrong_chat_is_refused_in_one_line_without_its_secrets(tmp_path: Path, alerts: str, fault: str) -> None:
    with pytest.raises(ConfigError) as failed:
        loaded(tmp_path, alerts)
    (line,) = str(failed.value).splitlines()
    assert fault in line and "canary" not in line


def test_no_key_of_a_robot_is_ever_printed(tmp_path: Path) -> None:
    (tmp_path / "robot").write_text("canary-file\n")
    config = loaded(
        tmp_path,
        "{chat: [{name: a, kind: dingtalk, url: 'https://a.example/canary?k=canary', secret_file: robot},"
        " {name: b, kind: lark, url: 'https://b.example/canary', secret: canary-secret}]}",
    )
    assert [chat.secret.get_secret_value() for chat in config.alerts.chat if chat.secret] == [
        "canary-file",
        "canary-secret",
    ]
    for shown in (repr(config), str(config), effective_yaml(config)):
        assert "canary" not in shown
    assert "https://a.example/*" in effective_yaml(config)
