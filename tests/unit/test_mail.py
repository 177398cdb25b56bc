"""Alerts by e-mail reach a real SMTP server as mail that a desk can read, thread and trust."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import subprocess
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as POLICY
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import ValidationError
from structlog.testing import capture_logs

from monitor.alerts.mail import Mail, Server
from monitor.alerts.mail_message import address, as_html, as_text, mail_of
from monitor.alerts.message import message_of
from monitor.alerts.protocol import Final, Outcome, Retryable
from monitor.config.mail import Mail as MailConfig
from monitor.sample import sample_body
from tests.fakes_notifier import Message
from tests.smtp_server import Box, smtp

NOON = 1_700_049_600_000
TO = ("Risk desk <desk@bank.example>", "night@bank.example")


def mail(port: int, **server: Any) -> Mail:
    given = Server("127.0.0.1", port, **{"tls": "none", **server})
    return Mail("risk-mail", given, sender="Bearwatch <bw@bank.example>", to=TO, clock=lambda: NOON, timeout_s=5)


def sent(to: Mail, message: Message) -> Outcome:
    return asyncio.run(to.send(message))


def told(status: str = "firing", **changes: Any) -> Message:
    body = {**sample_body(NOON), "sample": False, "label": "Harrow Bank", "status": status, **changes}
    return Message(f"entity:a@1#ab:{status}:risk-mail", alert_id="entity:a@1#ab", body=json.dumps(body))


def test_a_mail_arrives_as_text_and_html_and_is_the_same_at_every_try() -> None:
    box = Box()
    with smtp(box) as port:
        first = sent(mail(port), told())
        assert sent(mail(port), told()) == first
    assert box.bytes[0] == box.bytes[1] and len(first.digest) == 64
    got = box.mails[0]
    assert got["Subject"].endswith("Harrow Bank: 3 bad stories in 1 h, usually 1 in 2 days")
    assert got["From"] == "Bearwatch <bw@bank.example>" and "desk@bank.example" in got["To"]
    assert got["Auto-Submitted"] == "auto-generated"
    text, page = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None and "Harrow Bank halts withdrawals" in text.get_content()
    assert page is not None and '<a href="https://wire.example/sample">' in page.get_content()


def test_the_messages_of_one_surge_are_one_thread_and_each_has_an_id_of_its_own() -> None:
    box = Box()
    with smtp(box) as port:
        for status in ("firing", "update-1", "resolved"):
            sent(mail(port), told(status))
    assert len({got["Message-ID"] for got in box.mails}) == 3
    assert len({got["References"] for got in box.mails}) == 1
    assert {got["In-Reply-To"] for got in box.mails} == {got["References"] for got in box.mails}


@pytest.mark.parametrize("hostile", ["Bad\r\nBcc: thief@evil.example", "<script>alert(1)</script>", "a\u202eb\x00c"])
def test_what_strangers_write_stays_in_the_body_and_is_text_there(hostile: str) -> None:
    headline = {"title": hostile, "publisher": hostile, "url": "javascript:alert(1)", "published_at": "2023-11-15"}
    box = Box()
    with smtp(box) as port:
        sent(mail(port), told(label=hostile, headlines=[headline]))
    (got,) = box.mails
    assert got["Bcc"] is None and "\n" not in got["Subject"] and "\r" not in got["Subject"]
    page = got.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content() and "javascript:" not in page.get_content()


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [("451 later", Retryable, "smtp_451"), ("554 no", Final, "smtp_554"), ("552 too big", Final, "smtp_552")],
)
def test_4yz_is_tried_again_and_5yz_is_not(data: str, error: type[Exception], reason: str) -> None:
    with smtp(Box(data=data)) as port, pytest.raises(error, match=reason):
        sent(mail(port), told())


def test_a_server_that_names_another_sends_nobody_there() -> None:
    """RFC 5321, 3.4: 251 and 551 name another path, 421 asks to try again; the configured server is the only one."""
    elsewhere, box = Box(), Box()
    with smtp(elsewhere) as other, smtp(box) as port:
        for answer in ("551 User not local; please try <desk@[127.0.0.1]:{}>", "421 moved to 127.0.0.1:{}"):
            box.answers = dict.fromkeys(("desk@bank.example", "night@bank.example"), answer.format(other))
            with pytest.raises((Final, Retryable)):
                sent(mail(port), told())
    assert (box.mails, elsewhere.mails, elsewhere.sessions) == ([], [], 0)


def test_one_refused_recipient_does_not_keep_it_from_the_others() -> None:
    box = Box(answers={"night@bank.example": "550 who is that"})
    with smtp(box) as port, capture_logs() as logs:
        assert sent(mail(port), told()).status == 250
    assert len(box.mails) == 1
    (line,) = (each for each in logs if each["event"] == "mail_partly_refused")
    assert (line["recipients"], line["codes"]) == ([2], [550]) and "night@" not in repr(logs)


def test_who_is_put_off_gets_it_at_the_next_try_and_the_others_get_it_once() -> None:
    """A server that is looking the night desk up answers 450; without another try the night desk is not paged."""
    box = Box(answers={"night@bank.example": "450 being looked up"})

    async def scenario(port: int) -> None:
        desk = mail(port)
        with pytest.raises(Retryable, match="smtp_450"):
            await desk.send(told())
        box.answers.clear()
        box.data = "451 later"  # and the next try fails for another reason
        with pytest.raises(Retryable, match="smtp_451"):
            await desk.send(replace(told(), tries=1))
        box.data = "250 taken"
        await desk.send(replace(told(), tries=2))
        await desk.send(told("update-1"))

    with smtp(box) as port:
        asyncio.run(scenario(port))
    everybody = ["desk@bank.example", "night@bank.example"]
    assert box.recipients == [["desk@bank.example"], ["night@bank.example"], everybody]
    assert box.bytes[0] == box.bytes[1]  # the same mail, with the same Message-ID


def test_one_full_mailbox_keeps_nobody_waiting_for_long() -> None:
    """The alert's next transition waits behind this one, for everybody."""
    box = Box(answers={"night@bank.example": "452 full"})

    async def scenario(port: int) -> None:
        desk = mail(port)
        for tries in range(2):
            with pytest.raises(Retryable, match="smtp_452"):
                await desk.send(replace(told(), tries=tries))
        assert not [each for each in logs if each["event"] == "mail_partly_refused"]
        assert (await desk.send(replace(told(), tries=2))).status == 250

    with smtp(box) as port, capture_logs() as logs:
        asyncio.run(scenario(port))
    assert box.recipients == [["desk@bank.example"]]
    (line,) = (each for each in logs if each["event"] == "mail_partly_refused")
    assert (line["recipients"], line["codes"]) == ([2], [452])


