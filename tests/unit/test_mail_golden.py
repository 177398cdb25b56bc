"""What a mail says, letter by letter, in both languages; and that the document shows it as it is."""

from __future__ import annotations

import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.mail_message import as_html, as_text, mail_of
from monitor.alerts.message import message_of
from monitor.alerts.words import Language
from tests.alert_bodies import HOSTILE, LINKS, RICH

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "mail"
BODIES = {"rich": RICH, "hostile": HOSTILE}
ZONES: dict[Language, str] = {"en": "UTC", "zh": "Asia/Shanghai"}


@pytest.mark.parametrize("language", ZONES)
@pytest.mark.parametrize("body", BODIES)
def test_a_mail_says_what_was_read_and_approved(language: Language, body: str) -> None:
    """A change of words reaches desks: it is looked at in a diff first. GOLDEN=write writes them anew."""
    told = message_of(BODIES[body], language=language, zone=ZONES[language], links=LINKS)
    for ending, text in (("txt", as_text(told)), ("html", as_html(told))):
        path = GOLDEN / f"{language}.{body}.{ending}"
        if os.environ.get("GOLDEN") == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.read_text("utf-8") == text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize("language", ZONES)
def test_a_hostile_headline_brings_no_tag_no_attribute_and_no_address_of_its_own_into_the_page(
    language: Language,
) -> None:
    """Read by a real HTML parser: only our own tags, and only the addresses that the message was given."""
    told = message_of(HOSTILE, language=language, zone=ZONES[language], links=LINKS)
    read = _Reader()
    read.feed(as_html(told))
    assert read.tags <= {"html", "meta", "body", "h2", "h3", "p", "br", "ul", "li", "a", "small"}
    given = {item.url for item in (*told.headlines, *told.denials)} | {url for _, url in told.links}
    assert {name for name, _ in read.attributes} == {"lang", "charset", "href"}
    assert {value for name, value in read.attributes if name == "href"} == given - {""}


@pytest.mark.parametrize("language", ZONES)
def test_no_header_of_a_hostile_alert_is_anybodys_but_ours(language: Language) -> None:
    told = message_of(HOSTILE, language=language, zone=ZONES[language], links=LINKS)
    to: list[Any] = ["desk@bank.example"]
    raw = bytes(mail_of(told, delivery="d\r\nBcc: a@b.example", alert="a\n", sender="bw@bank.example", to=to, at=0))
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    names = [line.split(":", 1)[0] for line in head.split("\r\n") if not line.startswith(" ")]
    assert sorted(names) == [
        *("Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Importance", "In-Reply-To"),
        *("MIME-Version", "Message-ID", "References", "Subject", "To"),
    ]


@pytest.mark.parametrize("language", ZONES)
def test_the_example_of_the_document_is_what_the_code_writes(language: Language) -> None:
    links = {"page": "https://bearwatch.example/"}
    text = as_text(message_of(RICH, language=language, zone=ZONES[language], links=links))
    assert f"```text\n{text}```" in (ROOT / "docs" / "mail.md").read_text("utf-8")
