"""The parent's side of a confined child: begun, asked, listened to, ended."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from geo.confine import told, view, watch
from geo.confine.child import Order
from geo.confine.endings import BrokenOff, Endings, Killed
from geo.confine.frames import CutShort, Frame, Garbled, Json, Kind, Message, Reader, TooMuch, write
from geo.confine.limits import MB, Limits
from geo.confine.view import View
from geo.confine.walls import REQUIRED, Wall
from geo.texts import Text

log = logging.getLogger(__name__)

# Swept after a day where a killed process left one (geo.layers.uploads, geo.ortho.files).
PREFIX = "geoportal-unpacked-"
LOOK_EVERY_S = 0.5
_DYING_S = 10.0
_LOGGED = 4000
# As much as an account without privileges may ask for: the child goes on while we work on what it said.
_PIPE_BYTES = 1 << 20
# Nothing of ours: the environment of the server holds the passwords of its database.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # Each arena reserves 64 MB of address space, of which there is a limit.
    "MALLOC_ARENA_MAX": "2",
    "PROJ_NETWORK": "OFF",
}


class Child:
    """A child that runs. Ask it one thing at a time; what is not listened to any more, it leaves off."""

    def __init__(
        self, process: subprocess.Popen[bytes], seen: View, file: str, limits: Limits, waiting: Callable[[], None]
    ) -> None:
        self.process = process
        # Nothing in its folder is to be believed more than what it says.
        self.view = seen
        self.limits = limits
        self._endings = Endings(file, limits)
        self._waiting = waiting
        self._request = 0
        self._began_at = self._heard_at = self._looked_at = time.monotonic()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - `started` gave it pipes
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._to, False)
        self._reader = Reader(self._from, limits.output_mb, self._wait)
        self.walls = self._walls(self._next())

    @property
    def reached(self) -> Text | None:
        """How far the reading has come, for the sentence in case it ends there; who listens may say."""
        return self._endings.reached

    @reached.setter
    def reached(self, place: Text) -> None:
        self._endings.reached = place

    def _walls(self, first: Frame) -> frozenset[str]:
        head = first.message.head
        if first.kind is not Kind.MESSAGE or not isinstance(head, dict) or not isinstance(head.get("walls"), list):
            raise self.garbled(Garbled("a child begins with its walls"))
        holding = frozenset(Wall) & frozenset(map(str, head["walls"]))
        if missing := sorted(frozenset(Wall) - holding):
            log.warning("walls are missing", extra={"file": self._endings.file, "walls": missing})
        if (needed := sorted(REQUIRED - holding)) and not self.limits.without_walls:
            self.end()
            raise self._endings.unwalled(needed)
        return holding

    def ask(self, verb: str, arguments: Json = None) -> Iterator[Message]:
        """The messages of an answer as they come. The heads are a stranger's: check them.

        The request goes out at once, the answer is read when it is iterated: ask several children, then listen to
        them in turn.

        Raises:
            GeoError: the task's own, as it raised it.
            BrokenOff: the child died, was silent too long, or said too much.
            Killed: somebody else ended it; worth another try.
        """
        self._request += 1
        self._heard_at = time.monotonic()
        try:
            write(self._to, self._request, Kind.ASK, Message([verb, arguments]), self._wait_to_write)
        except BrokenPipeError as exc:
            raise self._died() from exc
        return self._answer(self._request)

    def _answer(self, request: int) -> Iterator[Message]:
        while True:
            frame = self._next()
            # What is left of an answer that nobody wanted to the end.
            if 0 < frame.request < request:
                continue
            if frame.request != request or frame.kind is Kind.ASK:
                raise self.garbled(Garbled("it answers what was not asked"))
            if frame.kind is Kind.END:
                return
            if frame.kind is Kind.ERROR:
                raise self._trusted(frame)
            if frame.kind is not Kind.MESSAGE:
                raise self._gave_up(frame)
            yield frame.message

    def _trusted(self, frame: Frame) -> Exception:
        try:
            return told.error_from_json(frame.message.head)
        except Garbled as exc:
            return self.garbled(exc)

    def _next(self) -> Frame:
        self._heard_at = time.monotonic()
        try:
            frame = self._reader.read()
        except CutShort as exc:
            raise self._died() from exc
        except Garbled as exc:
            raise self.garbled(exc) from exc
        except TooMuch as exc:
            self.end()
            raise self._endings.too_much() if exc.most_mb is None else self._endings.one_too_large(exc.most_mb) from exc
        if frame is None:
            raise self._died()
        return frame

    def _wait(self) -> None:
        """Until there is something to read."""
        self._look()
        while not select.select([self._from], [], [], LOOK_EVERY_S)[0]:
            self._look()

    def _wait_to_write(self) -> None:
        """Until it takes more of a request, which a child that was taken over might not."""
        self._look()
        select.select([], [self._to], [], LOOK_EVERY_S)

    def _look(self) -> None:
        """Twice a second, however much comes: whether its time is over or its folder full; `waiting` may raise too."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        self._waiting()
        if now - self._heard_at > self.limits.silence_s:
            self.end()
            raise self._endings.silent()
        if now - self._began_at > self.limits.total_s:
            self.end()
            raise self._endings.too_long()
        written = watch.written_bytes(self.view.work, self.process.pid)
        if written is None or written > self.limits.written_mb * MB:
            self.end()
            raise self._endings.too_much_written()

    def _gave_up(self, frame: Frame) -> BrokenOff:
        self.end()
        if frame.kind is Kind.MEMORY:
            return self._endings.out_of_memory()
        if frame.kind is Kind.TOO_MUCH:
            return self._endings.one_too_large(frame.message.head)
        if frame.kind is Kind.NO_ROOM:
            return self._endings.no_room(frame.message.head)
        log.error("reader failed: %s", str(frame.message.head)[:_LOGGED], extra={"file": self._endings.file})
        return self._endings.failed()

    def garbled(self, exc: Garbled) -> BrokenOff:
        """The refusal for what was wrong in a message, which its receiver finds; the child is ended."""
        self.end()
        log.error("reader said what was not agreed", extra={"file": self._endings.file, "said": str(exc)})
        return self._endings.garbled()

    def _died(self) -> BrokenOff | Killed:
        found = watch.ended(self.process, _DYING_S)
        if found is None:
            return self.garbled(Garbled("it closed its pipe and lives"))
        code, cpu_s = found
        log.error("reader died", extra={"file": self._endings.file, "code": code, "said": self._printed()})
        return self._endings.died(code, cpu_s)

    def _printed(self) -> str:
        """What it wrote to its standard error, of which a pipe keeps the beginning."""
        if self.process.stderr is None:
            return ""
        os.set_blocking(self.process.stderr.fileno(), False)
        try:
            return os.read(self.process.stderr.fileno(), 1 << 16).decode(errors="replace")[-_LOGGED:]
        except BlockingIOError:
            return ""

    def end(self) -> None:
        """End it now; what it wrote stays until its block ends, and changes no more."""
        self.process.kill()
        self.process.wait()


