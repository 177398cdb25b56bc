"""The shipped list of feeds, and the faults of a user's own."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.errors import InputError
from monitor.records import MINUTE_MS, Scope
from monitor.sources.addresses import refusal_of_url
from monitor.sources.feedlist import FeedSpec, load_feeds
from monitor.sources.protocol import masked_address


def test_the_shipped_feeds_are_public_distinct_and_documented() -> None:
    feeds = load_feeds()
    assert 25 <= len(feeds) <= 40
    assert len({feed.name for feed in feeds}) == len({feed.url for feed in feeds}) == len(feeds)
    for feed in feeds:
        assert urlsplit(feed.url).scheme == "https"
        assert refusal_of_url(feed.url) == ""
        assert feed.documented
        assert feed.publisher == feed.publisher.lower() != ""
        assert feed.language


def test_a_list_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(
        "feeds:\n- {name: a, url: 'https://a.example/rss', scope: finance}\n"
        "- {name: b, url: 'http://b.example/', interval_seconds: 60}\n"
    )
    first, second = load_feeds(path, interval=7 * MINUTE_MS)
    assert first == FeedSpec("a", "https://a.example/rss", scope=Scope.FINANCE, interval=7 * MINUTE_MS)
    assert second.interval == MINUTE_MS


WRONG = [
    ("", "a list `feeds`"),
    ("feeds: 3", "a list `feeds`"),
    ("feeds: [", "not YAML"),
    ("feeds: [x]", "entry 1: a mapping"),
    ("feeds: [{name: a}]", "entry 1: url is missing"),
    ("feeds: [{url: 'https://a.example'}]", "entry 1: name is missing"),
    ("feeds: [{name: a, url: 'ftp://a.example'}]", "no http"),
    ("feeds: [{name: 'A B', url: 'https://a.example'}]", "lower-case"),
    ("feeds: [{name: a, url: 'https://a.example', colour: red}]", "unknown name 'colour'"),
    ("feeds: [{name: a, url: 'https://a.example', scope: sport}]", "scope is 'sport'"),
    ("feeds: [{name: a, url: 'https://a.example', interval_seconds: 1}]", "30 s"),
    ("feeds: [{name: a, url: 'https://a.example', interval_seconds: soon}]", "must be a number"),
    ("feeds: [{name: a, url: 5}]", "url must be a text"),
    (
        "feeds: [{name: a, url: 'https://a.example'}, {name: a, url: 'https://b.example'}]",
        "two feeds have the name 'a'",
    ),
    ("feeds: [{name: a, url: 'https://a.example'}, {name: b, url: 'https://a.example'}]", "two feeds have the url"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_list_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_feeds(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_list_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_feeds(tmp_path / "none.yaml")


MASKED = [
    ("https://example.com/rss", "https://example.com/rss"),
    ("https://example.com/rss?page=2", "https://example.com/rss?page=2"),
    ("https://u:p@example.com/rss", "https://***@example.com/rss"),
    ("https://example.com/rss?token=abc&x=1", "https://example.com/rss?token=***&x=1"),
    ("https://example.com/rss?X-Amz-Signature=abc", "https://example.com/rss?X-Amz-Signature=***"),
    ("https://example.com/rss#key=abc", "https://example.com/rss"),
    ("http://[::1", "***"),
    ("", ""),
]


@pytest.mark.parametrize(("url", "shown"), MASKED)
def test_secrets_in_addresses_are_masked(url: str, shown: str) -> None:
    assert masked_address(url) == shown
