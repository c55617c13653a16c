"""One schedule from beginning to end: an operation is stopped at a step, looked at, and brought to its end."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from tests.prove.actor import How, Stop, act
from tests.prove.operations import OPERATIONS, Operation
from tests.prove.reader import Seen, read
from tests.prove.steps import BIRTH, WORD
from tests.prove.town import Place, Town, write_picture, write_register

_PATIENCE_S = 120.0
# Children are forked from a small process that has imported everything and holds no connection.
_forking = get_context("forkserver")
_forking.set_forkserver_preload(["tests.prove.actor", "tests.prove.reader"])


@dataclass(frozen=True)
class Schedule:
    """An operation, the name of a step, which occurrence of it, and what ends there."""

    operation: str
    step: str
    occurrence: int
    how: How

    def __str__(self) -> str:
        return f"{self.operation}: {self.how} ends at '{self.step}' ({self.occurrence + 1})"


@dataclass
class Acted:
    """What an actor did: the steps it took and how it ended."""

    steps: list[str] = field(default_factory=list)
    # Whether it came to the step at which something was to end: a step is not always taken as often as before.
    stopped: bool = False
    ended: str = "killed"
    said: str = ""


class Proof:
    """A town, those who change it, and the reader beside them."""

    def __init__(self, place: Place, folder: Path, restart: Callable[[], None]) -> None:
        self.place, self.folder, self._restart = place, folder, restart
        self.town = Town(place)
        self.newest = 0
        self.steps: dict[str, list[str]] = {}

    def begin(self) -> None:
        """Two generations, so that there is one to return to; and a picture."""
        for _ in range(2):
            self._finish("load")
            self._finish("publish")
        self._prepare(OPERATIONS["convert"])
        self._finish("convert")

    def rehearse(self, names: list[str]) -> None:
        """Do each operation once undisturbed: the steps that it takes are those at which it will be stopped."""
        for name in names:
            self._prepare(OPERATIONS[name])
            self.steps[name] = self._finish(name).steps

    def drawn(self, seed: int) -> Iterator[Schedule]:
        """Schedules without end; every step of every operation comes before any comes again."""
        chance = random.Random(seed)  # noqa: S311 - it must be repeatable
        every = [(name, step) for name, steps in self.steps.items() for step in dict.fromkeys(steps)]
        # Both are rare among the names of steps, and a child works for long between two words.
        every += [(name, step) for name, step in every if BIRTH in step or step == WORD for _ in range(3)]
        while True:
            for name, step in chance.sample(every, len(every)):
                occurrence = chance.randrange(self.steps[name].count(step))
                of_child = BIRTH in step or step == WORD
                how = chance.choice([How.PROCESS, How.CHILD if of_child else How.PROCESS, How.DATABASE])
                yield Schedule(name, step, occurrence, how)

    def run(self, schedule: Schedule) -> Acted:
        """Stop, look, finish, look again.

        Raises:
            AssertionError: something was lost, mixed or left.
        """
        operation = OPERATIONS[schedule.operation]
        self._prepare(operation)
        before = self.town.state()
        goal = operation.goal(before, self.newest)
        acted = self._act(schedule.operation, schedule)
        self._nobody_is_left()
        after = self.town.state()
        assert after in (before, goal), f"neither {before} nor {goal}, but {after}"
        self.town.is_whole()
        if operation.by_worker or after != goal or before == goal:
            self._finish(schedule.operation)
        assert self.town.state() == goal, f"after all not {goal}, but {self.town.state()}"
        self.town.is_whole()
        self.town.sweep_long_after()
        if operation.by_worker:
            self.town.nothing_waits()
        return acted

    @contextmanager
    def reading(self) -> Iterator[Seen]:
        """A reader at work beside the block; filled when it ends."""
        ours, theirs = _forking.Pipe()
        reader = _forking.Process(target=read, args=(self.place, theirs), daemon=True)
        reader.start()
        seen = Seen()
        assert ours.poll(_PATIENCE_S), "the reader does not begin"
        ours.recv()
        try:
            yield seen
        finally:
            ours.send("enough")
            found: Seen = ours.recv()
            seen.answers, seen.generations, seen.wrong = found.answers, found.generations, found.wrong
            reader.join(_PATIENCE_S)

    def _prepare(self, operation: Operation) -> None:
        """What an operation needs so that it has something to do."""
        state = self.town.state()
        if operation.name == "load":
            self.newest += 1
        if operation.name in ("publish", "discard") and not state.staged:
            self.newest += 1
            self._finish("load")
        if operation.name == "convert":
            # What publications promised, which the same worker would do.
            self._finish("warm")
            self.town.promise_conversion(write_picture(state.flown + 1, self.folder))
        if operation.name == "warm":
            self._prepare(OPERATIONS["publish"])
            self._finish("publish")

    def _finish(self, name: str) -> Acted:
        if name == "load" and not self.newest:
            self.newest = 1
        self.town.make_time_pass()
        acted = self._act(name, None)
        assert acted.ended == "done", f"{name} did not come to its end: {acted.said or acted.ended}"
        return acted

    def _act(self, name: str, schedule: Schedule | None) -> Acted:
        file = write_register(self.newest, self.folder)
        stop = None if schedule is None else Stop(schedule.step, schedule.occurrence, schedule.how)
        ours, theirs = _forking.Pipe()
        actor = _forking.Process(target=act, args=(name, self.place, file, stop, theirs))
        actor.start()
        theirs.close()
        try:
            return self._followed(ours)
        finally:
            actor.join(_PATIENCE_S)
            if actor.is_alive():
                actor.kill()
                raise AssertionError(f"{name} does not end")

    def _followed(self, actor: Connection) -> Acted:
        acted = Acted()
        while True:
            try:
                if not actor.poll(_PATIENCE_S):
                    raise AssertionError(f"no step for {_PATIENCE_S:.0f} s after {acted.steps[-1:]}")
                kind, said = actor.recv()
            except EOFError:
                return acted
            if kind == "step":
                acted.steps.append(said)
            elif kind == "stopped":
                acted.stopped = True
            elif kind == "restart":
                self._restart()
                actor.send("go on")
            else:
                acted.ended, acted.said = kind, said

    def _nobody_is_left(self) -> None:
        """What a killed process had started ends with it: no process works on a file of the town any more."""
        end = time.monotonic() + _PATIENCE_S
        while left := list(_working_on(self.place.data_dir)):
            assert time.monotonic() < end, f"processes that outlived their parent: {left}"
            time.sleep(0.02)


def _working_on(folder: Path) -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # PostgreSQL and its keeper lie in a folder of their own.
        if f"{folder}/" in command and "postgres" not in command and int(process.name) != os.getpid():
            yield command


def kill_at_once(pid: int) -> None:
    """End PostgreSQL at once, without a checkpoint: its next start recovers from the log."""
    os.kill(pid, signal.SIGQUIT)
