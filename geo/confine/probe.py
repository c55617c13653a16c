"""Trying the walls: a child attempts what a hostile file would make it do, and says what it came through with."""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from geo import confine
from geo.confine import Garbled, Json, Limits, Message, Say, View
from geo.confine.child import Answer
from geo.confine.limits import MB

TASK = "geo.confine.probe:begin"


def passed(scratch: Path | None = None) -> frozenset[str]:
    """What a child can do that it should not, of `network`, `files`, `processes`, `memory`; empty where all walls hold.

    Raises:
        BrokenOff: no child can be begun here.
    """
    # A file that it is not given, and that we can read.
    with NamedTemporaryFile(prefix="geoportal-probe-", dir=scratch) as other, NamedTemporaryFile(dir=scratch) as given:
        arguments = {"other": other.name, "parent": os.getpid()}
        with confine.started(TASK, {"data": Path(given.name)}, arguments, file="geo doctor", limits=Limits()) as child:
            for message in child.ask("try"):
                if not isinstance(message.head, list) or set(map(type, message.head)) - {str}:
                    raise child.garbled(Garbled("a probe names what it could do"))
                return frozenset(message.head)
            raise child.garbled(Garbled("a probe says what it could do"))


def begin(_: View, arguments: Json) -> Mapping[str, Answer]:
    """What can be asked: `try`."""

    def attempt(_: Json, say: Say) -> None:
        attempts: dict[str, Callable[[], object]] = {
            "network": lambda: socket.socket().close(),
            "files": lambda: Path(arguments["other"]).read_bytes(),
            "processes": lambda: os.kill(arguments["parent"], 0),
            "memory": lambda: mmap.mmap(-1, 2 * Limits().memory_mb * MB).close(),
        }
        say(Message([name for name, one in attempts.items() if _comes_through(one)]))

    return {"try": attempt}


def _comes_through(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True
