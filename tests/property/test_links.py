"""A signed link opens one answer to one alert, until its time is over, whatever is done to it."""

from __future__ import annotations

import hmac
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.alerts.links import ACTIONS, VALID_MS, Link, LinkRefused, linked_answer, signed_links
from monitor.records import DAY_MS, MINUTE_MS

SECRET = "k" * 32
OPENED = 29_000_000  # minutes
NOW = OPENED * MINUTE_MS
anything = st.text(max_size=40)
ids = st.builds("{}@{}#{}".format, anything, st.just(OPENED), st.sampled_from(["ab12", "ff"]))


def parsed(url: str) -> Link:
    """What the server sees of a link."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return Link(query["alert"], urlsplit(url).path.rpartition("/")[2], query["until"], query["sig"])


@given(ids, st.sampled_from(sorted(ACTIONS)), st.text(min_size=32, max_size=64))
def test_what_was_signed_is_what_is_answered_from_any_id_in_any_script(alert: str, action: str, secret: str) -> None:
    link = parsed(signed_links("https://desk.example/bear/", secret, alert)[action])
    assert link.alert_id == alert
    assert linked_answer(secret, link, NOW) == ACTIONS[action]


@given(ids, ids, st.sampled_from(sorted(ACTIONS)), st.sampled_from(sorted(ACTIONS)))
def test_a_signature_of_another_alert_or_action_is_refused(a: str, b: str, one: str, other: str) -> None:
    assume((a, one) != (b, other))
    mine, theirs = parsed(signed_links("http://h", SECRET, a)[one]), parsed(signed_links("http://h", SECRET, b)[other])
    with pytest.raises(LinkRefused):
        linked_answer(SECRET, replace(mine, signature=theirs.signature), NOW)


@given(ids, st.sampled_from(["alert_id", "action", "expires", "signature"]), st.text(max_size=60), st.integers(0, 60))
def test_a_link_with_any_part_tampered_with_is_refused(alert: str, part: str, put: str, at: int) -> None:
    link = parsed(signed_links("http://h", SECRET, alert)["true"])
    before = getattr(link, part)
    for after in (put, before[:at] + put + before[at:], before[:at] + before[at + 1 :]):
        if after != before:
            with pytest.raises(LinkRefused):
                linked_answer(SECRET, replace(link, **{part: after}), NOW)


@given(ids, st.text(min_size=32, max_size=40))
def test_a_link_signed_with_another_secret_is_refused(alert: str, secret: str) -> None:
    assume(secret != SECRET)
    with pytest.raises(LinkRefused):
        linked_answer(SECRET, parsed(signed_links("http://h", secret, alert)["late"]), NOW)


@given(st.integers(0, 100 * DAY_MS))
def test_a_link_is_good_for_thirty_days_from_the_opening_to_the_second(later: int) -> None:
    link = parsed(signed_links("http://h", SECRET, f"market@{OPENED}#ab")["false"])
    if later < VALID_MS:
        assert linked_answer(SECRET, link, NOW + later) == ("mark", "false")
    else:
        with pytest.raises(LinkRefused, match="expired"):
            linked_answer(SECRET, link, NOW + later)


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "٣٣٣", "9" * 13, " 99999999999", "99999999999\n1", "inf"])
def test_an_expiry_that_is_no_plain_number_is_refused_though_it_were_signed(expires: str) -> None:
    """Nobody but us signs; a slip in what we sign must not become a link that never ends."""
    from monitor.alerts import links

    signature = links._sign(SECRET, "market@1#ab", "true", expires)
    with pytest.raises(LinkRefused):
        linked_answer(SECRET, Link("market@1#ab", "true", expires, signature), 0)


@given(anything, anything, anything)
def test_no_two_links_are_signed_alike_wherever_their_parts_are_cut(a: str, b: str, c: str) -> None:
    """A line break in an action, an expiry or an id must not move what follows into the next part."""
    from monitor.alerts import links

    cuts = {(a, b, f"{c}\n{c}"), (a, f"{b}\n{c}", c), (f"{a}\n{b}", c, c), (a, f"{b}'\n'{c}", c), (a, b, f"{c}'\n{c}")}
    assert len({links._sign(SECRET, alert, action, expires) for action, expires, alert in cuts}) == len(cuts)
    assert links._sign(SECRET, "3", "1", "2\n") != links._sign(SECRET, "\n3", "1", "2")


def test_the_comparison_is_the_constant_time_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who can time a refusal must not learn how far a guess was right."""
    asked: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def watched(a: bytes, b: bytes) -> bool:
        asked.append((a, b))
        return real(a, b)

    monkeypatch.setattr("monitor.alerts.links.hmac.compare_digest", watched)
    link = parsed(signed_links("http://h", SECRET, "market@1#ab", expires=10)["true"])
    linked_answer(SECRET, link, 0)
    with pytest.raises(LinkRefused):
        linked_answer(SECRET, replace(link, action="\ud800"), 0)
    assert len(asked) == 2


def test_a_message_has_the_same_links_at_every_try_and_a_test_has_none() -> None:
    first = signed_links("https://desk.example", SECRET, f"market@{OPENED}#ab")
    assert first == signed_links("https://desk.example/", SECRET, f"market@{OPENED}#ab")
    assert set(first) == set(ACTIONS)
    assert first["true"].startswith("https://desk.example/answer/true?alert=market%40")
    assert signed_links("https://desk.example", SECRET, "test-7") == {}
