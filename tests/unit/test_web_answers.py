"""Answers over HTTP: who may, what is refused, and that opening a link changes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from monitor.admin.requests import Redrive
from monitor.admin.web_desk import WebDesk
from monitor.config import Config
from monitor.credentials import Access
from monitor.endpoints import answer_links
from monitor.errors import NotThereError
from monitor.storage import mutes
from monitor.storage.answers import AnswerRow, answers_of
from monitor.storage.effects import Effects
from monitor.web.app import create_app
from monitor.wiring import link_check, served_hosts, until_of, wall_clock
from tests.fakes_board import rich_board
from tests.fakes_desk import Running, serving_desk, told
from tests.fakes_web import Answer, FakeDaemon, ask
from tests.store_samples import NOON

TOKEN = "t0ken-é"
GOOD = {"authorization": f"Bearer {TOKEN}".encode().decode("latin-1"), "content-type": "application/json"}
OFF = "answers over HTTP are off: give web.tokens one of scope ack or admin"
ADMIN = {"authorization": "Bearer of-admin"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
CONFIG = Config.model_validate(
    {"alerts": {"link_secret": "s" * 32}, "web": {"public_url": "https://desk.example/bear/"}}
)

Get = Callable[..., Awaitable[Answer]]
Scene = Callable[[Get, Running, str], Awaitable[None]]


async def no_words(alert_id: str) -> list[dict[str, Any]]:
    raise NotThereError(f"there is no alert {alert_id}")


def with_desk(path: Path, scene: Scene, **given: Any) -> None:
    """The application over a real desk and store; the scene gets how to ask, the desk, and an alert of now."""

    async def run() -> None:
        async with serving_desk(path / "b.db") as running:
            running.clock.now = wall_clock()
            number = running.clock.now // 60_000
            alert = await asyncio.to_thread(told, running.store, number, series="entity:蓝禾 a&b")
            kept = {
                "desk": WebDesk(running.desk, until_of, no_words),
                "tokens": {Access.ACK: TOKEN},
                "check_link": link_check(CONFIG),
                "hosts": served_hosts(CONFIG),
                **given,
            }
            app = create_app(FakeDaemon(rich_board()).state(**kept))

            def get(
                address: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
            ) -> Any:
                return ask(app, address, method, headers, [body])

            await scene(get, running, alert)

    asyncio.run(run())


def answered(running: Running, alert: str) -> list[AnswerRow]:
    return running.store.read(answers_of, [alert]).get(alert, [])


def path_of(link: str) -> str:
    """A link as the server is asked for it, its proxy's path taken off."""
    parts = urlsplit(link)
    return f"{parts.path.removeprefix('/bear')}?{parts.query}"


# --- the API ------------------------------------------------------------------------------------------------------


