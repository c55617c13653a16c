"""Raw files, kept as they were handed in under their SHA-256, for as long as an edition names them."""

from __future__ import annotations

import hashlib
import os
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from geo.db import Connection
from geo.layers.reader import shapefile_parts, unpacked

DAY = 86_400  # seconds
# Long enough to load a file again and compare; a full EGiB export holds persons, and is not kept for its own sake.
KEPT_UNNAMED = 30 * DAY
BLOCK = 1 << 20
_KEEPING = ".keeping-"
_KEPT = re.compile(r"[0-9a-f]{64}")
# One time for all members: the same shapefile must have the same SHA-256 tomorrow.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Upload:
    """A file that was handed in: its own name, and the copy that is kept under its SHA-256 and read."""

    name: str
    kept: Path
    sha256: str
    # Whether the copy was made for this load, and nothing else can need it.
    new: bool


def keep(path: Path, uploads: Path) -> Upload:
    """Keep the raw file under its SHA-256; a bare shapefile as a zip of its parts, which are nothing one by one."""
    uploads.mkdir(parents=True, exist_ok=True)
    with _unfinished(uploads) as copy:
        parts = shapefile_parts(path)
        if parts:
            _pack(parts, copy)
        else:
            with path.open("rb") as source:
                while block := source.read(BLOCK):
                    copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
        with Path(copy.name).open("rb") as written:
            sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        final = uploads / sha256
        new = not final.exists()
        Path(copy.name).replace(final)
    return Upload(path.name, final, sha256, new)


def forget(upload: Upload) -> None:
    """Remove a copy of which nothing was staged, unless an earlier load made it."""
    if upload.new:
        upload.kept.unlink(missing_ok=True)


def sweep(connection: Connection, uploads: Path) -> list[str]:
    """Remove what killed loads left a day ago, and files of 30 days that no edition names; gives what went."""
    rows = connection.execute("SELECT DISTINCT file_sha256 FROM geo.edition WHERE state <> 'withdrawn'")
    named = {sha256 for (sha256,) in rows}
    now, gone = time.time(), unpacked.sweep()
    for path in uploads.iterdir() if uploads.is_dir() else ():
        age = now - path.stat().st_mtime
        killed = path.name.startswith(_KEEPING) and age > DAY
        unnamed = _KEPT.fullmatch(path.name) and path.name not in named and age > KEPT_UNNAMED
        if killed or unnamed:
            path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


@contextmanager
def _unfinished(uploads: Path) -> Iterator[IO[bytes]]:
    """A file that has its place at the end of the block, or is gone."""
    with NamedTemporaryFile(dir=uploads, prefix=_KEEPING, delete=False) as copy:
        try:
            yield copy
        finally:
            Path(copy.name).unlink(missing_ok=True)


def _pack(parts: dict[str, Path], copy: IO[bytes]) -> None:
    """Stored, not deflated: what zlib makes of the same bytes differs between its versions."""
    with zipfile.ZipFile(copy, "w") as archive:
        for suffix, part in parts.items():
            member = zipfile.ZipInfo(f"data{suffix}", _NO_TIME)
            member.file_size = part.stat().st_size
            with part.open("rb") as source, archive.open(member, "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
