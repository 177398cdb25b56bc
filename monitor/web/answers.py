"""The routes by which the desk answers alerts: JSON with a token, and signed links with a form; and what was done.

Opening a link changes nothing: mail scanners and chat previews open every link they see. Sending its form does.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor.web.desk import DeskApi, DeskRefusal
from monitor.web.encoding import to_json
from monitor.web.gate import NEEDS_ACK, NEEDS_ADMIN, NEEDS_NOTHING, NEEDS_READ, Caller
from monitor.web.incoming import read_body
from monitor.web.link_page import fault_page, link_page
from monitor.web.shapes import (
    AlertRecord,
    AlertWords,
    Answered,
    AuditList,
    Muted,
    MuteList,
    NewAnswer,
    NewMute,
    Unmuted,
    faults,
)

MAX_ANSWER_BYTES = 16 * 1024  # a note of 2,000 characters in any script, escaped
MAX_FORM_BYTES = 4 * 1024
_ANSWER = TypeAdapter(Mapping[str, Any])
_UNSTORED = {"cache-control": "no-store"}
# (alert id, action, expiry, signature) of a link -> the (kind, value) that it answers; raises DeskRefusal.
LinkCheck = Callable[[str, str, str, str], tuple[str, str]]
READ, ADMIN = ([Depends(needs)] for needs in (NEEDS_READ, NEEDS_ADMIN))
MayAnswer = Annotated[Caller, Depends(NEEDS_ACK)]
Anybody = Annotated[Caller, Depends(NEEDS_NOTHING)]  # the link's signature is the permission
_READ_FAULTS = faults(401, 403, 404, 429, 503)
_WRITE_FAULTS = faults(400, 401, 403, 404, 408, 413, 415, 429, 503)


def _body(shape: type[Any]) -> dict[str, Any]:
    """The handlers read bodies themselves, bounded in size and time, so FastAPI does not see what they take."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema(shape)}}}}


def _schema(shape: type[Any]) -> dict[str, Any]:
    return {**TypeAdapter(shape).json_schema(), "additionalProperties": False}


def add_answer_routes(app: FastAPI, desk: DeskApi | None, check_link: LinkCheck | None) -> None:
    """Adds them to `app`.

    Args:
        desk: None where nothing can be answered; then the routes say so.
        check_link: None where links are not signed.
    """

    def the_desk() -> DeskApi:
        if desk is None:
            raise HTTPException(404, "there are no alerts here")
        return desk

    @app.get(
        "/api/v1/alerts/{alert_id:path}/words", response_model=AlertWords, dependencies=READ, responses=_READ_FAULTS
    )
    async def words(alert_id: str) -> Response:
        """The words that made its worst headlines bad news: the log-odds of P(neg) that are lost without each."""
        return await _answered(the_desk().words(alert_id))

    @app.get("/api/v1/alerts/{alert_id:path}", response_model=AlertRecord, dependencies=READ, responses=_READ_FAULTS)
    async def alert(alert_id: str) -> Response:
        """One alert as it was last told, with its transitions, its answers and what they come to."""
        return await _answered(the_desk().alert(alert_id))

    @app.post(
        "/api/v1/alerts/{alert_id:path}/answers",
        response_model=Answered,
        responses=_WRITE_FAULTS,
        openapi_extra=_body(NewAnswer),
    )
    async def answer(alert_id: str, request: Request, caller: MayAnswer) -> Response:
        """Says something of an alert."""
        return await _answered(the_desk().answer(alert_id, await _json(request), "api", caller))

    @app.get("/api/v1/mutes", response_model=MuteList, dependencies=READ, responses=_READ_FAULTS)
    async def mutes() -> Response:
        """The mutes in force."""
        return await _answered(the_desk().mutes())

    @app.post("/api/v1/mutes", response_model=Muted, responses=_WRITE_FAULTS, openapi_extra=_body(NewMute))
    async def mute(request: Request, caller: MayAnswer) -> Response:
        """Sends no alerts of a series until then."""
        return await _answered(the_desk().mute(await _json(request), caller))

    @app.delete("/api/v1/mutes/{series:path}", response_model=Unmuted, responses=_WRITE_FAULTS)
    async def unmute(series: str, caller: MayAnswer, who: str = "") -> Response:
        """Ends all mutes of a series; `who` says who ended them."""
        return await _answered(the_desk().unmute(series, who, caller))

    @app.get("/api/v1/audit", response_model=AuditList, dependencies=ADMIN, responses=_READ_FAULTS)
    async def audit(limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Response:
        """What people and programs have done here, the newest first."""
        return await _answered(the_desk().audit(limit))

    @app.api_route("/answer/{action}", methods=["GET", "HEAD", "POST"], include_in_schema=False)
    async def linked(action: str, request: Request, caller: Anybody) -> Response:
        if desk is None or check_link is None:
            return _page(fault_page("Links are not in use here."), 404)
        alert_id, until, signature = (request.query_params.get(name, "") for name in ("alert", "until", "sig"))
        try:
            kind, value = check_link(alert_id, action, until, signature)
            if request.method != "POST":
                return _page(link_page(action, await desk.alert(alert_id)), 200)
            who = _form_field(await read_body(request, MAX_FORM_BYTES), "who")
            await desk.answer(alert_id, {"kind": kind, "value": value, "who": who}, "link", caller)
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
