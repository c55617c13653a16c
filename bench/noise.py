"""Foreign load: the processor's time that went to processes which are neither server, database nor load generator.

The load average says nothing here: a bench drives it up itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Moment:
    """Seconds of processor time so far: of all processes, and of the bench's own by process."""

    clock: float
    busy: float
    own: dict[int, float]
    # Of own children that have ended and were waited for, such as wrk.
    ended: float


def look(database: Path | None = None) -> Moment:
    """The moment now; `database` is the data directory whose server counts as own."""
    fields = [int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    # User, nice and system; interrupts serve loopback too and belong to nobody.
    busy = sum(fields[:3]) / _TICKS
    times = os.times()
    own = {pid: seconds for pid in _own(database) if (seconds := _spent(pid)) is not None}
    return Moment(time.monotonic(), busy, own, times.children_user + times.children_system)


def foreign(before: Moment, after: Moment) -> float:
    """The share of the whole machine that others used between two moments, from 0 to 1."""
    own = sum(spent - before.own.get(pid, 0.0) for pid, spent in after.own.items()) + after.ended - before.ended
    capacity = (after.clock - before.clock) * (os.cpu_count() or 1)
    return min(1.0, max(0.0, (after.busy - before.busy - own) / capacity))


def settle(database: Path | None, most_s: float = 15.0) -> None:
    """Wait, for a bounded time, until the servers have done what the last load left them."""
    end = time.monotonic() + most_s
    before = look(database)
    while time.monotonic() < end:
        time.sleep(0.3)
        after = look(database)
        used = sum(spent - before.own.get(pid, 0.0) for pid, spent in after.own.items())
        if used < 0.1 * (after.clock - before.clock):
            return
        before = after


def family(root: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        parent = _parent(pid)
        if parent is not None:
            children.setdefault(parent, []).append(pid)
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def resident_mb(pids: Iterable[int]) -> float:
    """Resident memory of processes, pages that they share counted in each."""
    total = 0
    for pid in pids:
        try:
            total += int((_PROC / str(pid) / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def proportional_mb(pids: Iterable[int]) -> float:
    """Resident memory of processes, each page that they share counted once: a library, a picture that is read."""
    total = 0
    for pid in pids:
        try:
            lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / (1 << 10)


def _own(database: Path | None) -> set[int]:
    found = set(family(os.getpid()))
    if database is not None:
        found |= {pid for pid in _pids() if _works_in(pid, database)}
    return found


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]


def _stat(pid: int) -> list[str] | None:
    try:
        # The name in brackets may hold blanks: what counts stands behind it.
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _parent(pid: int) -> int | None:
    stat = _stat(pid)
    return None if stat is None else int(stat[1])


def _spent(pid: int) -> float | None:
    stat = _stat(pid)
    return None if stat is None else (int(stat[11]) + int(stat[12])) / _TICKS


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return (_PROC / str(pid) / "cwd").readlink() == folder
    except OSError:
        return False
