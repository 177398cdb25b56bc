"""When to try again, as the Standard Webhooks specification advises: soon at first, then for days. Pure."""

from __future__ import annotations

import email.utils

from monitor.records import HOUR_MS, MINUTE_MS

# Between the 12 tries: 77.7 hours in all, so that an endpoint which breaks on a Friday evening is back in time.
DELAYS_MS = (
    5_000,
    30_000,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    13 * HOUR_MS,
    24 * HOUR_MS,
    30 * HOUR_MS,
)
TRIES = len(DELAYS_MS) + 1

# Spreads the tries of many messages after an outage. Only ever longer: the sum stays above 76 hours.
_JITTER = 0.2
# An endpoint may ask for patience, not for silence.
_LONGEST_RETRY_AFTER_MS = 24 * HOUR_MS


def next_delay_ms(tries_made: int, jitter: float, retry_after: float | None = None) -> int | None:
    """Milliseconds until the next try, or None where all have been made.

    Args:
        tries_made: at least 1, the one that just failed included.
        jitter: a random number in [0, 1).
        retry_after: seconds that the endpoint asked for; a longer wait is honoured up to a day.

    >>> next_delay_ms(1, 0.0), next_delay_ms(1, 0.0, retry_after=60), next_delay_ms(12, 0.0)
    (5000, 60000, None)
    """
    if tries_made >= TRIES:
        return None
    delay = int(DELAYS_MS[tries_made - 1] * (1 + _JITTER * jitter))
    asked = 0 if retry_after is None else min(int(retry_after * 1_000), _LONGEST_RETRY_AFTER_MS)
    return max(delay, asked)


def retry_after_of(value: str, now_ms: int) -> float | None:
    """Retry-After in seconds, given as seconds or as a date (RFC 9110, 10.2.3); None where it says neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = email.utils.parsedate_to_datetime(value)
        return max(0.0, at.timestamp() - now_ms / 1_000)
    except (ValueError, OverflowError):
        return None
