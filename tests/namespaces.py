"""A network of its own on this machine, with names: what servers of a compose file find each other by."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.missing import lacking

# Brings up the loopback, puts /etc/hosts in place, says so, and lives until it is told to go.
_KEEPER = """
import fcntl, socket, struct, subprocess, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/hosts"], check=True)
print("up", flush=True)
sys.stdin.read()
"""


class Network:
    """A context: within it `popen` starts programs in the network, where every name is 127.0.0.1 and no port is taken.

    Skips where the kernel lets nobody make namespaces; with CI=true that fails.
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._hosts = folder / "hosts"
        names = (*names, socket.gethostname())  # as a container's own file has it; Java asks for it
        self._hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in ("localhost", *names)), encoding="utf-8")
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Network:
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        apart = ["unshare", *as_root, "--mount", "--net", "--kill-child=KILL", "--fork"]
        self._keeper = subprocess.Popen(
            [*apart, sys.executable, "-I", "-c", _KEEPER, str(self._hosts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) if shutil.which("unshare") else None  # fmt: skip
        if self._keeper is None or not self._keeper.stdout or self._keeper.stdout.readline() != b"up\n":
            why = self._keeper.stderr.read().decode() if self._keeper and self._keeper.stderr else "no unshare"
            self.__exit__(None, None, None)
            lacking(f"no namespaces here: {why.strip()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._running):
            process.kill()
            process.wait(10)
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.wait(10)
            for pipe in (self._keeper.stdin, self._keeper.stdout, self._keeper.stderr):
                if pipe:
                    pipe.close()

    def _within(self) -> list[str]:
        assert self._keeper is not None
        keeper = self._keeper.pid
        child = Path(f"/proc/{keeper}/task/{keeper}/children").read_text("utf-8").split()[0]
        as_root = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ["nsenter", "--target", child, *as_root, "--mount", "--net", "--"]

    def popen(
        self, command: Sequence[str], name: str, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """A program in the network, killed at the end; what it says goes to NAME.log."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*self._within(), *command], env=env, cwd=cwd or self._folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip
        self._running.append(process)
        return process

    def get(self, url: str, token: str = "") -> tuple[int, str]:
        """Status and body; (0, why) where nobody answers."""
        code = (
            "import sys, urllib.request as u\n"
            "headers = {'Authorization': 'Bearer ' + sys.argv[2]} if sys.argv[2] else {}\n"
            "asked = u.Request(sys.argv[1], headers=headers)\n"
            "try:\n with u.urlopen(asked, timeout=5) as a: print(a.status, a.read().decode(), sep='\\n')\n"
            "except u.HTTPError as e: print(e.code, e.read().decode(), sep='\\n')\n"
            "except OSError as e: print(0, e, sep='\\n')\n"
        )
        command = [*self._within(), sys.executable, "-I", "-c", code, url, token]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        status, _, body = done.stdout.partition("\n")
        return int(status), body
