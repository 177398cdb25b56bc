"""Links by which a person answers an alert from wherever it was read: the signature is the permission. Pure.

HMAC-SHA256 (RFC 2104) over action, expiry and alert id. Whoever has the link may answer this alert, in this way, until
then, and nothing else; the same arguments give the same link, so a message stays byte for byte the same at every try.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from monitor.errors import BearwatchError
from monitor.records import DAY_MS, MINUTE_MS

# A mark of what a page was is worth having for as long as pages are counted (28 days), and a little longer.
VALID_MS = 30 * DAY_MS
# action -> (kind, value) of the answer that it records.
ACTIONS = {
    "acknowledge": ("acknowledge", ""),
    "true": ("mark", "true"),
    "false": ("mark", "false"),
    "late": ("mark", "late"),
}
_OPENING = re.compile(r"@(\d{1,12})#[^@#]*$")
_EXPIRY = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it came: nothing of it is believed. expires: s since the epoch, as text."""

    alert_id: str
    action: str
    expires: str
    signature: str


def signed_links(base_url: str, secret: str, alert_id: str, expires: int | None = None) -> dict[str, str]:
    """action -> its link, for each of ACTIONS.

    Args:
        base_url: where the page is reached, `web.public_url`.
        secret: `alerts.link_secret`.
        expires: s since the epoch; by default 30 days after the alert's opening, which its id holds.

    Returns: nothing where the id holds no opening: nobody can answer to the alert of a test.
    """
    if expires is None:
        opened = _OPENING.search(alert_id)
        if opened is None:
            return {}
        expires = (int(opened[1]) * MINUTE_MS + VALID_MS) // 1_000
    links = {}
    for action in ACTIONS:
        signature = _sign(secret, alert_id, action, str(expires))
        # An id that is no Unicode text has links that nobody can use, as an address cannot hold it.
        query = urlencode({"alert": alert_id, "until": expires, "sig": signature}, errors="replace")
        links[action] = f"{base_url.rstrip('/')}/answer/{action}?{query}"
    return links


class LinkRefused(BearwatchError):
    """A link that is none of ours, or no longer good; the message is a sentence for whoever clicked on it."""


def linked_answer(secret: str, link: Link, now: int) -> tuple[str, str]:
    """(kind, value) of the answer that a link stands for. now: ms. Raises LinkRefused."""
    wanted = _sign(secret, link.alert_id, link.action, link.expires)
    # Bytes: compare_digest refuses texts beyond ASCII. First, and in a time that does not tell where they differ.
    if not hmac.compare_digest(wanted.encode(), link.signature.encode("utf-8", "surrogatepass")):
        raise LinkRefused("this link was not signed here, or was changed on its way")
    if link.action not in ACTIONS or not _EXPIRY.fullmatch(link.expires):
        raise LinkRefused("this link asks for nothing that can be done")
    if now >= int(link.expires) * 1_000:
        raise LinkRefused("this link has expired: links are good for 30 days")
    return ACTIONS[link.action]


def _sign(secret: str, alert_id: str, action: str, expires: str) -> str:
    # The id comes last: it alone may hold anything, and what stands before it holds no line break that counts.
    signed = f"bearwatch link 1\n{action!a}\n{expires!a}\n{alert_id}".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
