"""The image, built by Buildah from our Dockerfile without engine or network, and run as a container runtime would."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.missing import lacking

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy" / "container"
INSIDE = Path(__file__).with_name("inside.py")
# As Debian 12 has it, in place of the image of the same Python: the registry of images is out of a test's reach.
PACKAGES = "python3,python3-venv,ca-certificates"
SUITE, PYTHON = "bookworm", "3.11"
BUILT_S = 600.0


def missing(text: str) -> None:
    """Skips with a line that says what to install; with CI=true the test fails."""
    lacking(text)


def need_tools() -> None:
    """What the build takes: three Debian packages, and root for namespaces and owners."""
    for program in ("buildah", "mmdebstrap", "unshare"):
        if shutil.which(program) is None:
            missing(f"{program} is missing: apt install buildah mmdebstrap util-linux")
    if os.geteuid() != 0:
        missing("building an image and running it takes root")


def cache_folder() -> Path:
    """Where the base system and the wheels are kept between runs, under a name that the next change of them ends."""
    folder = Path.home() / ".cache" / "bearwatch" / "container"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(command: Sequence[str | Path], **more: Any) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=BUILT_S, check=False, **more
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    said: str = done.stdout
    return said


def wheels(folder: Path) -> Path:
    """Every wheel that the Dockerfile's pip asks for, so that the build itself reaches for no network."""
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project, build = read["project"], read["build-system"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgresql"], *build["requires"]]
    house = folder / "wheels"
    stamp, key = house / "stamp.json", json.dumps([wanted, (ROOT / "constraints.txt").read_text("utf-8")])
    if not stamp.exists() or stamp.read_text("utf-8") != key:
        shutil.rmtree(house, ignore_errors=True)
        run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"),
                *("--python-version", PYTHON, "--dest", house, "--constraint", ROOT / "constraints.txt", *wanted),
            ]
        )
        stamp.write_text(key, "utf-8")
    return house


def base_system(folder: Path) -> Path:
    """A tar archive of a minimal Debian with Python."""
    tar = folder / f"{SUITE}-{PACKAGES.replace(',', '+')}.tar"
    if not tar.exists():
        unfinished = tar.with_suffix(".part.tar")
        run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", SUITE, unfinished])
        unfinished.rename(tar)
    return tar


@dataclass(frozen=True, slots=True)
class Image:
    """A built image, its files at `root`, and its configuration as the image itself has it."""

    root: Path
    config: Mapping[str, Any]

    @property
    def env(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.config["Env"])


@contextmanager
def built(work: Path, dockerfile: str = "Dockerfile") -> Iterator[Image]:
    """The image of a Dockerfile, its files mounted until the end."""
    folder = cache_folder()
    house, tar = wheels(folder), base_system(folder)
    storage = work / "storage.conf"
    storage.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{work}/images"\nrunroot = "{work}/run"\n', encoding="utf-8"
    )
    (work / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n", encoding="utf-8")
    env = {**os.environ, "CONTAINERS_STORAGE_CONF": str(storage), "BUILDAH_ISOLATION": "chroot"}
    base = run(["buildah", "from", "scratch"], env=env).strip()
    run(["buildah", "add", "--quiet", base, tar, "/"], env=env)
    run(["buildah", "commit", "--quiet", base, "localhost/base"], env=env)
    run(["buildah", "rm", base], env=env)
    try:
        run(
            [
                *("buildah", "build", "--pull-never", "--format", "docker", "--tag", "bearwatch"),
                *("--file", DEPLOY / dockerfile, "--build-arg", "BASE=localhost/base"),
                *("--secret", f"id=pip,src={work / 'pip.conf'}", "--volume", f"{house}:/wheels:ro", ROOT),
            ],
            env=env,
        )
        inspected = json.loads(run(["buildah", "inspect", "--type", "image", "bearwatch"], env=env))
        name = run(["buildah", "from", "--pull-never", "bearwatch"], env=env).strip()
        root = Path(run(["buildah", "mount", name], env=env).strip())
        yield Image(root, inspected["Docker"]["config"])
    finally:
        with contextlib.suppress(AssertionError):
            run(["buildah", "rm", "--all"], env=env)
        with contextlib.suppress(AssertionError):
            run(["buildah", "rmi", "--all", "--force"], env=env)


class Container:
    """The image's entry point as process 1 of namespaces of its own: root read-only, no capability, no network.

    Args:
        state: the folder that is mounted where the image has its volume.
        uid: any; its group is 0, as OpenShift has it.
    """

    def __init__(self, image: Image, arguments: Sequence[str], state: Path, log: Path, *, uid: int) -> None:
        self.image = image
        self._user = {"uid": uid, "gid": 0}
        self._env = image.env
        (volume,) = image.config["Volumes"]
        given = {
            "root": str(image.root),
            "binds": {volume: str(state)},
            "tmpfs": ["/tmp"],
            "env": self._env,
            "cwd": image.config["WorkingDir"],
            "argv": [*image.config["Entrypoint"], *(arguments or image.config["Cmd"])],
            **self._user,
        }
        apart = ["unshare", "--mount", "--pid", "--fork", "--net", "--ipc", "--uts", "--kill-child=KILL"]
        with log.open("ab") as written:
            self.process = subprocess.Popen(
                [*apart, sys.executable, "-I", str(INSIDE), json.dumps(given)], stdout=written, stderr=written
            )

    def pid(self) -> int:
        """Its process 1, as seen from here; 0 as long as there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(children.read_text("utf-8").split()[0])
        return 0

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid(), number)

    def execute(self, argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """A command beside it, by the same user (docker exec)."""
        user = [f"--reuid={self._user['uid']}", "--regid=0", "--clear-groups"]
        within = ["nsenter", "--target", str(self.pid()), "--mount", "--pid", "--net", "--root", "--wd"]
        within += ["env", "--ignore-environment", *(f"{name}={value}" for name, value in self._env.items())]
        return subprocess.run(
            [*within, "setpriv", *user, *argv], capture_output=True, text=True, timeout=30, check=False
        )

    def healthy(self) -> bool:
        """What the image's HEALTHCHECK says."""
        kind, *argv = self.image.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.execute(argv).returncode == 0

    def get(self, path: str) -> Any:
        """JSON of a path, asked for from within."""
        code = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:8900{path}', timeout=9).read().decode())"
        done = self.execute(["python3", "-I", "-c", code])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def compose(*names: str) -> dict[str, Any]:
    """The services of compose files, the later over the earlier; what stands in both is merged one level deep."""
    merged: dict[str, Any] = {}
    for name in names:
        services = yaml.safe_load((DEPLOY / name).read_text("utf-8"))["services"]
        for service, given in services.items():
            before = merged.setdefault(service, {})
            for key, value in given.items():
                both = isinstance(value, dict) and isinstance(before.get(key), dict)
                before[key] = {**before[key], **value} if both else value
    return merged
