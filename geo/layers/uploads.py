"""Raw files, kept as they were handed in under their SHA-256, for as long as an edition names them."""

from __future__ import annotations

import hashlib
import os
import re
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from geo import editions
from geo.db import Connection
from geo.layers.reader import check_closed, shapefile_parts, unpacked

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
    """A file that was handed in: its own name, and the copy that this load alone reads."""

    name: str
    sha256: str
    # Two loads of one file share nothing until they are staged: neither can take the other's copy away.
    copy: Path

    @property
    def kept(self) -> Path:
        """Where the copy lies once something of it is staged."""
        return self.copy.parent / self.sha256


def keep(path: Path, uploads: Path) -> Upload:
    """Copy the raw file for one load; a bare shapefile as a zip of its parts, which are nothing one by one.

    Raises:
        Unreadable: for what its first bytes tell, or because a program still writes to it.
    """
    uploads.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=uploads, prefix=_KEEPING, delete=False) as copy:
        try:
            _fill(copy, path)
            with Path(copy.name).open("rb") as written:
                sha256 = hashlib.file_digest(written, "sha256").hexdigest()
        except BaseException:
            Path(copy.name).unlink()
            raise
    return Upload(path.name, sha256, Path(copy.name))


def settle(upload: Upload) -> None:
    """Keep the copy under its SHA-256; another load may have done so before, with the same bytes."""
    upload.copy.replace(upload.kept)


def forget(upload: Upload) -> None:
    """Remove the copy of a load of which nothing was staged; what is settled stays."""
    upload.copy.unlink(missing_ok=True)


def sweep(connection: Connection, uploads: Path) -> list[str]:
    """Remove what killed loads left a day ago, and files of 30 days that no edition names; gives what went."""
    named = editions.files_named(connection)
    now, gone = time.time(), unpacked.sweep(uploads)
    for path in uploads.iterdir() if uploads.is_dir() else ():
        age = now - path.stat().st_mtime
        killed = path.name.startswith(_KEEPING) and age > DAY
        unnamed = _KEPT.fullmatch(path.name) and path.name not in named and age > KEPT_UNNAMED
        if killed or unnamed:
            path.unlink(missing_ok=True)
            gone.append(path.name)
    return gone


def _fill(copy: IO[bytes], path: Path) -> None:
    parts = shapefile_parts(path)
    if parts:
        _pack(parts, copy)
    else:
        check_closed(path)
        with path.open("rb") as source:
            while block := source.read(BLOCK):
                copy.write(block)
    copy.flush()
    os.fsync(copy.fileno())


def _pack(parts: dict[str, Path], copy: IO[bytes]) -> None:
    """Stored, not deflated: what zlib makes of the same bytes differs between its versions."""
    with zipfile.ZipFile(copy, "w") as archive:
        for suffix, part in parts.items():
            member = zipfile.ZipInfo(f"data{suffix}", _NO_TIME)
            member.file_size = part.stat().st_size
            with part.open("rb") as source, archive.open(member, "w") as target:
                while block := source.read(BLOCK):
                    target.write(block)
