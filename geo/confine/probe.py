"""Trying the walls: a child attempts what a hostile file would make it do, and says what it came through with."""

from __future__ import annotations

import fcntl
import mmap
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from geo import confine
from geo.confine import Garbled, Json, Limits, Message, Say, View, landlock
from geo.confine.child import Answer
from geo.confine.limits import MB

TASK = "geo.confine.probe:begin"
# The name of what it is without, where every attempt may fail by something else: a network name space.
ALONE = "own-network"


def landlock_version() -> int:
    """What the kernel knows of Landlock; 0 where it has none."""
    return landlock.version()


def passed(scratch: Path | None = None) -> frozenset[str]:
    """What a child can do that it should not, of those below and of `own-network`; empty where all walls hold.

    Raises:
        BrokenOff: no child can be begun here.
    """
    # A file that it is not given, and that we can read; a look at the walls is no reading of a file from outside.
    limits = replace(Limits(), without_walls=True)
    with NamedTemporaryFile(prefix="geoportal-probe-", dir=scratch) as other, NamedTemporaryFile(dir=scratch) as given:
        other.write(b"0")
        other.flush()
        arguments = {"other": other.name, "parent": os.getpid()}
        with confine.started(TASK, {"data": Path(given.name)}, arguments, file="geo doctor", limits=limits) as child:
            for message in child.ask("try"):
                if not isinstance(message.head, list) or set(map(type, message.head)) - {str}:
                    raise child.garbled(Garbled("a probe names what it could do"))
                return frozenset(message.head) | (frozenset() if "network" in child.walls else {ALONE})
            raise child.garbled(Garbled("a probe says what it could do"))


def begin(_: View, arguments: Json) -> Mapping[str, Answer]:
    """What can be asked: `try`."""
    other, parent = Path(arguments["other"]), arguments["parent"]
    attempts: dict[str, Callable[[], object]] = {
        "network": lambda: socket.socket().close(),
        "files": other.read_bytes,
        "writing": lambda: other.open("ab").close(),
        "names": lambda: other.with_suffix(".beside").touch(exist_ok=False),
        "emptying": lambda: os.truncate(other, 0),
        "processes": lambda: os.kill(parent, 0),
        "signals": lambda: _be_signalled(parent),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent)),
        "memory": lambda: mmap.mmap(-1, 2 * Limits().memory_mb * MB).close(),
        "uncounted-memory": lambda: os.close(os.memfd_create("probe")),
    }

    def attempt(_: Json, say: Say) -> None:
        say(Message([name for name, one in attempts.items() if _comes_through(one)]))

    return {"try": attempt}


def _be_signalled(process: int) -> None:
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(reading, fcntl.F_SETOWN, process)
    finally:
        os.close(reading)
        os.close(writing)


def _comes_through(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True