def test_a_program_with_the_token_answers_and_reads_what_stands(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        address = f"/api/v1/alerts/{quote(alert, safe='')}"
        body = json.dumps({"kind": "mark", "value": "false", "who": "ann", "note": "a drill"}).encode()
        done = await get(f"{address}/answers", "POST", GOOD, body)
        assert (done.status, done.json()["answers"]) == (200, [1, 2])
        found = (await get(address, headers=GOOD)).json()
        assert found["alert"]["id"] == alert and found["state"]["mark"] == "false" and found["muted"] is False
        assert [(a["kind"], a["value"], a["who"], a["via"]) for a in found["answers"]] == [
            ("mark", "false", "ann", "api"),
            ("note", "a drill", "ann", "api"),
        ]
        assert running.touched == [1]

    with_desk(tmp_path, scene)


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Basic x", "Bearer t0ken-e"])
@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/alerts/x/answers", "POST"), ("/api/v1/mutes", "POST"), ("/api/v1/mutes/market", "DELETE")],
)
def test_without_the_token_nothing_is_written(tmp_path: Path, header: str | None, path: str, method: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        body = json.dumps({"series": "market", "until": "1h", "who": "a", "why": "b", "kind": "acknowledge"}).encode()
        answer = await get(
            path.replace("x", quote(alert, safe="")), method, {"authorization": header} if header else {}, body
        )
        assert (answer.status, answer.json()) == (401, {"detail": "a token is required"})
        assert answered(running, alert) == [] and running.touched == []

    with_desk(tmp_path, scene)


def test_where_no_token_is_configured_the_answer_says_which_option(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        for header in ({}, {"authorization": "Bearer "}):
            answer = await get("/api/v1/alerts/x/answers", "POST", header, b"{}")
            assert (answer.status, answer.json()["detail"]) == (404, OFF)

    with_desk(tmp_path, scene, tokens={Access.READ: TOKEN})


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "not JSON"),
        (b"[]", 400, "should be a JSON object"),
        (b"[" * 9_000, 400, "not JSON"),
        (b"{}", 400, "kind is missing"),
        (b'{"kind": "mark"}', 400, "give one of true, false, late"),
        (b'{"kind": "mark", "value": true}', 400, "value should be a text"),
        (b'{"kind": "mark", "value": "true", "when": "now"}', 400, "'when' is not known"),
        (b'{"kind": "note", "value": "' + b"x" * 2_001 + b'"}', 400, "at most 2000 characters"),
        (b'{"kind": "note", "value": "' + b"x" * 20_000 + b'"}', 413, "larger than"),
    ],
)
def test_a_wrong_body_is_refused_with_what_would_be_right(tmp_path: Path, body: bytes, status: int, word: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        answer = await get(f"/api/v1/alerts/{quote(alert, safe='')}/answers", "POST", GOOD, body)
        assert answer.status == status and word in answer.json()["detail"]
        assert answered(running, alert) == []

    with_desk(tmp_path, scene)


def test_an_alert_that_is_not_there_is_404(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        assert (await get("/api/v1/alerts/market@1%23no", headers=GOOD)).status == 404
        body = b'{"kind": "acknowledge"}'
        assert (await get("/api/v1/alerts/market@1%23no/answers", "POST", GOOD, body)).status == 404

    with_desk(tmp_path, scene)


def test_every_act_is_kept_with_who_from_where_and_by_which_token(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        address = f"/api/v1/alerts/{quote(alert, safe='')}/answers"
        assert (await get(address, "POST", GOOD, b'{"kind": "mark", "value": "late", "who": "ann"}')).status == 200
        assert (await get(address, "POST", GOOD, b'{"kind": "mark", "value": "no"}')).status == 400
        link = path_of(answer_links(CONFIG)(alert)["acknowledge"])
        assert (await get(link, "POST", FORM, b"who=bo")).status == 303
        mute = b'{"series": "market", "until": "1h", "who": "cy", "why": "results"}'
        assert (await get("/api/v1/mutes", "POST", GOOD, mute)).status == 200
        assert (await get("/api/v1/mutes/market?who=dee", "DELETE", GOOD)).status == 200
        await running.desk.perform(Redrive(who="ed"))
        shown = (await get("/api/v1/audit", headers=ADMIN)).json()["audit"]
        assert [(r["seq"], r["action"], r["who"], r["via"], r["login"], r["address"]) for r in shown] == [
            (5, "redrive", "ed", "cli", "", ""),
            (4, "unmute", "dee", "api", "ack", "127.0.0.1"),
            (3, "mute", "cy", "api", "ack", "127.0.0.1"),
            (2, "answer", "bo", "link", "", "127.0.0.1"),
            (1, "answer", "ann", "api", "ack", "127.0.0.1"),
        ]  # what was refused changed nothing, and is not there
        assert {name: shown[4]["what"][name] for name in ("alert", "kind", "value", "answers")} == {
            **{"alert": alert, "kind": "mark", "value": "late"},
            "answers": [1],
        }
        assert [r["seq"] for r in (await get("/api/v1/audit?limit=1", headers=ADMIN)).json()["audit"]] == [5]
        assert (await get("/api/v1/audit", headers=GOOD)).status == 403

    with_desk(tmp_path, scene, tokens={Access.ACK: TOKEN, Access.ADMIN: "of-admin"})


@pytest.mark.parametrize("until", ["2h", "TIME"])
def test_a_series_is_muted_and_heard_again_over_http(tmp_path: Path, until: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        series = alert.rpartition("@")[0]
        from monitor.alerts.evidence import iso_time

        ends = iso_time(running.clock.now + 7_200_000) if until == "TIME" else until
        given = {"series": series, "until": ends, "who": "ann", "why": "results"}
        done = await get("/api/v1/mutes", "POST", GOOD, json.dumps(given).encode())
        assert done.status == 200 and done.json()["mute"] == 1
        assert running.store.read(mutes.muted_series, running.clock.now) == {series}
        assert (await get(f"/api/v1/alerts/{quote(alert, safe='')}", headers=GOOD)).json()["muted"] is True
        (shown,) = (await get("/api/v1/mutes", headers=GOOD)).json()["mutes"]
        assert (shown["series"], shown["who"], shown["why"], shown["via"]) == (series, "ann", "results", "api")
        ended = await get(f"/api/v1/mutes/{quote(series, safe='')}", "DELETE", GOOD)
        assert (ended.status, ended.json()["ended"]) == (200, 1)
        assert (await get(f"/api/v1/mutes/{quote(series, safe='')}", "DELETE", GOOD)).status == 404

    with_desk(tmp_path, scene)


@pytest.mark.parametrize("until", ["soon", "5", "1h later", "2001-01-01T00:00:00Z", "99d"])
def test_a_mute_without_a_sound_end_is_refused(tmp_path: Path, until: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        given = {"series": "market", "until": until, "who": "ann", "why": "results"}
        assert (await get("/api/v1/mutes", "POST", GOOD, json.dumps(given).encode())).status == 400

    with_desk(tmp_path, scene)


# --- links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "kind", "value"),
    [
        ("acknowledge", "acknowledge", ""),
        ("true", "mark", "true"),
        ("false", "mark", "false"),
        ("late", "mark", "late"),
    ],
)
def test_opening_a_link_changes_nothing_and_sending_its_form_does(
    tmp_path: Path, action: str, kind: str, value: str
) -> None:
    """Mail scanners and chat previews open every link: they must not mark the desk's pages."""

    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert)[action])
        for method in ("GET", "HEAD", "GET"):
            page = await get(link, method)
            assert page.status == 200 and page.headers["content-type"].startswith("text/html")
            assert page.headers["cache-control"] == "no-store"
        assert answered(running, alert) == [] and running.touched == []
        done = await get(link, "POST", FORM, b"who=ann+%E8%93%9D")
        assert (done.status, done.headers["location"]) == (303, f"?{link.partition('?')[2]}")
        (kept,) = answered(running, alert)
        assert (kept.kind, kept.value, kept.who, kept.via) == (kind, value, "ann 蓝", "link")
        assert "ann 蓝" in (await get(link)).body.decode()

    with_desk(tmp_path, scene)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_was_changed_or_is_another_ones_is_403_and_changes_nothing(tmp_path: Path, method: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        links = answer_links(CONFIG)(alert)
        other = path_of(answer_links(CONFIG)(alert.replace("@", "x@"))["true"])
        good = path_of(links["true"])
        wrong = [
            good.replace("/answer/true", "/answer/false"),
            good.replace("/answer/true", "/answer/nothing"),
            good.replace("until=", "until=9"),
            good[:-1],
            good.replace("alert=entity", "alert=market"),
            good.partition("&sig=")[0] + "&sig=" + other.partition("&sig=")[2],
            "/answer/true",
            "/answer/true?alert=a&until=b&sig=%00%FF",
        ]
        for link in wrong:
            assert (await get(link, method, FORM, b"who=eve")).status == 403, link
        assert answered(running, alert) == []

    with_desk(tmp_path, scene)


def test_a_signed_link_to_an_alert_that_is_gone_says_so(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert.replace("#ab", "#cd"))["true"])
        answer = await get(link)
        assert answer.status == 404 and b"There is no alert" in answer.body
        assert (await get(link, "POST", FORM)).status == 404

    with_desk(tmp_path, scene)


def test_where_links_are_not_in_use_there_is_no_page(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        answer = await get(path_of(answer_links(CONFIG)(alert)["true"]), "POST", FORM)
        assert answer.status == 404 and answered(running, alert) == []

    with_desk(tmp_path, scene, check_link=None)


@pytest.mark.parametrize(
    ("site", "mode", "method", "status"),
    [
        ("cross-site", "navigate", "GET", 200),  # a click in a mail or a chat
        ("same-site", "navigate", "GET", 200),
        ("none", "navigate", "GET", 200),
        ("same-origin", "navigate", "POST", 303),  # our own form
        ("cross-site", "no-cors", "GET", 403),  # an image in a foreign page
        ("cross-site", "navigate", "POST", 403),  # a foreign page's form
        ("same-site", "navigate", "POST", 403),
        ("cross-site", "cors", "POST", 403),
    ],
)
def test_other_sites_may_lead_to_the_form_and_not_send_it(
    tmp_path: Path, site: str, mode: str, method: str, status: int
) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert)["true"])
        answer = await get(link, method, {**FORM, "sec-fetch-site": site, "sec-fetch-mode": mode}, b"who=eve")
        assert answer.status == status
        assert len(answered(running, alert)) == (status == 303)

    with_desk(tmp_path, scene)


def test_the_public_address_is_a_host_that_is_served_and_no_other_is(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert)["true"])
        assert (await get(link, headers={"host": "desk.example"})).status == 200
        assert (await get(link, headers={"host": "evil.example"})).status == 421

    with_desk(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "who"),
    [(b"", ""), (b"who=", ""), (b"other=1", ""), (b"who=%FF%FE", "\ufffd\ufffd"), (b"&" * 100, ""), (b"a=1&" * 50, "")],
)
def test_a_form_without_a_sound_name_is_an_answer_without_one(tmp_path: Path, body: bytes, who: str) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert)["acknowledge"])
        assert (await get(link, "POST", FORM, body)).status == 303
        assert [row.who for row in answered(running, alert)] == [who]

    with_desk(tmp_path, scene)


