"""The shipped unit under a real systemd: it allows what is needed and no more, and a daemon that is stuck is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kafka.daemon import feed
from tests.missing import forbidden_here, lacking
from tests.systemd.machine import Machine, machine, unavailable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbcdefghijkl="
SOON_S = 60.0
SCORED_S = 180.0  # three thousand articles, and whatever else the machine does


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if why := unavailable():
        lacking(why) if "installed" in why else forbidden_here(why)
    folder = tmp_path_factory.mktemp("machine")
    for path in (folder, folder.parent):  # the service's own user has to get through
        path.chmod(0o755)
    with machine(folder) as made:
        yield made


@pytest.fixture
def fresh(shared: Machine) -> Machine:
    shared.fresh()
    return shared


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def configured(fresh: Machine, port: int, **sections: Any) -> None:
    given = {"web": {"port": port}, "sources": {"rss": {"feeds": []}}, **sections}
    (fresh.etc / "bearwatch.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")


def asked(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


def kernel_says(pid: int) -> dict[str, str]:
    """Of a process: its user, capabilities and filters."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {name: found[name].split()[0] for name in ("Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")}


def child_of(pid: int) -> int:
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    return int(child)


def test_as_shipped_it_is_ready_reads_feeds_and_secrets_is_reloaded_and_stopped(fresh: Machine) -> None:
    port = free_port()
    (fresh.credentials / "bearwatch.desk").write_text(SECRET)
    (fresh.credentials / "bearwatch.url").write_text("https://hooks.example/canary")
    fresh.drop_in("secrets", "[Service]\n" + "".join(
        f"LoadCredential={name}:/etc/credstore/bearwatch.{name}\n" for name in ("desk", "url")
    ))  # fmt: skip
    with feed(3) as address:
        wire = {"name": "wire", "url": address}
        rss = {"rss": {"feeds": [wire], "allow_hosts": ["127.0.0.1"]}}
        hook = {"name": "a", "url_file": "${CREDENTIALS_DIRECTORY}/url", "secret_file": "${CREDENTIALS_DIRECTORY}/desk"}
        configured(fresh, port, sources=rss, alerts={"webhooks": [hook]})
        fresh.systemctl("start", "bearwatch")  # returns with READY=1
        assert asked(port, "readyz") == "ready\n"
        assert fresh.shows("ActiveState") == "active"
        fresh.until(lambda: "articles: 3 in" in fresh.shows("StatusText"), SOON_S)
        assert "sources: 1 of 1 well" in fresh.shows("StatusText")

    daemon = fresh.main_pid()
    parser = child_of(daemon)
    tight = kernel_says(daemon)
    assert tight == kernel_says(parser)
    assert int(tight["Uid"]) >= 61_184  # systemd's range for users that exist while a service runs
    assert (int(tight["CapEff"], 16), int(tight["CapBnd"], 16)) == (0, 0)
    assert (tight["NoNewPrivs"], tight["Seccomp"]) == ("1", "2")
    assert "Max address space         536870912" in Path(f"/proc/{parser}/limits").read_text("utf-8")
    store = fresh.state / "private" / "bearwatch" / "bearwatch.db"
    assert (store.stat().st_uid, store.stat().st_mode & 0o777) == (int(tight["Uid"]), 0o600)

    configured(fresh, port, sources=rss, log={"level": "debug"})
    fresh.systemctl("reload", "bearwatch")
    fresh.until(lambda: "reloaded" in fresh.journal() and fresh.shows("ActiveState") == "active", SOON_S)
    configured(fresh, port, detection={"min_stories": 0})
    fresh.systemctl("reload", "bearwatch")
    fresh.until(lambda: "detection.min_stories" in fresh.journal("--priority=err"), SOON_S)
    assert fresh.main_pid() == daemon and asked(port, "healthz") == "alive\n"

    began = time.monotonic()
    fresh.systemctl("stop", "bearwatch")
    assert time.monotonic() - began < 10
    assert (fresh.shows("Result"), fresh.shows("ExecMainStatus")) == ("success", "0")


def test_the_demonstration_alerts_under_the_units_filters(fresh: Machine) -> None:
    port = free_port()
    fresh.drop_in("demo", f"""[Service]
Environment=BEARWATCH_WEB__PORT={port}
ExecStart=
ExecStart=/opt/bearwatch/current/bin/bearwatch demo --store /var/lib/bearwatch --minutes 0
""")  # fmt: skip
    fresh.systemctl("start", "bearwatch")

    def alerts() -> list[Any]:
        board = json.loads(asked(port, "api/v1/board"))
        found: list[Any] = board["open_alerts"] + board["recent_alerts"]
        return found

    fresh.until(lambda: len(alerts()) >= 2, SCORED_S)
    assert int(kernel_says(fresh.main_pid())["CapBnd"], 16) == 0


