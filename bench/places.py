"""Where a run keeps what it made and installed: one folder outside the checkout, kept between runs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent


def kept() -> Path:
    """The folder that the Makefile names in GEO_BENCH_DIR; without it `geo-bench` in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("GEO_BENCH_DIR") or cache / "geo-bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fingerprint(*files: Path) -> str:
    """Eight hex digits that change with the content of any of the files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:8]
