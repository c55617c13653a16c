"""The walls around a child, each raised by the child itself before it looks at a file; which of them hold, it says.

Resource limits always hold. The others depend on the kernel and on what a container or an account may do, so each is
tried. Against the network there are two; other files and other processes have one each, so that no file is read without
those (`REQUIRED`) unless the installation says otherwise.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from geo.confine import landlock, seccomp
from geo.confine.limits import MB, Limits
from geo.confine.view import View

_PR_SET_PDEATHSIG = 1
_CAPABILITIES_V3 = 0x20080522
_CAP_DAC_READ_SEARCH = 2
MOST_FILES = 256
# Where libraries, their data and time zones lie, which are loaded when they are first needed.
_SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/etc/ld.so.cache",
    "/etc/localtime", "/dev/urandom", "/dev/zero",
)  # fmt: skip


class Wall(StrEnum):
    """What keeps a child in."""

    LIMITS = "limits"  # memory, processor time, what it writes
    SYSTEM_CALLS = "system-calls"  # seccomp: no socket, no program, no other process
    FILES = "files"  # Landlock: its view and the libraries
    NETWORK = "network"  # a name space without any network
    POWERS = "powers"  # none of root's


class ManyThreads(Exception):
    """Walls cannot be raised any more."""


REQUIRED = frozenset({Wall.FILES, Wall.SYSTEM_CALLS})


def die_with(parent: int) -> None:
    """End this process when its parent does, however that one ends; at once if it has.

    The kernel means the thread that began this process.
    """
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def leave_network() -> bool:
    """Move to a network of one's own without any interface; while there is one thread only, so before the imports."""
    for spaces in (os.CLONE_NEWNET | os.CLONE_NEWIPC, os.CLONE_NEWUSER | os.CLONE_NEWNET | os.CLONE_NEWIPC):
        try:
            os.unshare(spaces)
        except OSError:
            continue
        return True
    return False


def close(view: View, limits: Limits, *, reads_others: bool) -> list[Wall]:
    """Raise all walls that stand after the imports; gives those that hold.

    `reads_others`: root keeps the one power of reading, for a file of somebody else's.

    Raises:
        ManyThreads: a library began one when it was imported; some walls hold the calling thread only.
    """
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - names only
        raise ManyThreads
    raising: list[tuple[Wall, Callable[[], object]]] = [
        (Wall.LIMITS, lambda: _limit(limits)),
        (Wall.POWERS, lambda: _drop_powers(reads_others=reads_others)),
        (Wall.FILES, lambda: landlock.restrict(_readable(view), [view.work, Path("/dev/null")])),
        (Wall.SYSTEM_CALLS, seccomp.load),
    ]
    holding = []
    for wall, raised in raising:
        try:
            raised()
        # A kernel without one of them is known to `geo doctor`; the others hold all the same.
        except OSError:
            continue
        holding.append(wall)
    return holding


def _limit(limits: Limits) -> None:
    # At the lower one the kernel says why (SIGXCPU), at the higher it kills.
    _lower(resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 5)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_mb * MB),
        (resource.RLIMIT_FSIZE, limits.written_mb * MB),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(what, most, most)


def _lower(what: int, soft: int, hard: int) -> None:
    _, before = resource.getrlimit(what)
    if before != resource.RLIM_INFINITY:
        soft, hard = min(soft, before), min(hard, before)
    resource.setrlimit(what, (soft, hard))


def _drop_powers(*, reads_others: bool) -> None:
    kept = 1 << _CAP_DAC_READ_SEARCH if reads_others else 0
    # Effective, permitted and inheritable, each in two halves of 32 bits.
    data = struct.pack("=6I", kept, kept, 0, 0, 0, 0)
    libc = _libc()
    if libc.capset(struct.pack("=Ii", _CAPABILITIES_V3, 0), data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _readable(view: View) -> list[Path]:
    ours = Path(__file__).parents[1]
    installed = {sysconfig.get_paths()[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib")}
    libraries = {Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix)}
    # Where a given file could only be pointed to, what it points to.
    given = {path.resolve() for path in view.given.iterdir()}
    return [view.given, *given, ours, *map(Path, installed), *libraries, *map(Path, _SYSTEM)]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
