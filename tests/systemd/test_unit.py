"""The unit and its drop-ins, as systemd's own tools read them: nothing unknown, nothing wide open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.service import STEP_S
from monitor.supervise import DEAD_AFTER_S, DRAIN_S
from monitor.web.server import SHUTDOWN_SECONDS
from tests.missing import needed
from tests.systemd.machine import SHIPPED

# As `systemd-analyze security --threshold` takes it: in tenths.
EXPOSURE_MOST = {(): 12, ("addresses.conf",): 12, ("gpu.conf",): 15, ("addresses.conf", "gpu.conf"): 15}
WITH = pytest.mark.parametrize("drop_ins", EXPOSURE_MOST, ids=lambda names: "+".join(names) or "alone")


@pytest.fixture(autouse=True)
def _systemd() -> None:
    needed("systemd-analyze", "systemd")


def placed(folder: Path, drop_ins: tuple[str, ...]) -> Path:
    """The unit with these drop-ins beside it, its program one that is there."""
    text = (SHIPPED / "bearwatch.service").read_text("utf-8")
    unit = folder / "bearwatch.service"
    unit.write_text(text.replace("/opt/bearwatch/current/bin/bearwatch", shutil.which("true") or ""), encoding="utf-8")
    (folder / "bearwatch.service.d").mkdir()
    for name in drop_ins:
        shutil.copy(SHIPPED / "bearwatch.service.d" / name, folder / "bearwatch.service.d")
    return unit


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_LOG_LEVEL": "info"},
    )  # fmt: skip


@WITH
def test_systemd_finds_nothing_to_say_of_the_unit(tmp_path: Path, drop_ins: tuple[str, ...]) -> None:
    done = analyzed("verify", str(placed(tmp_path, drop_ins)))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_unknown_option_would_be_found(tmp_path: Path) -> None:
    unit = placed(tmp_path, ())
    unit.write_text(unit.read_text("utf-8").replace("RestartSec=", "RestartSeconds="))
    assert "Unknown key 'RestartSeconds'" in analyzed("verify", str(unit)).stderr


@WITH
def test_its_exposure_stays_under_the_bar(tmp_path: Path, drop_ins: tuple[str, ...]) -> None:
    unit = placed(tmp_path, drop_ins)
    most = EXPOSURE_MOST[drop_ins]
    done = analyzed("security", "--offline=true", "--no-pager", f"--threshold={most}", str(unit))
    overall = re.search(r"Overall exposure level for bearwatch.service: (\S+)", done.stdout)
    assert overall, done.stdout + done.stderr
    print(f"exposure with {'+'.join(drop_ins) or 'no drop-in'}: {overall[1]}")
    assert done.returncode == 0, done.stdout
    assert analyzed("security", "--offline=true", "--no-pager", "--threshold=3", str(unit)).returncode != 0


def test_the_shadows_unit_is_as_tight_and_last_in_every_queue(tmp_path: Path) -> None:
    text = (SHIPPED / "bearwatch-shadow.service").read_text("utf-8")
    unit = tmp_path / "bearwatch-shadow.service"
    unit.write_text(text.replace("/opt/bearwatch/current/bin/bearwatch", shutil.which("true") or ""), encoding="utf-8")
    done = analyzed("verify", str(unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = analyzed("security", "--offline=true", "--no-pager", "--threshold=12", str(unit))
    print(re.findall(r"Overall exposure level.*", done.stdout))
    assert done.returncode == 0, done.stdout
    live = dict(re.findall(r"(?m)^(\w+)=(.*)$", (SHIPPED / "bearwatch.service").read_text("utf-8")))
    mine = dict(re.findall(r"(?m)^(\w+)=(.*)$", text))
    assert int(mine["OOMScoreAdjust"]) > 0 > int(live["OOMScoreAdjust"])
    assert (mine["Nice"], mine["CPUWeight"], mine["IPAddressDeny"]) == ("19", "idle", "any")
    assert all(mine[name] == live[name] for name in ("User", "DynamicUser", "StateDirectory"))


def seconds(name: str) -> float:
    text = (SHIPPED / "bearwatch.service").read_text("utf-8")
    [found] = re.findall(rf"^{name}=(\d+)s$", text, re.MULTILINE)
    return float(found)


def test_its_times_are_those_of_the_code() -> None:
    assert seconds("WatchdogSec") == 2 * DEAD_AFTER_S  # a loop that came round within DEAD_AFTER_S is never killed
    assert seconds("TimeoutStartSec") == STEP_S
    assert seconds("TimeoutStopSec") >= DRAIN_S + 2 * SHUTDOWN_SECONDS + 5
