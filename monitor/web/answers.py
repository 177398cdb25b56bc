"""The routes by which the desk answers alerts: JSON with a token, and signed links with a form.

Opening a link changes nothing: mail scanners and chat previews open every link they see. Sending its form does.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from fastapi import FastAPI, HTTPException
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor.web.desk import DeskApi, DeskRefusal
from monitor.web.encoding import to_json
from monitor.web.incoming import read_body, require_token
from monitor.web.link_page import fault_page, link_page

MAX_ANSWER_BYTES = 16 * 1024  # a note of 2,000 characters in any script, escaped
MAX_FORM_BYTES = 4 * 1024
_ANSWER = TypeAdapter(Mapping[str, Any])
_UNSTORED = {"cache-control": "no-store"}
# (alert id, action, expiry, signature) of a link -> the (kind, value) that it answers; raises DeskRefusal.
LinkCheck = Callable[[str, str, str, str], tuple[str, str]]


def add_answer_routes(app: FastAPI, desk: DeskApi | None, token: str, check_link: LinkCheck | None) -> None:
    """Adds them to `app`.

    Args:
        desk: None where nothing can be answered; then the routes say so.
        token: what programs must show to write; with an empty one they may not.
        check_link: None where links are not signed.
    """

    def asked(request: Request) -> DeskApi:
        if desk is None or not token:
            raise HTTPException(404, "answers over HTTP are off: give web.answer_token")
        require_token(request, token)
        return desk

    @app.get("/api/v1/alerts/{alert_id:path}/words")
    async def words(alert_id: str) -> Response:
        """The words that made its worst headlines bad news: the log-odds of P(neg) that are lost without each."""
        if desk is None:
            raise HTTPException(404, "there are no alerts here")
        return await _answered(desk.words(alert_id))

    @app.get("/api/v1/alerts/{alert_id:path}")
    async def alert(alert_id: str) -> Response:
        """One alert as it was last told, with its transitions, its answers and what they come to."""
        if desk is None:
            raise HTTPException(404, "there are no alerts here")
        return await _answered(desk.alert(alert_id))

    @app.post("/api/v1/alerts/{alert_id:path}/answers")
    async def answer(alert_id: str, request: Request) -> Response:
        """`{"kind": "acknowledge" | "assign" | "note" | "mark", "value"?, "who"?, "note"?}`, with a bearer token."""
        return await _answered(asked(request).answer(alert_id, await _json(request), "api"))

    @app.get("/api/v1/mutes")
    async def mutes() -> Response:
        """The mutes in force."""
        if desk is None:
            raise HTTPException(404, "there are no mutes here")
        return await _answered(desk.mutes())

    @app.post("/api/v1/mutes")
    async def mute(request: Request) -> Response:
        """`{"series", "until": a duration or a time, "who", "why"}`, with a bearer token."""
        return await _answered(asked(request).mute(await _json(request)))

    @app.delete("/api/v1/mutes/{series:path}")
    async def unmute(series: str, request: Request) -> Response:
        """Ends all mutes of a series, with a bearer token; `?who=` says who ended them."""
        return await _answered(asked(request).unmute(series, request.query_params.get("who", "")))

    @app.api_route("/answer/{action}", methods=["GET", "HEAD", "POST"], include_in_schema=False)
    async def linked(action: str, request: Request) -> Response:
        if desk is None or check_link is None:
            return _page(fault_page("Links are not in use here."), 404)
        alert_id, until, signature = (request.query_params.get(name, "") for name in ("alert", "until", "sig"))
        try:
            kind, value = check_link(alert_id, action, until, signature)
            if request.method != "POST":
                return _page(link_page(action, await desk.alert(alert_id)), 200)
            who = _form_field(await read_body(request, MAX_FORM_BYTES), "who")
            await desk.answer(alert_id, {"kind": kind, "value": value, "who": who}, "link")
        except DeskRefusal as error:
            return _page(fault_page(f"{error.detail[:1].upper()}{error.detail[1:]}."), error.status)
        # Back to the same address, which now shows the answer: a page loaded again must not answer again. Relative, as
        # only the proxy in front knows the path before it.
        return Response(status_code=303, headers={**_UNSTORED, "location": f"?{request.url.query}"})


async def _answered(work: Awaitable[Mapping[str, Any]]) -> Response:
    try:
        return Response(to_json(_ANSWER, await work), headers=_UNSTORED, media_type="application/json")
    except DeskRefusal as error:
        retry = {"retry-after": "5"} if error.status == 503 else None
        raise HTTPException(error.status, error.detail, retry) from None


async def _json(request: Request) -> Mapping[str, Any]:
    try:
        given = json.loads(await read_body(request, MAX_ANSWER_BYTES))
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
    if not isinstance(given, dict):
        raise HTTPException(400, "the body should be a JSON object")
    return given


def _form_field(body: bytes, name: str) -> str:
    """Of an HTML form as browsers send it; "" where it is absent."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return ""
    return fields.get(name, [""])[0].strip()


def _page(html: str, status: int) -> Response:
    return HTMLResponse(html, status, _UNSTORED)