def test_a_form_that_is_too_large_or_a_name_that_is_too_long_changes_nothing(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        link = path_of(answer_links(CONFIG)(alert)["acknowledge"])
        assert (await get(link, "POST", FORM, b"who=" + b"x" * 5_000)).status == 413
        assert (await get(link, "POST", FORM, b"who=" + b"x" * 101)).status == 400
        assert answered(running, alert) == []

    with_desk(tmp_path, scene)


def test_what_the_news_and_people_say_is_text_on_the_page(tmp_path: Path) -> None:
    async def scene(get: Get, running: Running, alert: str) -> None:
        evil = "<script>alert(1)</script>"
        body = {"label": evil, "in_words": f'"{evil}', "severity": evil, "opened_at": evil, "series": "market"}
        from monitor.records import Alert

        await running.store.commit_async(Effects(alerts=[Alert(alert, "update-1", NOON, "warning", body)]))
        done = await get(
            f"/api/v1/alerts/{quote(alert, safe='')}/answers",
            "POST",
            GOOD,
            json.dumps({"kind": "note", "value": evil, "who": f"{evil}'\"&"}).encode(),
        )
        assert done.status == 200
        page = (await get(path_of(answer_links(CONFIG)(alert)["true"]))).body.decode()
        assert "<script" not in page and page.count("&lt;script&gt;") == 6
        assert "&#x27;&quot;&amp;" in page

    with_desk(tmp_path, scene)
