"""Model folders that are spoiled and signed anew: their hashes agree, and they are hostile all the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def resign(folder: Path) -> None:
    """Makes the manifest agree with whatever files now stand there, as a careless or hostile packer would."""
    path = folder / "manifest.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    for name in raw["files"]:
        data = (folder / name).read_bytes()
        raw["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    path.write_text(json.dumps(raw), encoding="utf-8")


def panicking(folder: Path) -> str:
    """Its tokenizer loads, and panics at the first text: no exception that a module exports. Returns its words."""
    path = folder / "tokenizer.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["post_processor"]["special_tokens"] = {}
    path.write_text(json.dumps(raw), encoding="utf-8")
    resign(folder)
    return "no entry found for key"