# What each attempt comes to; run under the unit's settings in place of the daemon.
PROBE = """
import ctypes, errno, json, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)

def tried(attempt):
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return "done"

def called(name, *arguments):
    def attempt():
        if getattr(libc, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)
    return tried(attempt)

def code_made_at_run_time():
    mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_WRITE | mmap.PROT_EXEC).close()

print(json.dumps({
    "code made at run time": tried(code_made_at_run_time),
    "netlink": tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    "raw packets": tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    "a namespace": called("unshare", 0x10000000),
    "a trace": called("ptrace", 0, 0, 0, 0),
    "a mount": called("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "another owner": tried(lambda: os.chown("/var/lib/bearwatch", 0, 0)),
    "another user": tried(lambda: os.setuid(0)),
    "another personality": called("personality", 8),
    "its own program": tried(lambda: open("/opt/bearwatch/current/bin/bearwatch", "a")),
    "its configuration": tried(lambda: open("/etc/bearwatch/bearwatch.yaml", "a")),
    "the kernel's settings": tried(lambda: open("/proc/sys/kernel/core_pattern", "w")),
    "others' processes": sorted(int(p) for p in os.listdir("/proc") if p.isdigit()) == [os.getpid()],
    "its state": tried(lambda: open("/var/lib/bearwatch/probe", "w")),
    "tcp": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
}))
"""


def probed(fresh: Machine, script: str) -> dict[str, Any]:
    (fresh.folder / "opt" / "probe.py").write_text(script)
    fresh.drop_in("probe", """[Service]
Type=oneshot
Restart=no
ExecStart=
ExecStart=/opt/bearwatch/current/bin/python /opt/probe.py
""")  # fmt: skip
    configured(fresh, 1)
    for path in (fresh.etc / "bearwatch.yaml", fresh.folder / "opt" / "bearwatch" / "0.1.0" / "bin" / "bearwatch"):
        path.chmod(0o777)  # so that it is the unit that forbids to write there
    fresh.systemctl("start", "bearwatch")
    found: dict[str, Any] = json.loads(next(line for line in fresh.journal().splitlines() if line.startswith("{")))
    return found


def test_what_it_need_not_do_it_cannot_do(fresh: Machine) -> None:
    assert probed(fresh, PROBE) == {
        "code made at run time": "EPERM",
        "netlink": "EAFNOSUPPORT",
        "raw packets": "EAFNOSUPPORT",
        "a namespace": "EPERM",
        "a trace": "EPERM",
        "a mount": "EPERM",
        "another owner": "EPERM",
        "another user": "EPERM",
        "another personality": "EPERM",
        "its own program": "EROFS",
        "its configuration": "EROFS",
        "the kernel's settings": "EROFS",
        "others' processes": True,
        "its state": "done",
        "tcp": "done",
    }


REACHES = """
import json, socket
def reached(host):
    try:
        socket.create_connection((host, {port}), timeout=1).close()
    except OSError as error:
        return type(error).__name__
    return "reached"
print(json.dumps({{host: reached(host) for host in ("127.0.0.1", "127.1.0.1")}}))
"""


def test_with_a_list_of_addresses_no_other_is_reached(fresh: Machine) -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        fresh.drop_in("addresses", "[Service]\nIPAddressDeny=any\nIPAddressAllow=127.0.0.0/16\n")
        found = probed(fresh, REACHES.format(port=port))
    if "does not support BPF" in fresh.journal():
        forbidden_here("this kernel lets no control group filter addresses")
    assert found.pop("127.0.0.1") == "reached"
    assert found.pop("127.1.0.1") != "reached"  # a TCP connection hangs, a datagram is refused


def test_a_daemon_that_is_stuck_is_killed_and_started_again(fresh: Machine) -> None:
    port = free_port()
    news = fresh.folder / "opt" / "news.jsonl"
    news.write_text('{"title": "A bank fails", "published_at": "2026-01-02T03:00:00Z"}\n')
    configured(fresh, port, sources={"rss": {"feeds": []}, "files": [{"name": "news", "path": "/opt/news.jsonl"}]})
    fresh.drop_in("hasty", "[Service]\nWatchdogSec=6s\nTimeoutAbortSec=1s\nRestartSec=100ms\n")
    fresh.systemctl("start", "bearwatch")
    fresh.until(lambda: json.loads(asked(port, "api/v1/board"))["articles"] == 1, SOON_S)
    stuck = fresh.main_pid()
    os.kill(stuck, signal.SIGSTOP)
    began = time.monotonic()
    fresh.until(lambda: fresh.shows("NRestarts") == "1" and fresh.shows("ActiveState") == "active", SOON_S)
    assert time.monotonic() - began >= 3  # half of its time had passed at the last answer, at most
    assert "Watchdog timeout" in fresh.journal()
    assert fresh.main_pid() != stuck and asked(port, "readyz") == "ready\n"
    assert json.loads(asked(port, "api/v1/board"))["articles"] == 1


def test_a_wrong_configuration_is_one_line_of_an_error_and_no_second_try(fresh: Machine) -> None:
    configured(fresh, 0, detection={"min_stories": 0})
    assert fresh.run("systemctl", "start", "bearwatch", check=False).returncode != 0
    assert (fresh.shows("ExecMainStatus"), fresh.shows("ActiveState")) == ("2", "failed")
    told = [line for line in fresh.journal("--priority=err").splitlines() if "min_stories" in line]
    assert told == ["/etc/bearwatch/bearwatch.yaml:2: detection.min_stories: should be at least 1, not 0"]
    assert fresh.shows("NRestarts") == "0"
