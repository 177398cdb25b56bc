"""An alert as an e-mail: plain text, and the same as HTML. Pure.

What comes from strangers stands in the body alone, escaped there; headers hold our own words, a series' name made one
line, and addresses from the configuration. The messages of one spike thread: all name the same root in `References`
(RFC 5322, 3.6.4), and a try that is made again has the same `Message-ID`.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from monitor.alerts.message import Item, Message
from monitor.alerts.words import PHRASES

# A dot-atom (RFC 5322, 3.2.3) and a domain, both in ASCII: others need SMTPUTF8, which few servers speak.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*")


def mail_of(message: Message, *, delivery: str, alert: str, sender: str, to: Sequence[str], at: int) -> EmailMessage:
    """The mail of one delivery.

    Args:
        delivery: its id, the same at every try. alert: the spike's id. sender, to: as `Desk <desk@bank.example>`.
        at: ms since the epoch.

    Raises:
        ValueError: an address is none.
    """
    own = address(sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = own
    mail["To"] = [address(each) for each in to]
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(datetime.fromtimestamp(at / 1_000, UTC))
    mail["Message-ID"] = _message_id(delivery, own.domain)
    root = _message_id(alert, own.domain)
    mail["In-Reply-To"] = root
    mail["References"] = root
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice in return
    if message.severity == "critical":
        mail["Importance"] = "high"
    mail.set_content(as_text(message), cte="quoted-printable")
    mail.add_alternative(as_html(message), subtype="html", cte="quoted-printable")
    mail["Content-Language"] = message.language  # now: setting the content takes away what is called Content-
    mail.set_boundary(f"=_{hashlib.sha256(delivery.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}")
    return mail


def address(text: str) -> Address:
    """An address with or without a name before it.

    >>> str(address("Desk <desk@bank.example>"))
    'Desk <desk@bank.example>'
    """
    name, bare = parseaddr(text)
    well = text.isprintable() and text.count("@") == 1 and _ADDRESS.fullmatch(bare)
    if not well or not (text == bare or text.endswith(f"<{bare}>")):
        raise ValueError(f"should be an address such as desk@bank.example, not {text[:80]!r}")
    return Address(name, addr_spec=bare)


def as_text(message: Message) -> str:
    """The message as lines; every address stands on a line of its own, so that nothing can be hidden behind words."""
    lines = [message.title, "", *message.lines]
    for heading, items in (
        (message.headlines_heading, message.headlines),
        (message.denials_heading, message.denials),
    ):
        if items:
            lines += ["", heading]
            for item in items:
                lines.append(f"- {item.title}{item.about}")
                lines += [f"  {item.url}"] if item.url else []
    if message.links:
        lines += ["", *(f"{name}{PHRASES[message.language].colon}{url}" for name, url in message.links)]
    return "\n".join([*lines, "", message.footer]) + "\n"


def as_html(message: Message) -> str:
    """The same as HTML without styles, scripts or images: nothing is fetched by reading it."""
    parts = [f"<h2>{html.escape(message.title)}</h2>"]
    parts += [f"<p>{'<br>'.join(html.escape(line) for line in message.lines)}</p>"]
    for heading, items in (
        (message.headlines_heading, message.headlines),
        (message.denials_heading, message.denials),
    ):
        if items:
            parts.append(f"<h3>{html.escape(heading)}</h3><ul>{''.join(map(_item, items))}</ul>")
    if message.links:
        parts.append(f"<p>{' &middot; '.join(_link(name, url) for name, url in message.links)}</p>")
    parts.append(f"<p><small>{html.escape(message.footer)}</small></p>")
    body = "\n".join(parts)
    return f'<!doctype html><html lang="{message.language}"><meta charset="utf-8"><body>\n{body}\n</body></html>\n'


def _item(item: Item) -> str:
    title = _link(item.title, item.url) if item.url else html.escape(item.title)
    return f"<li>{title}{html.escape(item.about)}</li>"


def _link(name: str, url: str) -> str:
    return f'<a href="{html.escape(url)}">{html.escape(name)}</a>'


def _message_id(what: str, domain: str) -> str:
    digest = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"<{digest}.bearwatch@{domain}>"
