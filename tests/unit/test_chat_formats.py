"""What each chat is sent, byte for byte; and that no stranger's headline becomes more than text there."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from markdown_it import MarkdownIt

from monitor.alerts.chat.formats import FORMATS
from monitor.alerts.chat.protocol import Payload
from monitor.alerts.message import Message, message_of
from monitor.alerts.words import Language
from tests.alert_bodies import HOSTILE, LINKS, RICH

GOLDEN = Path(__file__).parents[1] / "golden" / "chat"
BODIES = {"rich": RICH, "hostile": HOSTILE}
ZONES: dict[Language, str] = {"en": "UTC", "zh": "Asia/Shanghai"}
KINDS = sorted(FORMATS.keys() - {"lark"})  # lark is feishu's


def message(body: dict[str, Any], language: Language = "en") -> Message:
    return message_of(body, language=language, zone=ZONES[language], links=LINKS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ZONES)
@pytest.mark.parametrize("body", BODIES)
def test_every_format_writes_what_was_read_and_approved(kind: str, language: Language, body: str) -> None:
    """A change of words or markup reaches desks: it is looked at in a diff first. GOLDEN=write writes them anew."""
    path = GOLDEN / f"{kind}.{language}.{body}.json"
    parts = FORMATS[kind].render(message(BODIES[body], language))
    text = json.dumps(parts, ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def allowed(language: Language = "en") -> set[str]:
    told = message(HOSTILE, language)
    return {
        url
        for url in (*(item.url for item in (*told.headlines, *told.denials)), *(url for _, url in told.links))
        if url
    }


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_invisible_and_no_direction_override_reaches_a_chat(kind: str) -> None:
    for text in strings(FORMATS[kind].render(message(HOSTILE))):
        assert not re.search("[\u200b-\u200f\u2028-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", text)


def test_addresses_of_strangers_lead_where_they_say_or_nowhere() -> None:
    urls = allowed()
    assert len(urls) >= 7
    for url in urls:
        parts = urlsplit(url)
        assert parts.scheme == "https" and parts.hostname is not None and url.isascii() and "@" not in parts.netloc
        assert parts.hostname.removesuffix(".example") in {"good", "bearwatch", "xn--bcher-kva"}
        assert not re.search(r"""[\s<>()\[\]|"'`\\;]""", url)


@pytest.mark.parametrize("language", ZONES)
def test_slack_takes_nothing_of_a_headline_for_a_mention_or_a_link(language: Language) -> None:
    marked: list[str] = []
    for part in FORMATS["slack"].render(message(HOSTILE, language)):
        assert "<" not in str(part["text"])
        blocks = part["blocks"]
        assert isinstance(blocks, list)
        for block in blocks:
            if block["type"] == "section":
                assert block["text"]["verbatim"] is True
                marked += re.findall(r"<([^>]*)>", block["text"]["text"])
            assert "```" not in block["text"]["text"]
    targets = {mark.split("|")[0].replace("&amp;", "&") for mark in marked}
    assert targets <= allowed(language)
    assert len(targets) >= 7


@pytest.mark.parametrize("kind", ["feishu", "dingtalk", "wecom"])
@pytest.mark.parametrize("language", ZONES)
def test_markdown_holds_our_links_and_nothing_of_a_headlines_own(kind: str, language: Language) -> None:
    """Read by a CommonMark parser with raw HTML and bare addresses allowed, as the most generous of clients might."""
    shown: set[str] = set()
    for part in FORMATS[kind].render(message(HOSTILE, language)):
        for given in markdown_of(kind, part):
            text = re.sub(r'<font color="(?:warning|info)">(.*?)</font>', r"\1", given)
            assert "<" not in text
            assert set(re.findall(r"https?://[^\s)]*", text)) <= allowed(language)  # none that a client would link
            for token in MarkdownIt("commonmark", {"html": True}).parse(text):
                for child in token.children or [token]:
                    assert child.type not in {
                        "html_inline",
                        "html_block",
                        "image",
                        "fence",
                        "code_block",
                        "code_inline",
                    }
                    if child.type == "link_open":
                        shown.add(str(child.attrGet("href")))
    assert shown <= allowed(language)
    assert len(shown) >= 7


def markdown_of(kind: str, part: Payload) -> list[str]:
    match part:
        case {"card": {"elements": [{"tag": "markdown", "content": str(text)}]}}:
            return [text]
        case {"markdown": {"text": str(text)}} | {"markdown": {"content": str(text)}}:
            return [text]
    raise AssertionError(f"{kind}: {part}")


@pytest.mark.parametrize("kind", ["dingtalk", "wecom"])
def test_no_name_behind_an_at_sign_is_called(kind: str) -> None:
    for part in FORMATS[kind].render(message(HOSTILE)):
        (text,) = markdown_of(kind, part)
        own = text.replace(message(HOSTILE).footer, "")
        assert "@" not in re.sub(r"\(https://[^)]*\)", "", own)
        if kind == "dingtalk":
            assert part["at"] == {"atMobiles": [], "atUserIds": [], "isAtAll": False}


def test_teams_shows_runs_of_plain_text_and_opens_only_what_it_was_given() -> None:
    opened: set[str] = set()
    for part in FORMATS["teams"].render(message(HOSTILE)):
        (attachment,) = part["attachments"]  # type: ignore[misc]
        card = attachment["content"]
        assert card["version"] == "1.4" and "entities" not in card["msteams"]
        for block in card["body"]:
            assert block["type"] == "RichTextBlock"
            for run in block["inlines"]:
                assert run["type"] == "TextRun" and run["text"]
                if "selectAction" in run:
                    assert run["selectAction"]["type"] == "Action.OpenUrl"
                    opened.add(run["selectAction"]["url"])
    assert opened == allowed()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


@pytest.mark.parametrize("secret", ["SEC0123456789abcdef", "s", "密钥", "x" * 200])
def test_dingtalk_signature_is_the_documented_one(secret: str) -> None:
    now = 1_772_415_600_123
    url, payload = FORMATS["dingtalk"].sign("https://oapi.example/robot/send?access_token=k", {"a": 1}, secret, now)
    query = parse_qs(urlsplit(url).query, strict_parsing=True)
    wanted = base64.b64encode(hmac_sha256(secret.encode(), f"{now}\n{secret}".encode())).decode()
    assert query == {"access_token": ["k"], "timestamp": [str(now)], "sign": [wanted]}
    assert payload == {"a": 1}


@pytest.mark.parametrize("kind", ["feishu", "lark"])
@pytest.mark.parametrize("secret", ["FEISHU-secret", "密钥", "x" * 200])
def test_feishu_signature_is_the_documented_one(kind: str, secret: str) -> None:
    now = 1_772_415_600_123
    url, payload = FORMATS[kind].sign("https://open.example/hook/k", {"msg_type": "interactive"}, secret, now)
    wanted = base64.b64encode(hmac_sha256(f"1772415600\n{secret}".encode(), b"")).decode()
    assert payload == {"msg_type": "interactive", "timestamp": "1772415600", "sign": wanted}
    assert url == "https://open.example/hook/k"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [{}, {"n": 9}, {"headlines": [{}, "x", None], "denials": 5, "band": ["a"], "at": "x"}])
def test_a_body_that_lacks_everything_is_still_told(kind: str, body: dict[str, Any]) -> None:
    assert FORMATS[kind].render(message_of(body, language="zh", zone="UTC", links={}))
