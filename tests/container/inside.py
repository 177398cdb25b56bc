"""Process 1 of a container without an engine: run by `unshare`, it narrows the world down and becomes the program.

The argument is JSON: `root` (made read-only), `binds` (path inside: path outside), `tmpfs`, `uid`, `gid`, `env`, `cwd`,
`argv`.
Standard library only: it runs outside of the root, under whatever Python starts it.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: str, kind: str = "none", flags: int = 0, data: str = "") -> None:
    if libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode() or None):
        raise OSError(ctypes.get_errno(), f"mount {source} on {target}: {os.strerror(ctypes.get_errno())}")


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def become(given: dict[str, Any]) -> None:
    root: str = given["root"]
    loopback_up()
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    mount(root, root, flags=MS_BIND)
    for inside, outside in given["binds"].items():
        mount(outside, root + inside, flags=MS_BIND)
    for path in given["tmpfs"]:
        mount("tmpfs", root + path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=256m")
    mount("proc", root + "/proc", "proc")
    mount("tmpfs", root + "/dev", "tmpfs", MS_NOSUID, "mode=755,size=1m")
    for device in ("null", "zero", "random", "urandom"):
        Path(f"{root}/dev/{device}").touch()
        mount(f"/dev/{device}", f"{root}/dev/{device}", flags=MS_BIND)
    mount("none", root, flags=MS_REMOUNT | MS_BIND | MS_RDONLY)
    os.chroot(root)
    os.chdir(given["cwd"])
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # those past the kernel's last are refused: none is left
    os.setgroups([])
    os.setresgid(*[given["gid"]] * 3)
    os.setresuid(*[given["uid"]] * 3)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.execvpe(given["argv"][0], given["argv"], given["env"])


if __name__ == "__main__":
    become(json.loads(sys.argv[1]))
