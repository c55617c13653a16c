"""The program of a confined child: imports its task, raises the walls, then answers what it is asked.

Run by `geo.confine.process` as `python -m geo.confine.child ORDER`, never by hand. Its standard input and output are
the pipe; of what libraries print, the beginning goes to the log if it dies.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import select
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from geo.confine import told, walls
from geo.confine.frames import Frame, Json, Kind, Message, Reader, TooMuch, write
from geo.confine.limits import Limits
from geo.confine.view import View
from geo.errors import GeoError

# A task is begun once with its view and arguments, and gives what answers each verb; an answer is what it says.
type Say = Callable[[Message], None]
type Answer = Callable[[Json, Say], None]
type Task = Callable[[View, Json], Mapping[str, Answer]]

_TRACEBACK = 4000
_COMMANDS_MB = 1024
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LeftOff(Exception):
    """Nobody listens to this answer any more: another request waits."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the parent wants of a child; plain values, because they travel on its command line."""

    parent: int
    task: str
    folder: str
    arguments: Json
    limits: Mapping[str, Any]
    reads_others: bool


def main(order: Order) -> int:
    """Serve until the parent closes the pipe."""
    walls.die_with(order.parent)
    alone = walls.leave_network()
    # Nobody reads it while we live: what its pipe does not hold is lost.
    os.set_blocking(sys.stderr.fileno(), False)
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    module, _, name = order.task.partition(":")
    task: Task = getattr(import_module(module), name)
    folder = Path(order.folder)
    view = View(folder / "given", folder / "work")
    os.environ["TMPDIR"] = str(view.work)
    # What was imported lives as long as the process: the collector need not look at it again and again.
    gc.freeze()
    holding = walls.close(view, Limits(**order.limits), reads_others=order.reads_others)
    holding += [walls.Wall.NETWORK] if alone else []
    write(out, 0, Kind.MESSAGE, Message({"walls": holding}))
    serve(out, lambda: task(view, order.arguments))
    return 0


def serve(out: int, begin: Callable[[], Mapping[str, Answer]]) -> None:
    """Answer requests one after another; the task begins with the first, so that its errors are an answer."""
    answers: Mapping[str, Answer] | None = None
    requests = Reader(sys.stdin.fileno(), _COMMANDS_MB)
    while frame := requests.read():
        kind, said = Kind.END, Message(None)
        try:
            answers = answers or begin()
            _answer(out, frame, answers)
        except LeftOff:
            continue
        except GeoError as exc:
            kind, said = Kind.ERROR, Message(told.error_as_json(exc))
        except MemoryError:
            kind = Kind.MEMORY
        except TooMuch as exc:
            kind, said = Kind.TOO_MUCH, Message(exc.most_mb)
        except OSError as exc:
            kind = Kind.NO_ROOM if exc.errno in _FULL else Kind.FAILED
            said = Message(exc.strerror if exc.errno in _FULL else traceback.format_exc()[-_TRACEBACK:])
        except Exception:  # noqa: BLE001 - the parent logs it and refuses the file
            kind, said = Kind.FAILED, Message(traceback.format_exc()[-_TRACEBACK:])
        write(out, frame.request, kind, said)


def _answer(out: int, frame: Frame, answers: Mapping[str, Answer]) -> None:
    verb, arguments = frame.message.head

    def say(message: Message) -> None:
        write(out, frame.request, Kind.MESSAGE, message)
        if select.select([sys.stdin], [], [], 0)[0]:
            raise LeftOff

    answers[verb](arguments, say)


def _order(text: str) -> Order:
    given: dict[str, Any] = json.loads(text)
    return Order(**given)


if __name__ == "__main__":
    sys.exit(main(_order(sys.argv[1])))
