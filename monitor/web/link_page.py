"""The page behind a signed link: what the alert was, one button, and what has been answered so far. No scripts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

# action -> (title, button)
_WORDS = {
    "acknowledge": ("Acknowledge this alert", "I have seen it"),
    "true": ("Mark this page as true", "It was a real event"),
    "false": ("Mark this page as false", "It was a false page"),
    "late": ("Mark this page as late", "It was real, but we knew already"),
}
_KINDS = {"acknowledge": "acknowledged", "assign": "assigned to", "note": "note", "mark": "marked"}
_SHOWN = 20  # answers, the newest: an alert with more has its own story


def link_page(action: str, found: Mapping[str, Any]) -> str:
    """The form of an action over an alert as `DeskApi.alert` gives it. Everything foreign is escaped."""
    title, button = _WORDS[action]
    alert = found["alert"]
    about = "".join(
        f'<p class="{name}"><bdi>{escape(str(text))}</bdi></p>'
        for name, text in (
            ("label", alert.get("label", "")),
            ("words", alert.get("in_words", "")),
            ("when", f"{alert.get('severity', '')}, opened {alert.get('opened_at', '')}"),
        )
    )
    given = "".join(_answer(answer) for answer in found["answers"][-_SHOWN:])
    return _html(
        title,
        f"""{about}
<form method="post" action="">
<label>Your name (if you like) <input name="who" maxlength="100" autocomplete="name"></label>
<button type="submit">{escape(button)}</button>
</form>
<h2>Answers so far</h2>
<ul id="answers">{given or "<li>none</li>"}</ul>""",
    )


def fault_page(line: str) -> str:
    """One line that says why there is nothing to answer."""
    return _html("Nothing to answer", f"<p>{escape(line)}</p>")


def _answer(answer: Mapping[str, Any]) -> str:
    what = f"{_KINDS.get(answer['kind'], answer['kind'])} {answer['value']}".strip()
    by = f" by {answer['who']}" if answer["who"] else ""
    return f"<li><bdi>{escape(what)}{escape(by)}</bdi>, {escape(answer['at'])}</li>"


def _html(title: str, body: str) -> str:
    # The style's address is relative: a proxy may serve all of this below a path of its own.
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escape(title)} · Bearwatch</title>
<link rel="icon" href="../static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../static/answer.css">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""
