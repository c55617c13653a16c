"""The kernel's list of the paths that a process may touch (Landlock, since Linux 5.13), set without any privilege.

From version 4 on it also closes TCP, from 6 on abstract sockets and signals to processes outside.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

# linux/landlock.h; the numbers of the calls are the same on all machines.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_SAY_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
# Devices, sockets, pipes and links: a folder for work needs files and folders only.
_SPECIAL = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12
# How many rights over files each version knows: one more means one more bit.
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_ALL_RIGHTS = 16
_TCP = 0b11
_SCOPED = 0b11
_NO_NEW_PRIVILEGES = 38


def version() -> int:
    """What the kernel knows of it; 0 where it has none."""
    return max(0, int(_libc().syscall(_CREATE, None, 0, _SAY_VERSION)))


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """Permit reading below some paths and everything below others, nothing elsewhere, for ever; gives the version.

    Paths that are not there are left out.

    Raises:
        OSError: the kernel has no Landlock, or it is switched off.
    """
    known = version()
    rights = (1 << _RIGHTS_BY_VERSION.get(known, _ALL_RIGHTS)) - 1
    attributes = struct.pack("=QQQ", rights, _TCP, _SCOPED)[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = _call(_CREATE, attributes, len(attributes), 0)
    try:
        for path in readable:
            _permit(ruleset, path, rights & (_READ_FILE | _READ_DIR))
        for path in writable:
            _permit(ruleset, path, rights & ~_IOCTL & ~_SPECIAL)
        _prctl()
        _call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def _permit(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= _WRITE_FILE | _READ_FILE | _TRUNCATE
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)


def _prctl() -> None:
    if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _call(number: int, *arguments: object) -> int:
    result = int(_libc().syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
