"""deploy/systemd/README.md, command by command: installed, changed, upgraded, rolled back, removed.

What is stood in for: making the virtual environments (`venv`, `pip`), and a configuration that reads no public feed.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
import yaml

from tests.missing import forbidden_here, lacking
from tests.systemd.machine import SHIPPED, Machine, machine, unavailable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.timeout(300),
]

README = (SHIPPED / "README.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"^```sh (\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
STOOD_IN_FOR = re.compile(r"^(python3 -m venv|/opt/bearwatch/[\d.]+/bin/pip) .*\n", re.MULTILINE)


def follow(inside: Machine, name: str) -> str:
    """Runs a block as root, from the checkout; what it printed."""
    text = BLOCKS[name].replace("deploy/bearwatch.example.yaml", "/opt/small.yaml")
    asks = re.search(r"^bw\(\) \{.*?\}$", BLOCKS["reload"], re.MULTILINE | re.DOTALL)
    assert asks
    done = inside.run("bash", "-euc", f"cd /opt/checkout\n{asks[0]}\n{STOOD_IN_FOR.sub('', text)}")
    return done.stdout + done.stderr


def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    if why := unavailable():
        lacking(why) if "installed" in why else forbidden_here(why)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    for path in (tmp_path, tmp_path.parent):
        path.chmod(0o755)
    with machine(tmp_path) as inside:
        small = {"web": {"port": port}, "sources": {"rss": {"feeds": []}}}
        (tmp_path / "opt" / "small.yaml").write_text(yaml.safe_dump(small))
        (inside.units / "bearwatch.service").unlink()
        (tmp_path / "opt" / "bearwatch" / "current").unlink()

        follow(inside, "install")
        assert inside.shows("ActiveState") == "active" and inside.shows("UnitFileState") == "enabled"

        follow(inside, "secrets")
        [snippet] = re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
        (inside.etc / "bearwatch.yaml").write_text(yaml.safe_dump(small | yaml.safe_load(snippet)))
        follow(inside, "restart")
        assert inside.shows("ActiveState") == "active"

        before = inside.main_pid()
        assert "well: " in follow(inside, "reload")
        inside.until(lambda: "reloaded" in inside.journal(), 60)
        assert inside.main_pid() == before

        assert "well" in follow(inside, "stopped")
        assert inside.shows("ActiveState") == "active"

        inside.install("0.2.0")
        assert "backup: /var/backups/bearwatch-0.1.0.db" in follow(inside, "upgrade")
        assert "/opt/bearwatch/0.2.0/bin/python" in command_of(inside)
        follow(inside, "rollback")
        assert "/opt/bearwatch/0.1.0/bin/python" in command_of(inside)
        assert inside.shows("ActiveState") == "active"

        follow(inside, "remove")
        assert inside.run("systemctl", "cat", "bearwatch", check=False).returncode != 0
        left = inside.run("find", "/opt/bearwatch", "/etc", "/var/lib", "-name", "*bearwatch*", check=False).stdout
        assert left.split() == ["/etc/bearwatch"]


def command_of(inside: Machine) -> str:
    return Path(f"/proc/{inside.main_pid()}/cmdline").read_text("utf-8")
