"""What the service manager is told: sd_notify(3) in plain Python.

The manager names a Unix datagram socket in NOTIFY_SOCKET; a message is lines of NAME=value. systemd does so for units
of `Type=notify`, other supervisors and container engines too. Where nobody does, nothing is told.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)

# `systemctl status` shows one line; a message with what a stranger's server said must stay one.
STATUS_CHARS = 300


class ServiceManager:
    """Whoever started this process and waits for word from it.

    Every method returns whether the manager was told: false where there is none, and where its socket did not take the
    message at once, since nothing here may wait.

    Args:
        address: the socket's path, with `@` before it in the abstract namespace (unix(7)); "" for nobody.
        watchdog_s: seconds without `alive` after which the manager kills this process; 0 where it does not watch.
    """

    def __init__(self, address: str = "", watchdog_s: float = 0.0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s
        self._told_failure = False

    @staticmethod
    def from_environment(env: Mapping[str, str]) -> ServiceManager:
        """By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, as sd_notify(3) and sd_watchdog_enabled(3) have them."""
        address = env.get("NOTIFY_SOCKET", "")
        if address and not address.startswith(("/", "@")):  # vsock: of a virtual machine's own manager
            log.warning("notify_socket_unknown", address=address, advice="a path or @name is understood")
            address = ""
        usec, pid = env.get("WATCHDOG_USEC", ""), env.get("WATCHDOG_PID", "")
        ours = pid in ("", str(os.getpid()))  # inherited from a parent, which is the one that is watched
        return ServiceManager(address, int(usec) / 1e6 if usec.isdigit() and ours else 0.0)

    def ready(self, status: str = "") -> bool:
        """The start, or a reload, is through."""
        return self._send("READY=1", *([_status(status)] if status else []))

    def status(self, text: str) -> bool:
        """How it fares, for `systemctl status`."""
        return self._send(_status(text))

    def reloading(self) -> bool:
        """The configuration is being read again; `ready` must follow, whatever came of it."""
        return self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000}")

    def stopping(self) -> bool:
        """It ends; what was taken in is committed first."""
        return self._send("STOPPING=1", _status("stopping: committing what was taken in"))

    def alive(self) -> bool:
        """To be called from the loop that is watched, never from a thread beside it."""
        return self._send("WATCHDOG=1")

    def extend(self, seconds: float) -> bool:
        """The start (or the stop) gets on, and asks for so long from now on."""
        return self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def _send(self, *lines: str) -> bool:
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
                sock.sendto("\n".join(lines).encode("utf-8", "replace"), self._address)
        except OSError as error:
            if not self._told_failure:
                self._told_failure = True
                log.warning("service_manager_not_told", reason=str(error))
            return False
        return True


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())[:STATUS_CHARS]
