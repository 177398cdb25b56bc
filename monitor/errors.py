"""The errors of Bearwatch: one root, classified where they arise, decided upon in one place.

`InputError` ends a command with one line on stderr and exit code 2, `OperatorError` with one line and 1; everything
else is an internal fault and keeps its traceback (exit code 1).
"""


class BearwatchError(Exception):
    """Root of every error that Bearwatch raises on purpose."""


class InputError(BearwatchError):
    """The user's input is wrong: the message is one line that says what, where, and what to do."""


class NotThereError(InputError):
    """What the user names is not there: no such alert, delivery or mute."""


class OperatorError(BearwatchError):
    """Goes on only when a person has decided: the message is one line that says what and how; exit code 1."""


class ConfigError(InputError):
    """A configuration file or environment variable is wrong; lists every fault, one a line."""


class ModelError(InputError):
    """A model folder is missing, incomplete, or not what its manifest says."""


class StoreLockedError(InputError):
    """Another process holds the store; the message names it."""


class LeaseLostError(OperatorError):
    """Another process has the store now: whatever this one still holds in memory is out of date, and it must end."""


class StoreUnavailableError(BearwatchError):
    """The store cannot take a transaction now (full disk, busy file); the same transaction may be retried."""


class FetchError(BearwatchError):
    """A remote server could not be read; the caller decides when to try again.

    Args:
        reason: a short stable word for metrics (`timeout`, `too_large`, `refused_address`, `http_404`, ...).
        detail: one line for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class FeedParseError(BearwatchError):
    """A feed's bytes are no feed, or parsing went past the child's limits.

    Args:
        reason: `dtd`, `not_a_feed`, `limits`, `killed`, ...
        detail: one line for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