def test_after_a_restart_in_between_nobody_is_left_out() -> None:
    box = Box(answers={"night@bank.example": "450 later"})
    with smtp(box) as port:
        with pytest.raises(Retryable):
            sent(mail(port), told())
        box.answers.clear()
        sent(mail(port), replace(told(), tries=1))
    assert box.recipients[-1] == ["desk@bank.example", "night@bank.example"]


def test_an_address_given_twice_does_not_make_a_refusal_of_all_one_of_some() -> None:
    server = Box(answers={"night@bank.example": "550 no"})
    twice = ("night@bank.example", "Night desk <night@bank.example>")
    with smtp(server) as port, pytest.raises(Final, match="smtp_550"):
        given = Server("127.0.0.1", port, "none")
        sent(Mail("m", given, sender="bw@bank.example", to=twice, clock=lambda: NOON), told())


def test_the_digest_is_of_the_bytes_that_the_server_got() -> None:
    box = Box()
    with smtp(box) as port:
        outcome = sent(mail(port), told(label="银行 Bank", headlines=[]))
    assert outcome.digest == hashlib.sha256(box.bytes[0]).hexdigest()


def test_all_refused_is_final_unless_one_may_pass() -> None:
    both = {"desk@bank.example": "550 no", "night@bank.example": "550 no"}
    with smtp(Box(answers=both)) as port, pytest.raises(Final, match="smtp_550"):
        sent(mail(port), told())
    later = {**both, "night@bank.example": "450 busy"}
    with smtp(Box(answers=later)) as port, pytest.raises(Retryable, match="smtp_450"):
        sent(mail(port), told())


