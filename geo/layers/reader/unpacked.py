"""Folders for what is unpacked: beside the uploads, because the system's place for temporary files may be memory."""

from __future__ import annotations

import shutil
import stat
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from geo.errors import Unreadable
from geo.texts import Text

PREFIX = "geoportal-unpacked-"
# No load takes so long; what is older was left by a process that was killed.
DAY = 86_400  # seconds


def folder(scratch: Path | None) -> TemporaryDirectory[str]:
    """A fresh folder that goes when it is closed; None means the system's place for temporary files."""
    return TemporaryDirectory(prefix=PREFIX, dir=scratch)


def check_room(needed_bytes: int, where: Path, file: str) -> None:
    """See that so much fits on the disk of a folder.

    Raises:
        Unreadable: it does not; says how much is needed and how much is free.
    """
    free = shutil.disk_usage(where).free
    if needed_bytes > free:
        raise Unreadable(
            file=file,
            problem=Text(
                "Unpacking needs {needed} MB, and {free} MB are free.", needed=needed_bytes // 2**20, free=free // 2**20
            ),
            remedy=Text("Make room on the disk of the data directory."),
        )


def sweep(scratch: Path) -> list[str]:
    """Remove what killed processes left a day ago or longer; the names that went."""
    gone, yesterday = [], time.time() - DAY
    for path in scratch.glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(found.st_mode) and found.st_mtime < yesterday:
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone
