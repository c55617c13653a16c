"""Folders for what is unpacked, in the system's place for temporary files."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from tempfile import TemporaryDirectory

PREFIX = "geoportal-unpacked-"
# No load takes so long; what is older was left by a process that was killed.
DAY = 86_400  # seconds


def folder() -> TemporaryDirectory[str]:
    """A fresh folder that goes when it is closed."""
    return TemporaryDirectory(prefix=PREFIX)


def sweep() -> list[str]:
    """Remove our own folders that killed processes left a day ago or longer; the names that went."""
    gone, yesterday = [], time.time() - DAY
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        # Anybody may put anything there under our name.
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if ours and found.st_mtime < yesterday:
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone
