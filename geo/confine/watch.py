"""What the parent sees of a child without believing it: the disk that it takes, how it ended, what that cost."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path

_BLOCK = 512
# What a file costs beside its content; and how many of them are counted before it is enough.
_ENTRY_BYTES = 4096
MOST_ENTRIES = 10_000
_LOOK_S = 0.01


def written_bytes(folder: Path, process: int) -> int | None:
    """The disk that a child takes: its folder, and files that it holds open without a name; None is beyond counting."""
    taken = entries = 0
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as listing:
                for entry in listing:
                    entries += 1
                    if entries > MOST_ENTRIES:
                        return None
                    taken += _ENTRY_BYTES + _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except FileNotFoundError:
            continue
        # A folder that is closed to us, or deeper than a path can be: no reader of ours makes one.
        except OSError:
            return None
    return taken + _nameless_bytes(process)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_blocks * _BLOCK
    except FileNotFoundError:
        return 0


def _nameless_bytes(process: int) -> int:
    taken = 0
    try:
        for each in Path(f"/proc/{process}/fd").iterdir():
            try:
                state = each.stat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(state.st_mode) and not state.st_nlink:
                taken += state.st_blocks * _BLOCK
    # It is gone, or it is not ours to look into, as when root's powers are dropped.
    except OSError:
        return taken
    return taken


def ended(process: subprocess.Popen[bytes], within_s: float) -> tuple[int, float] | None:
    """The exit code and the processor time in seconds of a child that is ending; None where it lives on."""
    until = time.monotonic() + within_s
    while process.returncode is None:
        try:
            reaped, status, used = os.wait4(process.pid, os.WNOHANG)
        except ChildProcessError:
            break
        if reaped:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, used.ru_utime + used.ru_stime
        if time.monotonic() > until:
            return None
        time.sleep(_LOOK_S)
    return process.wait(), 0.0
