"""The way to one Alertmanager: who we are, whom we trust, where we refuse to go. Through the daemon's own wiring."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from monitor.alerts.alertmanager import Alertmanager
from monitor.alerts.protocol import DeliveryError, Final, Retryable
from monitor.config import load_config
from monitor.endpoints import running_alertmanagers
from monitor.errors import ConfigError, InputError
from monitor.storage.store import Store
from monitor.telemetry.metrics import Metrics
from tests.fakes_alertmanager import Authority, FakeAlertmanager, alertmanager, server_tls, status

ENV = {"HOME": "/nonexistent"}
HERE = ("127.0.0.1", "localhost", "::1")


@asynccontextmanager
async def instance(folder: Path, allow_hosts: Sequence[str] = HERE, **given: Any) -> AsyncIterator[Alertmanager]:
    """The one that the daemon would make of this configuration."""
    path = folder / "bearwatch.yaml"
    given = {"name": "am-1", "timeout": "2s", **given}
    path.write_text(
        yaml.safe_dump({"alerts": {"alertmanagers": [given], "allow_hosts": list(allow_hosts)}}), encoding="utf-8"
    )
    config = load_config(path, ENV)
    with Store.open(folder / "b.db") as store:
        async with running_alertmanagers(config, store, Metrics(CollectorRegistry())) as sender:
            yield sender.instances[0]


async def post(folder: Path, server: FakeAlertmanager, **given: Any) -> None:
    async with instance(folder, url=server.url, **given) as made:
        await made.post([{"labels": {"alertname": "x"}}])


def test_a_user_and_a_token_are_shown_to_the_instance(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("pä:ss\n")
    (tmp_path / "token").write_text("t0k-en\n")

    async def scenario() -> None:
        async with alertmanager() as server:
            await post(tmp_path, server, basic_auth={"username": "desk", "password_file": "password"})
            await post(tmp_path, server, bearer_token_file="token")
            await post(tmp_path, server)
            basic, bearer, none = server.headers
            kind, _, value = basic["Authorization"].partition(" ")
            assert (kind, base64.b64decode(value).decode()) == ("Basic", "desk:pä:ss")
            assert bearer["Authorization"] == "Bearer t0k-en"
            assert "Authorization" not in none
            assert none["Content-Type"] == "application/json"

    asyncio.run(scenario())


def test_an_instance_that_asks_for_our_certificate_gets_it_and_nobody_else_is_believed(tmp_path: Path) -> None:
    ours, other = Authority.make(tmp_path, "ours"), Authority.make(tmp_path, "other")
    certificate, key = ours.sign(tmp_path, "server")
    mine, my_key = ours.sign(tmp_path, "client")
    stranger, strangers_key = other.sign(tmp_path, "stranger")
    pair = {"certificate_file": str(mine), "key_file": str(my_key)}

    async def scenario() -> None:
        # A server tells the loop of every handshake that it refused.
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        async with alertmanager(server_tls(certificate, key, ours.certificate)) as server:
            await post(tmp_path, server, tls={"ca_file": str(ours.certificate), **pair})
            assert len(server.taken) == 1
            for tls in (
                {"ca_file": str(ours.certificate)},  # nothing to show
                {"ca_file": str(other.certificate), **pair},  # we do not trust it
                {  # it does not trust us
                    "ca_file": str(ours.certificate),
                    "certificate_file": str(stranger),
                    "key_file": str(strangers_key),
                },
                None,
            ):
                with pytest.raises(Retryable) as failed:
                    await post(tmp_path, server, tls=tls)
                assert "127.0.0.1" not in str(failed.value)
            assert len(server.taken) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_with_our_login(tmp_path: Path, code: int) -> None:
    async def scenario() -> None:
        async with alertmanager() as server:
            server.answer = status(code, Location="/elsewhere")
            with pytest.raises(Final, match=f"http_{code}"):
                await post(tmp_path, server, bearer_token="t")
            assert server.forwarded == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("host", ["alertmanager.test", "127.0.0.1.nip.test"])
def test_a_name_that_turns_out_private_is_refused_unless_allowed(
    tmp_path: Path, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What DNS says is the operator's adversary's word."""

    async def scenario() -> None:
        async with alertmanager() as server:
            loop = asyncio.get_running_loop()
            here = await loop.getaddrinfo("127.0.0.1", None)

            async def lookup(name: str, port: Any, **more: Any) -> Any:
                return [(f, k, p, n, (a[0], port)) for f, k, p, n, a in here]

            monkeypatch.setattr(loop, "getaddrinfo", lookup)
            server.url = server.url.replace("127.0.0.1", host)
            with pytest.raises(Retryable, match=r"^private_address$"):
                await post(tmp_path, server, allow_hosts=[])
            assert server.asked == 0
            await post(tmp_path, server, allow_hosts=[host])
            assert server.asked == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://127.0.0.1:9093", True),
        ("https://localhost:9093/am", True),
        ("http://[::1]:9093", True),
        ("http://10.1.2.3:9093", True),
        ("http://alertmanager:9093", False),
        ("https://8.8.8.8", False),
    ],
)
def test_an_address_that_is_plainly_private_is_a_fault_of_the_configuration(
    tmp_path: Path, url: str, refused: bool
) -> None:
    path = tmp_path / "bearwatch.yaml"
    path.write_text(yaml.safe_dump({"alerts": {"alertmanagers": [{"name": "a", "url": url}]}}), encoding="utf-8")
    if refused:
        with pytest.raises(ConfigError, match=r"alerts.allow_hosts: a is on this machine or a private network: add"):
            load_config(path, ENV)
    else:
        load_config(path, ENV)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"url": "https://am.example/api/v2/alerts"}, "the address of Alertmanager itself"),
        ({"url": "https://am.example/?x=1"}, "the address of Alertmanager itself"),
        ({"url": "https://u:canary@am.example"}, "no user name or password"),
        ({"basic_auth": {"username": "a"}}, "give password or password_file"),
        ({"basic_auth": {"username": "a:b", "password": "canary"}}, "basic_auth.username"),
        ({"basic_auth": {"username": "a", "password": "canary"}, "bearer_token": "canary"}, "not both"),
        ({"bearer_token": "canary canary"}, "plain ASCII without spaces"),
        ({"bearer_token": "canary", "bearer_token_file": "token"}, "not both"),
        ({"url": "http://am.example", "tls": {}}, "write https"),
        ({"tls": {"certificate_file": "token"}}, "go together"),
        ({"tls": {"ca_file": "none.pem"}}, "there is no file"),
        ({"timeout": "5m"}, "from 1s to 60s"),
    ],
)
def test_a_wrong_option_is_named_and_no_secret_with_it(tmp_path: Path, given: dict[str, Any], fault: str) -> None:
    (tmp_path / "token").write_text("canary")
    path = tmp_path / "bearwatch.yaml"
    made = {"name": "a", "url": "https://am.example", **given}
    path.write_text(yaml.safe_dump({"alerts": {"alertmanagers": [made]}}), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, ENV)
    [line] = str(caught.value).splitlines()
    assert "alerts.alertmanagers[1]." in line and fault in line
    assert "canary" not in line


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        ({"severity": "x"}, "is a label of every alert"),
        ({"my-site": "x"}, "a label's name"),
        ({"__x": "x"}, "a label's"),
        ({"a": ""}, "is empty"),
    ],
)
def test_a_label_that_would_break_an_alerts_identity_is_a_fault(
    tmp_path: Path, labels: dict[str, str], fault: str
) -> None:
    path = tmp_path / "bearwatch.yaml"
    path.write_text(yaml.safe_dump({"alerts": {"labels": labels}}), encoding="utf-8")
    with pytest.raises(ConfigError, match=fault):
        load_config(path, ENV)


def test_a_certificate_that_is_none_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    good, key = Authority.make(tmp_path, "ours").sign(tmp_path, "client")
    other_key = Authority.make(tmp_path, "other").key
    bad = str(tmp_path / "bad.pem")

    async def scenario(tls: dict[str, str]) -> None:
        async with instance(tmp_path, url="https://am.example", tls=tls):
            pass

    for tls in (
        {"ca_file": bad},
        {"certificate_file": bad, "key_file": str(key)},
        {"certificate_file": str(good), "key_file": str(other_key)},
    ):
        with pytest.raises(InputError, match=r"^am-1: tls: .*_file") as refused:
            asyncio.run(scenario(tls))
        assert "\n" not in str(refused.value)


def test_secrets_stay_out_of_errors_and_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with alertmanager() as server:
            for code in (401, 500):
                server.answer = status(code)
                with pytest.raises(DeliveryError) as failed:
                    await post(tmp_path, server, basic_auth={"username": "desk", "password": "canary"})
                assert "canary" not in repr(failed.value) and "127.0.0.1" not in repr(failed.value)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(scenario())
    encoded = base64.b64encode(b"desk:canary").decode()
    assert "canary" not in caplog.text and encoded not in caplog.text
