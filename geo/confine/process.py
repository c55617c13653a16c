"""The parent's side of a confined child: begun, asked, listened to, ended."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from geo.confine import told, view
from geo.confine.child import Order
from geo.confine.frames import CutShort, Frame, Garbled, Json, Kind, Message, Reader, TooMuch, write
from geo.confine.limits import HEAD_BYTES, MB, MESSAGE_BYTES, Limits
from geo.confine.view import View
from geo.errors import Unavailable, Unreadable
from geo.texts import Text

log = logging.getLogger(__name__)

# Swept after a day where a killed process left one (geo.layers.uploads, geo.ortho.files).
PREFIX = "geoportal-unpacked-"
LOOK_EVERY_S = 0.5
_DYING_S = 10.0
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


class BrokenOff(Unreadable):
    """{file}: {problem} {remedy}"""

    code = "reader-broke-off"


class Killed(Unavailable):
    """{file}: {problem} {remedy}"""

    code = "reader-killed"


class Child:
    """A child that runs. Ask it one thing at a time; what is not listened to any more, it leaves off."""

    def __init__(
        self, process: subprocess.Popen[bytes], seen: View, file: str, limits: Limits, waiting: Callable[[], None]
    ) -> None:
        self.process = process
        # Nothing in its folder is to be believed more than what it says.
        self.view = seen
        self.file = file
        self.limits = limits
        # How far the reading has come, for the sentence in case it ends there; who listens may say.
        self.reached: Text | None = None
        self._waiting = waiting
        self._request = 0
        self._heard_at = time.monotonic()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - `started` gave it pipes
        self._to, self._from = process.stdin.fileno(), process.stdout.fileno()
        self._reader = Reader(self._from, limits.output_mb, self._wait)
        first = self._next()
        self.walls: frozenset[str] = frozenset(map(str, first.message.head["walls"]))

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
        try:
            write(self._to, self._request, Kind.ASK, Message([verb, arguments]))
        except BrokenPipeError as exc:
            raise self._died() from exc
        return self._answer(self._request)

    def _answer(self, request: int) -> Iterator[Message]:
        while True:
            frame = self._next()
            # What is left of an answer that nobody wanted to the end.
            if frame.request != request:
                continue
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
            self._end()
            raise self._too_much(exc.most_mb) from exc
        if frame is None:
            raise self._died()
        return frame

    def _wait(self) -> None:
        """Until there is something to read; the caller's `waiting` is called twice a second and may raise."""
        while not select.select([self._from], [], [], LOOK_EVERY_S)[0]:
            self._waiting()
            if time.monotonic() - self._heard_at > self.limits.silence_s:
                self._end()
                problem = Text("Its reader said nothing for {n} s and was ended.", n=self.limits.silence_s)
                raise self._refusal(problem, _raise("GEO_READER_SILENCE_S"))

    def _gave_up(self, frame: Frame) -> BrokenOff:
        self._end()
        if frame.kind is Kind.MEMORY:
            return self._out_of_memory()
        if frame.kind is Kind.TOO_MUCH:
            return self._too_much(frame.message.head if frame.message.head == HEAD_BYTES // MB else MESSAGE_BYTES // MB)
        if frame.kind is Kind.NO_ROOM:
            problem = Text("What it unpacks to could not be written ({detail}).", detail=str(frame.message.head)[:100])
            remedy = Text("Make room on the disk of the data directory, or raise GEO_READER_WRITTEN_MB.")
            return self._refusal(problem, remedy)
        log.error("reader failed: %s", str(frame.message.head)[:4000], extra={"file": self.file})
        return self._refusal(Text("Its reader failed; the log holds why."), _suspect())

    def garbled(self, exc: Garbled) -> BrokenOff:
        """The refusal for what was wrong in a message, which its receiver finds; the child is ended."""
        self._end()
        log.error("reader said what was not agreed", extra={"file": self.file, "said": str(exc)})
        return self._refusal(Text("Its reader said what no reader of ours says, and was ended."), _suspect())

    def _too_much(self, most_mb: int | None) -> BrokenOff:
        if most_mb is not None:
            problem = Text("One of its features is larger than {n} MB.", n=most_mb)
            return self._refusal(problem, Text("Cut it into parts, or leave out what makes it so large."))
        problem = Text("It holds more than {n} MB.", n=self.limits.output_mb)
        return self._refusal(problem, _raise("GEO_READER_OUTPUT_MB"))

    def _out_of_memory(self) -> BrokenOff:
        problem = Text("Reading it needs more than {n} MB of memory.", n=self.limits.memory_mb)
        return self._refusal(problem, _raise("GEO_READER_MEMORY_MB"))

    def _died(self) -> BrokenOff | Killed:
        try:
            code = self.process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            return self.garbled(Garbled("it closed its pipe and lives"))
        log.error("reader died", extra={"file": self.file, "code": code})
        if code == -signal.SIGXCPU:
            problem = Text("Reading it took more than {n} s of processor time.", n=self.limits.cpu_s)
            return self._refusal(problem, _raise("GEO_READER_CPU_S"))
        if code == -signal.SIGKILL:
            # Its limits end a reader by other signals: this says nothing of the file, and another try may do better.
            problem = self._where(Text("The system killed its reader, as it does when memory is short."))
            remedy = Text("Look at the machine's memory, then load it again.")
            return Killed(file=self.file, problem=problem, remedy=remedy)
        return self._refusal(Text("Its reader died (signal {n}).", n=-code), _suspect())

    def _refusal(self, problem: Text, remedy: Text) -> BrokenOff:
        return BrokenOff(file=self.file, problem=self._where(problem), remedy=remedy)

    def _where(self, problem: Text) -> Text:
        if self.reached is None:
            return problem
        return Text("{problem} It had come to {place}.", problem=problem, place=self.reached)

    def _end(self) -> None:
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
            yield Child(process, seen, file, limits, waiting)
        finally:
            process.kill()
            process.communicate()


def _begin(order: Order, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path)
    # -P and -s: modules come from where ours come from, and from nowhere else.
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-s", "-m", "geo.confine.child", json.dumps(asdict(order))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**environment, **_ENVIRONMENT, "PYTHONPATH": path},
        # A signal to our group is for us, who then end it: by itself it would look like a failure.
        process_group=0,
    )
    if process.stdout is not None:
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return process


def _raise(variable: str) -> Text:
    return Text(
        "Load it in parts; if it comes from an office that you trust, raise {variable} and load it again.",
        variable=variable,
    )


def _suspect() -> Text:
    return Text("It may be damaged or hostile: ask its sender for a clean export.")
