"""Who is told of what: each endpoint of the severities that it asks for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.alerts.words import Severity


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as the configuration names it. severity: the least that it is told of."""

    name: str
    severity: Severity = "warning"


def told(endpoints: Sequence[Endpoint], severity: str) -> tuple[str, ...]:
    """Names of the endpoints that an alert of this severity goes to, in their order.

    An alert's severity is its highest so far: whoever was told that it is critical is told of its end as well.

    >>> told([Endpoint("log"), Endpoint("pager", "critical")], "warning")
    ('log',)
    >>> told([Endpoint("log"), Endpoint("pager", "critical")], "critical")
    ('log', 'pager')
    """
    return tuple(given.name for given in endpoints if given.severity == "warning" or severity == "critical")
