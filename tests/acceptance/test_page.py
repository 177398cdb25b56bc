"""The page in a real Chromium: what a desk reads on it, at a screen's and a phone's width, live and cut off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.records import HOUR_MS, MINUTE_MS
from monitor.web.board import Board
from tests import fakes_browser
from tests.fakes_board import NOW, STALE, alert, quiet_board, rich_board, series
from tests.fakes_browser import Browser, PageServer
from tests.fakes_hostile import MARKUP, hostile_board

pytestmark = pytest.mark.slow
browser, page_server = fakes_browser.browser, fakes_browser.page_server  # fixtures, found by their names

OVERFLOW = """
const over = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest(".unseen, thead")).map((e) => `${e.localName}.${e.className}`);
return [document.scrollingElement.scrollWidth <= innerWidth, over.slice(0, 5)];
"""


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize(
    "board", [rich_board(), quiet_board(), hostile_board(MARKUP, ["x"])], ids=["rich", "quiet", "long"]
)
def test_no_width_scrolls_sideways(browser: Browser, page_server: PageServer, width: int, board: Board) -> None:
    page_server.show(board)
    browser.open(page_server.url, width)
    browser.run("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert browser.run(OVERFLOW) == [True, []]


def test_an_open_alert_stands_first_with_its_evidence(browser: Browser, page_server: PageServer) -> None:
    browser.open(page_server.url)
    assert browser.text("#verdict") == "1 alert open"
    shown = browser.text("#alerts-open")
    firing = page_server.daemon.board.open_alerts[0]
    for words in ("CRITICAL", firing.label, firing.in_words, "11.8, pages from 4.6", "9 in 1 h", "0.95", firing.id):
        assert words in shown
    for line in firing.headlines:
        assert line.title in shown and line.publisher in shown
    assert all(detail in shown for _, _, detail in firing.gates)
    assert "7 copies, 3 publishers" in shown
    first = "return document.querySelector('main').firstElementChild.id"
    assert browser.run(first) == "alerts"


def test_an_alert_says_what_opened_it_and_whether_it_leans_on_one_publisher(
    browser: Browser, page_server: PageServer
) -> None:
    by_sum = replace(alert(), by="cusum", cusum=12.5, cusum_threshold=9.25, robust="not applicable")
    page_server.show(replace(rich_board(), open_alerts=(by_sum,)))
    browser.open(page_server.url)
    shown = browser.text("#alerts-open")
    assert "sum 12.5, pages from 9.3" in shown and "surprise" not in shown and "robust" not in shown
    page_server.show(replace(rich_board(), open_alerts=(replace(alert(), robust="no"),)))
    browser.wait_until("return document.querySelector('#alerts-open').innerText.includes('leans on one publisher')")


def test_the_words_that_made_it_bad_are_asked_for_by_a_button(browser: Browser, page_server: PageServer) -> None:
    """A desk that wonders at a headline sees what the model read in it; the answer stays when the board moves on."""
    browser.open(page_server.url)
    button = "#alerts-open .why"
    browser.run("document.querySelector(arguments[0]).click()", button)
    browser.wait_until("return document.querySelector('#alerts-open').innerText.includes('could not be read')")
    page_server.daemon.words = [
        {
            "title": MARKUP[0],
            "publisher": "wire.example",
            "model": "ab",
            "p_negative": 0.97,
            "words": [{"word": "halts", "weight": 4.13}, {"word": "<b>", "weight": -0.42}],
        }
    ]
    browser.run("document.querySelector(arguments[0]).click()", button)
    browser.wait_until("return document.querySelector('.words-why') !== null")
    shown = browser.text(".words-why")
    assert all(browser.run("return [...document.querySelectorAll('#alerts-open time')].map((e) => e.textContent)"))
    assert MARKUP[0] in shown and "halts +4.1" in shown and "<b> −0.4" in shown
    page_server.show(replace(rich_board(), open_alerts=(replace(alert(), n=21),)))
    browser.wait_until("return document.querySelector('#alerts-open').innerText.includes('21 in 1 h')")
    assert browser.text(".words-why") == shown


def test_an_alert_shows_who_has_seen_it_what_it_was_and_that_it_is_muted(
    browser: Browser, page_server: PageServer
) -> None:
    """Two people must not both go after the same alert, nor one wonder why nobody was called."""
    browser.open(page_server.url)
    assert browser.run("return document.querySelector('.answers')") is None
    said = replace(
        alert(), acknowledged=True, acknowledged_by="ann", assigned_to="bo", mark="false",
        muted_until=NOW + 2 * HOUR_MS, muted_by="cy",
    )  # fmt: skip
    page_server.show(replace(rich_board(), open_alerts=(said,)))
    browser.wait_until("return document.querySelector('.answers') !== null")
    shown = [" ".join(line.split()) for line in browser.text("#alerts-open .answers").splitlines()]
    assert shown == ["muted until 11:34 UTC by cy", "acknowledged by ann", "assigned to bo", "marked as a false page"]
    page_server.show(replace(rich_board(), open_alerts=(replace(said, acknowledged_by="", muted_until=None),)))
    browser.wait_until("return document.querySelectorAll('.answers li').length === 3")
    assert browser.text("#alerts-open .answers").splitlines()[0] == "acknowledged"


def test_in_a_crisis_the_first_alerts_are_unfolded_and_the_others_are_one_line_each(
    browser: Browser, page_server: PageServer
) -> None:
    firing = alert()
    many = tuple(
        replace(firing, id=f"a{i}", label=f"alert {i}", headlines=(*firing.headlines, *firing.headlines))
        for i in range(9)
    )
    page_server.show(replace(rich_board(), open_alerts=many))
    browser.open(page_server.url)
    unfolded = "return [...document.querySelectorAll('#alerts-open > details')].map(e => e.open)"
    assert browser.run(unfolded) == [True] * 3 + [False] * 6
    shown = browser.text("#alerts-open")
    assert all(f"alert {i}" in shown for i in range(9)) and shown.count("4 more") == 3
    # What the reader folds stays folded when the figures change.
    browser.run("document.querySelector('#alerts-open > details').open = false")
    page_server.show(replace(rich_board(), open_alerts=tuple(replace(one, n=10) for one in many)))
    browser.wait_until("return document.querySelector('#alerts-open').textContent.includes('10 in 1 h')")
    assert browser.run(unfolded) == [False, True, True] + [False] * 6


def test_every_series_says_what_it_pages_at_where_it_is_and_what_is_usual(
    browser: Browser, page_server: PageServer
) -> None:
    board = page_server.daemon.board
    browser.open(page_server.url, 390)
    for view in (board.market, *board.topics, *board.sectors):
        row = browser.run(
            "return [...document.querySelectorAll('tbody tr')].find(e => e.dataset.key === arguments[0]).innerText",
            view.name,
        )
        words = " ".join(row.split())
        assert f"{view.negative_1h} bad in 1 h" in words
        assert f"pages at {view.pages_at}" in words and "usually" in words
        assert f"{view.publishers_24h} publisher" in words


def test_where_there_is_no_news_it_says_so_and_shows_no_zero_sentiment(
    browser: Browser, page_server: PageServer
) -> None:
    page_server.show(quiet_board())
    browser.open(page_server.url)
    market = browser.text("#series-market tbody")
    assert market.count("no news") == 3 and "0.00" not in market
    assert "learning: 0 h of 24 h observed" in " ".join(market.split())
    assert "no news" in browser.text("#mood")
    assert browser.text("#verdict") == "no open alert"
    for selector in ("#stories-none", "#near-none", "#feeds-none", "#alerts-none", "#series-topics .none"):
        assert browser.text(selector) != ""
    labels = browser.run("return [...document.querySelectorAll('#series-market svg')].map(e => e.ariaLabel)")
    assert labels == ["no news in 72 h", "no news in 72 h"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_series_that_is_silent_says_so_in_its_row_and_an_alert_what_it_could_not_hear(
    browser: Browser, page_server: PageServer, width: int
) -> None:
    page_server.show(
        replace(rich_board(), open_alerts=(replace(alert(), blind=("source:wire silent since 04:15 UTC",)),))
    )
    browser.open(page_server.url, width)
    marked = browser.run(
        "return [...document.querySelectorAll('tbody tr')].filter(e => e.innerText.includes('silent since'))"
        ".map(e => e.dataset.key)"
    )
    assert marked == [view.name for view in page_server.daemon.board.sectors if view.stale] != []
    assert STALE in browser.text("#series-sectors")
    assert "source:wire silent since 04:15 UTC" in browser.text("#alerts-open")
    assert browser.run(OVERFLOW) == [True, []]


def test_an_hour_without_news_is_a_gap_in_the_line(browser: Browser, page_server: PageServer) -> None:
    full = series("market", "Market", rate=6.0)
    hole = tuple(
        replace(point, stories=0, negative=0, sentiment=None)
        if 20 <= i < 40
        else replace(point, sentiment=0.5, stories=1)
        for i, point in enumerate(full.points)
    )
    page_server.show(replace(rich_board(), market=replace(full, points=hole)))
    browser.open(page_server.url)
    line = browser.run("return document.querySelector('#series-market .mood-line').getAttribute('d')")
    assert line.count("M") == 2


def test_the_clock_says_plainly_that_it_is_a_demos(browser: Browser, page_server: PageServer) -> None:
    browser.open(page_server.url)
    assert browser.text("#clock").startswith("demo clock Tue 16 Jun 09:3")
    assert "240 × real time" in browser.text("#clock")
    page_server.show(quiet_board())
    browser.wait_until("return document.querySelector('#clock').textContent.startsWith('Tue 16 Jun 09:3')")


def test_what_changes_arrives_over_the_stream_and_leaves_folds_and_focus_alone(
    browser: Browser, page_server: PageServer
) -> None:
    calm = replace(rich_board(), open_alerts=())
    page_server.show(calm)
    browser.open(page_server.url)
    browser.wait_until("return document.querySelector('#link').textContent === 'live'")
    browser.run("const fold = document.querySelector('.story details'); fold.open = true; fold.firstChild.focus()")
    opened = browser.run("return document.querySelector('.story details[open]').closest('li').dataset.key")

    changed = tuple(replace(story, publishers=story.publishers + 1) for story in calm.stories_newest)
    page_server.show(replace(calm, now=NOW + MINUTE_MS, open_alerts=(alert(),), stories_newest=changed))
    browser.wait_until("return document.querySelector('#verdict').textContent === '1 alert open'")
    fold = "document.querySelector('.story details[open]').closest('li').dataset.key"
    kept = f"return [{fold}, document.activeElement.localName]"
    assert browser.run(kept) == [opened, "summary"]
    assert browser.run("return document.title") == "(1) Bearwatch"
    spoken = "return document.querySelector('#announce').textContent"
    assert browser.run(spoken) == "Alert, critical: Norwick Savings Bank, 9 bad stories in 1 h, usually 1 in 6 h."


def test_a_lost_connection_is_said_and_the_clock_stops(browser: Browser, page_server: PageServer) -> None:
    browser.open(page_server.url)
    browser.wait_until("return document.querySelector('#link').textContent === 'live'")
    page_server.stop()
    browser.wait_until("return document.querySelector('#link').textContent.startsWith('connection lost')")
    stopped = browser.text("#clock")
    assert browser.run("return document.body.classList.contains('stale')") is True
    # Two of the page's own seconds later it still shows the same time.
    browser.driver.set_script_timeout(10)
    browser.driver.execute_async_script("setTimeout(arguments[0], 2200)")
    assert browser.text("#clock") == stopped

    again = PageServer(port=int(page_server.url.rpartition(":")[2])).start()
    try:
        browser.wait_until("return document.querySelector('#link').textContent === 'live'")
        assert browser.run("return document.body.classList.contains('stale')") is False
    finally:
        again.stop()


def test_everything_that_can_be_used_can_be_reached_by_keyboard_and_has_a_name(
    browser: Browser, page_server: PageServer
) -> None:
    browser.open(page_server.url)
    nameless = """
    const bad = [];
    const said = (e) => (e.getAttribute("aria-labelledby") ?? "").split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "").join("").trim();
    for (const e of document.querySelectorAll("a, summary, svg, table, section, ol[tabindex]")) {
      const text = e.localName === "svg" ? "" : e.textContent.trim();
      const usable = e.localName === "a" || e.localName === "summary";
      if (!(e.ariaLabel || said(e) || text)) bad.push("no name: " + e.outerHTML.slice(0, 80));
      if (usable && e.tabIndex !== 0) bad.push("not reachable: " + e.outerHTML.slice(0, 80));
    }
    return bad;
    """
    assert browser.run(nameless) == []
    ids = browser.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    targets = browser.run(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map(e => e.getAttribute('href').slice(1))"
    )
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_schemes(
    browser: Browser, page_server: PageServer, scheme: str
) -> None:
    """WCAG 2.2, success criterion 1.4.3: contrast of at least 4.5 for text of this size."""
    browser.open(page_server.url, scheme=scheme)
    weak = browser.run(
        """
        const lum = (c) => c.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const clear = (c) => c.startsWith("rgba") && c.endsWith(", 0)");
        const ground = (e) => {
          while (e && clear(getComputedStyle(e).backgroundColor)) e = e.parentElement;
          return e ? getComputedStyle(e).backgroundColor : "rgb(255, 255, 255)";
        };
        const bad = new Set();
        for (const e of document.querySelectorAll("body *")) {
          if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.closest("svg")) continue;
          const [a, b] = [lum(getComputedStyle(e).color), lum(ground(e))].sort((x, y) => y - x);
          const contrast = (a + 0.05) / (b + 0.05);
          if (contrast < 4.5) bad.add(`${e.localName}.${e.className} ${contrast.toFixed(2)}`);
        }
        return [...bad];
        """
    )
    assert weak == []


def test_the_console_stays_clean(browser: Browser, page_server: PageServer, tmp_path: Path) -> None:
    browser.console()
    browser.open(page_server.url)
    browser.wait_until("return document.querySelector('#link').textContent === 'live'")
    assert browser.console() == []
    browser.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000