def test_nobody_there_is_worth_another_try() -> None:
    with smtp(Box()) as port:
        pass
    with pytest.raises(Retryable, match="connection"):
        sent(mail(port), told())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(["openssl", *made.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    well = isinstance(data, LoginPassword) and (data.login, data.password) == (b"bearwatch", b"right")
    return AuthResult(success=well, handled=well)  # not handled: the server itself answers 535


def test_starttls_checks_the_certificate_then_logs_in(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    trusted, box = ssl.create_default_context(cafile=cert), Box()
    given = {"tls": "starttls", "username": "bearwatch", "context": trusted}
    options = {"tls_context": server, "require_starttls": True, "authenticator": login, "auth_required": True}

    async def scenario(port: int) -> None:
        with pytest.raises(Retryable, match="connection"):
            await mail(port, password="right", **{**given, "context": None}).send(told())
        with pytest.raises(Final, match="smtp_535"):
            await mail(port, password="wrong", **given).send(told())
        await mail(port, password="right", **given).send(told())

    with smtp(box, **options) as port:
        asyncio.run(scenario(port))
    assert len(box.mails) == 1


def test_without_starttls_at_the_other_end_nothing_is_sent_in_plain_text() -> None:
    box = Box()
    with smtp(box) as port, pytest.raises(Retryable, match="no_starttls"):
        sent(mail(port, tls="starttls"), told())
    assert box.mails == []


def test_chinese_mail_is_chinese_in_both_forms() -> None:
    message = message_of(json.loads(told().body), language="zh", zone="Asia/Shanghai", links={})
    made = mail_of(message, delivery="d", alert="a", sender="bw@bank.example", to=["desk@bank.example"], at=NOON)
    assert message_from_bytes(bytes(made), policy=POLICY)["Subject"] == message.title
    assert "小时内" in message.title and "小时内" in as_text(message) and 'lang="zh"' in as_html(message)


@pytest.mark.parametrize(
    "text",
    [
        *("", "desk", "a@b@c", "@bank.example", "desk@", "desk@-bank.example", "desk@bank..example"),
        "desk@bank.example\nBcc: x@y.example",
        "desk@bank.example\x00",
        "De\x00sk <desk@bank.example>",
        "de sk@bank.example",
        "desk@bank.example, night@bank.example",  # the second would be told nothing, and nobody would know
        "Desk <desk@bank.example> night",
        "d\u00e9sk@bank.example",
        "desk@b\u00e4nk.example",
    ],
)
def test_what_is_no_address_is_refused_where_it_is_configured(text: str) -> None:
    with pytest.raises(ValueError):
        address(text)
    with pytest.raises(ValidationError):
        MailConfig.model_validate({"name": "m", "server": "s.example", "sender": text, "to": ["desk@bank.example"]})


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("desk@bank.example", "desk@bank.example"),
        ("Risk desk <desk+hk@bank.example>", "desk+hk@bank.example"),
        ('"Wong, Ada" <o\'neil@xn--bnk-qla.example>', "o'neil@xn--bnk-qla.example"),
        ("风险管理部 <desk@localhost>", "desk@localhost"),
    ],
)
def test_what_is_an_address_is_taken_by_the_configuration_and_written_as_one(text: str, bare: str) -> None:
    assert address(text).addr_spec == bare
    MailConfig.model_validate({"name": "m", "server": "s.example", "sender": text, "to": [text]})
    message = message_of(json.loads(told().body), language="en", zone="UTC", links={})
    made = bytes(mail_of(message, delivery="d", alert="a", sender=text, to=[text], at=NOON))
    read = message_from_bytes(made, policy=POLICY)
    assert made.isascii()
    assert [each.addr_spec for header in ("From", "To") for each in read[header].addresses] == [bare, bare]  # type: ignore[attr-defined]


def test_a_login_never_goes_over_a_plain_connection() -> None:
    given = {"name": "m", "server": "s.example", "sender": "a@b.example", "to": ["c@d.example"], "tls": "none"}
    with pytest.raises(ValidationError, match="plain connection"):
        MailConfig.model_validate({**given, "username": "u", "password": "p"})
