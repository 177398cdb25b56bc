"""What the daemon is made of: `python deploy/sbom.py FOLDER` writes `requirements.txt` and `bearwatch.cdx.json` there.

`requirements.txt` holds every package that `pip install bearwatch` brings on this platform by `constraints.txt`, with
the SHA-256 of its archive, for `pip install --require-hashes`. The CycloneDX document says what each is, under which
licence, and what asks for it; it is read from an environment that was installed from just these hashes. The same
constraints and the same archives give the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OURS = "bearwatch"


def locked(report: Mapping[str, Any]) -> list[str]:
    """Lines of a requirements file with hashes, sorted, from pip's installation report (version 1); no addresses.

    >>> locked({"install": [{"metadata": {"name": "A_b", "version": "1"},
    ...     "download_info": {"archive_info": {"hashes": {"sha256": "0f"}}}}]})
    ['a-b==1 --hash=sha256:0f']

    Raises KeyError: a package other than ours came without a hash.
    """
    lines = []
    for item in report["install"]:
        name = re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower()
        if name != OURS:
            digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
            lines.append(f"{name}=={item['metadata']['version']} --hash=sha256:{digest}")
    return sorted(lines)


def main(folder: Path) -> None:
    """Writes both files. Raises CalledProcessError: pip or cyclonedx-py could not; it has said why."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, document = folder / "requirements.txt", folder / f"{OURS}.cdx.json"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    with tempfile.TemporaryDirectory() as name:
        report, environment = Path(name) / "report.json", Path(name) / "env"
        asked = ["--dry-run", "--ignore-installed", "--report", str(report), "-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, "install", *asked, str(ROOT)], check=True)
        lines = locked(json.loads(report.read_text("utf-8")))
        lock.write_text("\n".join(lines) + "\n", "utf-8")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
        into = ["--python", str(environment / "bin" / "python")]
        subprocess.run([*pip, *into, "install", "--no-deps", "--require-hashes", "-r", str(lock)], check=True)
        options = ["--output-reproducible", "--of", "JSON", "--pyproject", str(ROOT / "pyproject.toml")]
        tool = [sys.executable, "-m", "cyclonedx_py", "environment", *options, "--mc-type", "application"]
        subprocess.run([*tool, "-o", str(document), str(environment)], check=True)
    print(f"{len(lines)} packages: {lock} and {document}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
