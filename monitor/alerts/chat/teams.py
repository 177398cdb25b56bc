"""Microsoft Teams: a Workflows webhook ("When a Teams webhook request is received") with an Adaptive Card 1.4.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook (28 KB),
https://adaptivecards.io/explorer/RichTextBlock.html. The signature in the address is the secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.chat.parts import rendered
from monitor.alerts.chat.protocol import Answer, Payload, encode, json_object, judge_status
from monitor.alerts.message import Item, Message

_BYTES = 28_000
_CARD = "application/vnd.microsoft.card.adaptive"


class Teams:
    """Rich text in runs, which are shown as they are: a TextBlock would read them as markdown."""

    def render(self, message: Message) -> list[Payload]:
        colour = "Good" if message.over else "Attention" if message.severity == "critical" else "Warning"

        def payload(title: str, rows: Sequence[Payload]) -> Payload:
            card = {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "fallbackText": title,
                "msteams": {"width": "Full"},
                "body": [_block([_run(title, weight="Bolder", size="Medium", color=colour)]), *rows],
            }
            return {"type": "message", "attachments": [{"contentType": _CARD, "contentUrl": None, "content": card}]}

        return rendered(message, _Runs(), payload, _fits)

    def sign(self, url: str, payload: Payload, secret: str, now: int) -> tuple[str, Payload]:
        return url, payload

    def judge(self, answer: Answer) -> None:
        """202 is good. What is refused has a code, such as `DirectApiAuthorizationRequired` or `WorkflowNotFound`."""
        error = json_object(answer.body).get("error")
        judge_status(answer, str(error.get("code", "")) if isinstance(error, dict) else "")


class _Runs:
    def line(self, text: str) -> Payload:
        return _block([_run(text)])

    def heading(self, text: str) -> Payload:
        return _block([_run(text, weight="Bolder")])

    def item(self, number: int, item: Item) -> Payload:
        return _block([_run(f"{number}. "), _run(item.title, url=item.url), _run(item.about)])

    def links(self, links: Sequence[tuple[str, str]]) -> Payload:
        runs: list[Payload] = []
        for name, url in links:
            runs += [*([_run(" · ")] if runs else []), _run(name, url=url)]
        return _block(runs)

    def footer(self, text: str) -> Payload:
        return _block([_run(text, size="Small", isSubtle=True)])


def _block(runs: Sequence[Payload]) -> Payload:
    return {"type": "RichTextBlock", "inlines": [run for run in runs if run["text"]]}


def _run(text: str, *, url: str = "", **look: object) -> Payload:
    opens = {"selectAction": {"type": "Action.OpenUrl", "url": url}} if url else {}
    return {"type": "TextRun", "text": text, **look, **opens}


def _fits(payload: Payload) -> bool:
    """By UTF-8 and by UTF-16, since nobody says how the 28 KB are counted."""
    body = encode(payload)
    return max(len(body), len(body.decode().encode("utf-16-le"))) <= _BYTES
