"""A systemd of the test's own: process 1 of new namespaces, with the shipped unit installed as the README says.

It stands in a root of its own: /usr read-only from the machine, a few files of /etc copied, all else new or in the
test's folder. A booting systemd empties /tmp and writes where it finds room, so that nothing of the machine may be in
its reach but the kernel and the loopback network. What it does to a service (user, mounts, filters, watchdog) is the
real thing. Making namespaces and a control group needs root; without, `unavailable` says so.
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

# $1: the test's folder; $2, $3, $4: packages, code and Python, to be seen read-only; the rest: what becomes process 1.
_BOOT = """
set -eu
root="$1/root"; folder="$1"; packages="$2"; checkout="$3"; python="$4"; shift 4
mount --make-rprivate /
mkdir "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr etc opt var/lib var/log var/cache run tmp proc sys dev root .old
mkdir -p etc/systemd/system etc/bearwatch etc/credstore
only() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }
only /usr usr
for name in bin sbin lib lib64; do if [ -L "/$name" ]; then cp -P "/$name" .; fi; done
for name in passwd group nsswitch.conf ld.so.conf.d localtime ssl hosts; do
  if [ -e "/etc/$name" ]; then cp -RP "/etc/$name" etc; fi
done
printf '%s\\n' 0123456789abcdef0123456789abcdef > etc/machine-id
for place in opt var/lib etc/systemd/system etc/bearwatch etc/credstore; do mount --bind "$folder/$place" "$place"; done
only "$packages" opt/packages
only "$checkout" opt/checkout
only "$python" opt/python
# A Python of the test's own may have its library beside it.
printf '/opt/python/lib\\ninclude /etc/ld.so.conf.d/*.conf\\n' > etc/ld.so.conf
chroot . ldconfig
mount -t tmpfs -o mode=755 tmpfs dev
for node in null zero full random urandom tty; do touch "dev/$node"; mount --bind "/dev/$node" "dev/$node"; done
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t proc proc proc
mount --bind proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
# As systemd finds it on a machine: what it mounts for a service (credentials) must come through to it.
mount --make-rshared /
# `container`: systemd then leaves the kernel's settings and devices alone. What it could do to the machine's clock,
# modules and log it may not.
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
  setpriv --bounding-set -sys_time,-sys_module,-sys_rawio,-syslog,-sys_boot,-mac_admin,-mac_override,-wake_alarm "$@"
"""


def unavailable() -> str:
    """Why there can be no such machine here; "" where there can."""
    if not SYSTEMD.exists() or not shutil.which("systemd-analyze"):
        return "systemd is not installed (Debian: systemd)"
    if os.geteuid() != 0:
        return "a systemd of its own needs root"
    done = subprocess.run(
        ["unshare", "--cgroup", "--mount", "--pid", "--fork", "mount", "--make-rprivate", "/"],
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
        for path in (
            self.etc,
            self.units,
            self.credentials,
            self.state,
            *(folder / "opt" / n for n in ("packages", "checkout", "python")),
        ):
            path.mkdir(parents=True)
            path.chmod(0o755)
        (self.units / "test.target").write_text(
            "[Unit]\nDescription=Test\nWants=systemd-journald.service dbus.socket\n"
        )
        shutil.copy(SHIPPED / "bearwatch.service", self.units)
        self.install("0.1.0")
        (folder / "opt" / "bearwatch" / "current").symlink_to("0.1.0")
        groups = _control_groups()
        assert groups is not None
        self._group = groups / f"bearwatch-test-{os.getpid()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._since = 0.0

    def install(self, version: str) -> None:
        """A virtual environment in /opt/bearwatch over the packages and the code that the test itself runs with."""
        venv = self.folder / "opt" / "bearwatch" / version
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = venv / "lib" / name / "site-packages"
        for path in (packages, venv / "bin"):
            path.mkdir(parents=True)
        (venv / "pyvenv.cfg").write_text("home = /opt/python/bin\n")
        (venv / "bin" / "python").symlink_to(f"/opt/python/bin/{name}")
        (packages / "bearwatch.pth").write_text("/opt/checkout\n/opt/packages\n")
        script = venv / "bin" / "bearwatch"
        script.write_text(f"#!/opt/bearwatch/{version}/bin/python\nfrom monitor.cli import main\nmain()\n")
        script.chmod(0o755)

    def start(self, *command: str) -> None:
        """Boots, or begins with another command as process 1."""
        self._group.mkdir()
        boot = ["unshare", "--cgroup", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        first = command or (str(SYSTEMD), "--system", "--unit=test.target")
        shell = ["sh", "-c", _BOOT, "sh", str(self.folder), sysconfig.get_path("purelib"), str(ROOT), sys.base_prefix]
        # In its own control group before it begins: systemd takes what it finds itself in for the whole tree.
        enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self._group)]
        self._process = subprocess.Popen([*enter, *boot, *shell, *first], stdin=subprocess.DEVNULL)
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
        self._pid = 0
        if self._group.is_dir():
            self.until(lambda: "populated 0" in (self._group / "cgroup.events").read_text("utf-8"), 30)
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
        """What it and systemd said of it since the last `fresh`, the text alone."""
        inside = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "journalctl", "--no-pager"]
        return subprocess.run(
            [*inside, "--output=cat", "--unit=bearwatch", f"--since=@{self._since:.6f}", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        ).stdout

    def drop_in(self, name: str, text: str) -> None:
        """Written and read."""
        folder = self.units / "bearwatch.service.d"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.conf").write_text(text)
        self.systemctl("daemon-reload")

    def fresh(self) -> None:
        """The unit stopped, as shipped, with neither configuration nor state."""
        self.systemctl("stop", "bearwatch", check=False)
        self.systemctl("reset-failed", "bearwatch", check=False)
        for folder in (self.units / "bearwatch.service.d", self.state / "private" / "bearwatch"):
            shutil.rmtree(folder, ignore_errors=True)
        self.systemctl("daemon-reload")
        (self.etc / "bearwatch.yaml").unlink(missing_ok=True)
        self._since = time.time()

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
