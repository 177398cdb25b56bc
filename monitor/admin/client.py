"""How a command gets something done to a store: by its daemon, or, where none runs, with its own hands."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing
from functools import partial

from monitor.admin.address import socket_path
from monitor.admin.requests import Request, Result, audit, encode, perform
from monitor.errors import BearwatchError, InputError, OperatorError, StoreLockedError, StoreUnavailableError
from monitor.storage.address import Given
from monitor.storage.database import database_of
from monitor.storage.store import Store

DEADLINE_S = 10.0  # a busy daemon answers within a second; what takes this long will not come
_MOST_ANSWER = 1 << 20


class NoDaemon(BearwatchError):
    """Nobody answers at the socket: there is none, or it is a killed daemon's."""


def ask_or_do(store: Given, request: Request, now: int) -> Result:
    """Has the store's daemon do it, or takes the store's lock and does it where no daemon runs; durable on return.

    Args:
        store: its path, URL or `Address`. now: ms by the machine's clock, for the second way.

    Raises:
        InputError: there is no such store, or the request is wrong; nothing was done.
        OperatorError: the daemon does not answer, or another command holds the store.
    """
    database = database_of(store)
    if not database.exists():
        raise InputError(f"there is no store at {database.name}")
    try:
        return ask(store, request)
    except NoDaemon:
        pass
    try:
        with Store.open(store, holder=f"bearwatch {request.action}") as own:
            result = own.write_now(partial(perform, request=request, now=now))
    except StoreLockedError as error:
        # A daemon that started meanwhile, and serves by now; or one that is still reading the past; or a command.
        try:
            return ask(store, request)
        except NoDaemon as nobody:
            raise OperatorError(f"{error}, or try again once it has started ({nobody})") from error
    except StoreUnavailableError as error:
        raise OperatorError(f"{error}; nothing was done") from error
    audit(request, result)
    return result


def ask(store: Given, request: Request, deadline_s: float = DEADLINE_S) -> Result:
    """Asks the daemon of this store.

    Raises:
        NoDaemon: none listens. InputError: what it says is wrong with the request.
        OperatorError: it cannot, or does not answer in time; then it may be done or not.
    """
    database = database_of(store)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        ends = time.monotonic() + deadline_s
        try:
            path = socket_path(database.beside)
            sock.settimeout(deadline_s)
            sock.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise NoDaemon(f"nobody answers at {path}") from error
        except OperatorError as error:
            raise NoDaemon(str(error)) from error
        except OSError as error:
            raise OperatorError(f"the admin socket {path} cannot be used: {error.strerror or error}") from error
        try:
            sock.sendall(encode(request))
            line = _line(sock, ends)
        except TimeoutError:
            raise OperatorError(
                f"{database.holder()} did not answer within {deadline_s:.0f} s: it may still do it, "
                "look before asking again"
            ) from None
        except OSError as error:
            raise OperatorError(f"the daemon went away while it was asked ({error.strerror or error})") from error
    return _result(line)


def _line(sock: socket.socket, ends: float) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n"):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)
        chunk = sock.recv(65_536)
        if not chunk or len(line) > _MOST_ANSWER:
            break
        line += chunk
    return bytes(line)


def _result(line: bytes) -> Result:
    try:
        answer = json.loads(line)
        if isinstance(answer.get("result"), dict):
            return dict(answer["result"])
        error, by_asker = str(answer["error"]), bool(answer["input"])
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise OperatorError("the daemon ended before it had answered: look before asking again") from wrong
    raise InputError(error) if by_asker else OperatorError(error)