@contextmanager
def started(
    task: str,
    files: Mapping[str, Path],
    arguments: Json = None,
    *,
    file: str,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    scratch: Path | None = None,
    waiting: Callable[[], None] = lambda: None,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Child]:
    """A child for a task, behind its walls; it and its folder are gone when the block ends.

    Args:
        task: `module:function`, as `geo.confine.child.Task` says.
        files: what it sees, by the name that it sees it under.
        arguments: plain values for the task.
        file: what messages call what is read.
        limits: what it may take.
        scratch: where its folder is made; None means the system's place for temporary files.
        waiting: called twice a second while nothing comes; what it raises ends the child.
        environment: what its libraries read when they are imported.

    Raises:
        BrokenOff: it died before it could say a word.
        FileNotFoundError: one of the files is not there.
    """
    with TemporaryDirectory(prefix=PREFIX, dir=scratch, ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        seen = view.make(folder, files)
        order = Order(os.getpid(), task, str(folder), arguments, asdict(limits), view.others_own(files))
        process = _begin(order, environment)
        try:
            _widen(process)
            yield Child(process, seen, file, limits, waiting)
        finally:
            process.kill()
            process.communicate()


def _begin(order: Order, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    # -P and -s: modules come from where ours come from, and from nowhere else.
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-s", "-m", "geo.confine.child", json.dumps(asdict(order))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={**environment, **_ENVIRONMENT, "PYTHONPATH": path},
        # A signal to our group is for us, who then end it: by itself it would look like a failure. And no terminal of
        # ours is its.
        start_new_session=True,
    )


def _widen(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        # An account that has many pipes already may not: it is only slower.
        with suppress(OSError):
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
