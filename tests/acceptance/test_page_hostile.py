"""No script from the news ever runs: hostile strings in every place of the page, in a real Chromium."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from tests import fakes_browser
from tests.fakes_browser import Browser, PageServer
from tests.fakes_hostile import ADDRESSES, MARKUP, hostile_board

pytestmark = pytest.mark.slow
browser, page_server = fakes_browser.browser, fakes_browser.page_server  # fixtures, found by their names

INSPECT = """
const ours = new Set(["/static/main.js", "/static/page.css", "/static/icon.svg", "/static/icon-alert.svg"]);
const allowed = new Set((
  "html head meta title link script body a header h1 h2 h3 h4 p button nav noscript " +
  "ul ol li main section div details summary " +
  "article span b i bdi code time table thead tbody tr th td svg path line rect footer").split(" "));
const found = [];
for (const e of document.querySelectorAll("*")) {
  const tag = e.localName;
  if (!allowed.has(tag)) found.push("element " + tag);
  for (const { name, value } of e.attributes) {
    if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(`${tag} ${name}=${value}`);
    if ((name === "src" || name === "href") && tag !== "a" && !ours.has(value)) found.push(`${tag} ${name}=${value}`);
  }
}
return found;
"""


def test_there_are_enough_hostile_strings() -> None:
    assert len(set(MARKUP)) >= 80 and len(set(ADDRESSES)) >= 25


def test_no_script_from_a_title_ever_runs(browser: Browser, page_server: PageServer) -> None:
    page_server.show(hostile_board(MARKUP, ADDRESSES))
    page_server.daemon.words = [
        {"title": text, "publisher": text, "words": [{"word": text, "weight": 1.5}]} for text in MARKUP
    ]
    browser.open(page_server.url)
    browser.run("document.querySelector('.why').click()")
    browser.wait_until("return document.querySelectorAll('.words-why li').length === arguments[0]", len(MARKUP))
    browser.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
    # Once more over the stream: elements are replaced in place as well as made.
    turned = [*MARKUP[7:], *MARKUP[:7]]
    page_server.show(hostile_board(turned, ADDRESSES))
    browser.wait_until("return document.querySelector('.story bdi').textContent === arguments[0]", turned[0])

    assert browser.run("return document.documentElement.dataset.ran ?? window.ran ?? null") is None
    assert browser.run(INSPECT) == []
    assert browser.run("return [...document.querySelectorAll('bdi')].filter(e => e.childElementCount).length") == 0
    # WebDriver's JSON takes no lone surrogate: both sides write U+FFFD for it.
    titles = "return [...document.querySelectorAll('.story .title bdi')].map(e => e.textContent.toWellFormed())"
    assert browser.run(titles) == [text.replace("\ud83d", "\ufffd") for text in turned]
    loaded = browser.run("return performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)")
    assert all(
        path.startswith(("/static/", "/api/v1/board", "/api/v1/events", "/api/v1/alerts/")) for path in loaded
    ), loaded
    # A violation would mean that the policy, not the page, had stopped something.
    assert [line for line in browser.console() if "Content Security Policy" in line or "TrustedHTML" in line] == []


def test_only_plain_web_addresses_become_links(browser: Browser, page_server: PageServer) -> None:
    page_server.show(hostile_board(["a title"], ADDRESSES))
    browser.open(page_server.url)
    assert browser.run("return document.querySelectorAll('main a[target]').length") == 0

    good = [
        "https://news.example/a?b=<c>&d='",
        "http://news.example:8080/",
        "HTTPS://NEWS.EXAMPLE/x",
        "https://例え.jp/",
    ]
    page_server.show(hostile_board(["a good title"], good))
    browser.wait_until("return document.querySelectorAll('main a[target]').length > 0")
    links = browser.driver.find_elements(By.CSS_SELECTOR, "main a[target]")
    assert {link.get_attribute("rel") for link in links} == {"noopener noreferrer"}
    assert {link.get_attribute("target") for link in links} == {"_blank"}
    schemes = browser.run("return [...document.querySelectorAll('main a[target]')].map(a => a.protocol)")
    assert set(schemes) == {"https:", "http:"}
