"""A systemd of the test's own: process 1 of new namespaces, with the shipped unit installed as the README says.

The kernel is the machine's, and so are /usr and the loopback network; /run, /dev, /opt, /var/lib and what /etc has for
Bearwatch and for units belong to the test. What systemd does to a service (user, mounts, system-call filter, watchdog) is
the real thing. Making namespaces and a control group needs root; without, `unavailable` says so.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "systemd"
SYSTEMD = Path("/lib/systemd/systemd")
STARTED_S = 120.0

# PATH and `container` are what systemd itself looks at; the latter keeps its hands off the kernel's settings.
_BOOT = """
set -eu
mount -t proc proc /proc
umount -R /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup && umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "$1/dev"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for node in null zero full random urandom tty; do touch "$1/dev/$node"; mount --bind "/dev/$node" "$1/dev/$node"; done
mkdir "$1/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
mount --rbind "$1/dev" /dev
mount -t tmpfs -o mode=755 tmpfs /run
for place in opt var/lib etc/systemd/system etc/bearwatch etc/credstore; do
  mkdir -p "/$place" && mount --bind "$1/$place" "/$place"
done
mount --bind "$2" /opt/bearwatch/shared
mount --bind "$3" /opt/bearwatch/checkout
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin "$4" --system --unit=test.target
"""


def unavailable() -> str:
    """Why there can be no such machine here; "" where there can."""
    if not SYSTEMD.exists() or not shutil.which("systemd-analyze"):
        return "systemd is not installed (Debian: systemd)"
    if os.geteuid() != 0:
        return "a systemd of its own needs root"
    done = subprocess.run(
        ["unshare", "--cgroup", "--mount", "--pid", "--fork", "sh", "-c", "mount -t tmpfs tmpfs /run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return f"this root may make no namespaces: {done.stderr.strip()}"
    return "" if _control_groups() else "no control groups of version 2 are mounted"


def _control_groups() -> Path | None:
    """Where version 2 of them is mounted, alone or beside version 1."""
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _, place, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(place)
    return None


class Machine:
    """Running between `start` and `close`; paths are those outside of it.

    Attributes:
        etc, units, state: /etc/bearwatch, /etc/systemd/system and /var/lib inside.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.etc = folder / "etc" / "bearwatch"
        self.units = folder / "etc" / "systemd" / "system"
        self.credentials = folder / "etc" / "credstore"
        self.state = folder / "var" / "lib"
        for path in (self.etc, self.units, self.credentials, self.state, folder / "opt"):
            path.mkdir(parents=True)
            path.chmod(0o755)
        (self.units / "test.target").write_text("[Unit]\nDescription=Test\nWants=systemd-journald.service\n")
        shutil.copy(SHIPPED / "bearwatch.service", self.units)
        self._install()
        groups = _control_groups()
        assert groups is not None
        self._group = groups / f"bearwatch-test-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def _install(self) -> None:
        """A virtual environment at /opt/bearwatch over the packages and the code that the test itself runs with."""
        venv = self.folder / "opt" / "bearwatch"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        (venv / "shared").mkdir()
        (venv / "checkout").mkdir()
        packages = next((venv / "lib").glob("python*/site-packages"))
        (packages / "bearwatch.pth").write_text("/opt/bearwatch/checkout\n/opt/bearwatch/shared\n")
        script = venv / "bin" / "bearwatch"
        script.write_text("#!/opt/bearwatch/bin/python\nfrom monitor.cli import main\nmain()\n")
        script.chmod(0o755)

    def start(self) -> None:
        self._group.mkdir()
        boot = ["unshare", "--cgroup", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        shell = ["sh", "-c", _BOOT, "sh", str(self.folder), sysconfig.get_path("purelib"), str(ROOT), str(SYSTEMD)]
        # In its own control group before it begins: systemd takes what it finds itself in for the whole tree.
        enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._group)]
        self._process = subprocess.Popen([*enter, *boot, *shell], stdin=subprocess.DEVNULL)
        self._pid = self._child_of(self._process.pid)
        self.until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() == "running", 60)

    def _child_of(self, pid: int) -> int:
        path = Path(f"/proc/{pid}/task/{pid}/children")
        self.until(lambda: path.read_text("utf-8").split(), 30)
        return int(path.read_text("utf-8").split()[0])

    def close(self) -> None:
        """Kills all of it: with process 1 the kernel ends every other, and its mounts go with the last."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
        if self._group.is_dir():
            for group in sorted(self._group.rglob("*"), reverse=True):
                if group.is_dir():
                    group.rmdir()
            self._group.rmdir()

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command inside, as root."""
        inside = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "--cgroup", "--uts", "--ipc"]
        done = subprocess.run([*inside, *command], capture_output=True, text=True, timeout=STARTED_S, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.journal()}"
        return done

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        return self.run("systemctl", *arguments, check=check).stdout

    def shows(self, name: str) -> str:
        """A property of the unit."""
        return self.systemctl("show", "bearwatch", f"--property={name}", "--value").strip()

    def main_pid(self) -> int:
        """The daemon's process id as seen from outside."""
        inside = self.shows("MainPID")
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text("utf-8", "replace")
                if f"\nNSpid:\t{status.parent.name}\t{inside}\n" in text:
                    return int(status.parent.name)
        raise AssertionError(f"no process {inside}: {self.journal()}")

    def journal(self, *arguments: str) -> str:
        inside = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "journalctl", "--no-pager", "-o", "cat"]
        return subprocess.run(
            [*inside, "--unit=bearwatch", *arguments], capture_output=True, text=True, timeout=30, check=False
        ).stdout

    def drop_in(self, name: str, text: str) -> None:
        """Written and read."""
        folder = self.units / "bearwatch.service.d"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text(text)
        self.systemctl("daemon-reload")

    def without_drop_ins(self) -> None:
        shutil.rmtree(self.units / "bearwatch.service.d", ignore_errors=True)
        self.systemctl("daemon-reload")

    def until(self, holds: Callable[[], object], seconds: float = STARTED_S) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {self.journal() if self._pid else ''}"
            time.sleep(0.2)  # another process's progress, seen by asking only


@contextlib.contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """One that is up."""
    made = Machine(folder)
    try:
        made.start()
        yield made
    finally:
        made.close()
