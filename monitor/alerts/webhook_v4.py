"""Our alert in the shape of Alertmanager's own webhook, payload version "4": its receivers take it as it is. Pure.

The shape is that of `webhook_config` in Alertmanager's documentation, and what its 0.25 sends: one alert in a group of
its own. What a receiver keys on, fingerprint and group key, is the same for a spike from firing to resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.alerts.standing_payload import Style, annotations_of, labels_of

VERSION = "4"
_NEVER = "0001-01-01T00:00:00Z"  # Go's zero time: what Alertmanager writes for an end that is not known


def version_4(body: Mapping[str, Any], receiver: str, style: Style) -> dict[str, Any]:
    """The payload of one transition.

    Args:
        body: as `evidence.alert_body` made it. receiver: the endpoint's name.
    """
    closed = body.get("closed_at")
    identity = labels_of(body, str(body.get("severity", "")), style)
    shown = annotations_of(body, style)
    # Not of its severity: where that rises, the first fingerprint would never be resolved. (Alertmanager itself is told
    # of two alerts then, and of the end of both.)
    lasting = {name: value for name, value in identity.items() if name != "severity"}
    alert = {
        "status": "resolved" if closed else "firing",
        "labels": identity,
        "annotations": shown,
        "startsAt": body.get("opened_at"),
        "endsAt": closed or _NEVER,
        "generatorURL": style.page,
        "fingerprint": fingerprint(lasting),
    }
    grouped = {name: identity[name] for name in ("alertname", "spike")}
    return {
        "receiver": receiver,
        "status": alert["status"],
        "alerts": [alert],
        "groupLabels": grouped,
        "commonLabels": identity,
        "commonAnnotations": shown,
        "externalURL": style.page,
        "version": VERSION,
        "groupKey": "{}:{" + ", ".join(f'{name}="{value}"' for name, value in sorted(grouped.items())) + "}",
        "truncatedAlerts": 0,
    }


def fingerprint(identity: Mapping[str, str]) -> str:
    """Prometheus' fingerprint of a label set: 64 bit FNV-1a over names and values, each followed by 0xFF.

    >>> fingerprint({})
    'cbf29ce484222325'
    """
    found = 0xCBF29CE484222325
    for name in sorted(identity):
        for byte in b"\xff".join((name.encode(), identity[name].encode(), b"")):
            found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"
