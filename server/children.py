"""Child processes that live as long as their parent wants, and never longer than it lives.

What they write comes out at the parent, each line with the name of the child that speaks.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO

from geo.texts import Text
from server import postgres

# Requests under way and a job's current step end in this time; then the group is killed.
PATIENCE_S = 30
# Whoever waits longer than this wants to know for what.
_SILENT_S = 2.0
# A child that ends more often than this within the window will not come right by itself.
RESTARTS = 5
WINDOW_S = 60.0


@dataclass(slots=True)
class Child:
    """A command that is kept running, in a process group of its own."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    folder: Path
    _process: subprocess.Popen[str] | None = None
    _listener: Thread | None = None
    _starts: list[float] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def may_start(self) -> bool:
        """Whether it has not been started too often lately."""
        since = time.monotonic() - WINDOW_S
        return len([start for start in self._starts if start > since]) <= RESTARTS

    def start(self) -> None:
        """Start it. What an earlier run left behind in its group is killed first."""
        self.kill()
        self._starts.append(time.monotonic())
        self._process = subprocess.Popen(  # noqa: S603 -- the caller's command line, no shell
            # The kernel tells the child when this process dies in a way that leaves no time for telling.
            [postgres.SETPRIV, "--pdeathsig", "TERM", "--", *self.command],
            env=dict(self.environ),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C in the terminal reaches the parent alone, which then ends its children in order.
            start_new_session=True,
        )
        if self._process.stdout is not None:
            self._listener = Thread(target=_repeat, args=(self.name, self._process.stdout), daemon=True)
            self._listener.start()

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def wait(self, deadline: float) -> None:
        """Wait for its end until a moment of time.monotonic, then kill what is left of its group."""
        if self._process is not None:
            # One that takes longer is killed below, as is whatever its first process left behind.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End its whole group at once."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        if self._listener is not None:
            # Its last words come before ours about its end. Somebody outside its group may keep the pipe.
            self._listener.join(1.0)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        try:
            # The session's leader gave the group its number; its members keep it after the leader has gone.
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return


def stop_all(children: Sequence[Child], announce: Callable[[Text], None] = lambda _: None) -> None:
    """End them together; says for which it waits when that takes longer than a moment."""
    for child in children:
        child.terminate()
    begun = time.monotonic()
    while (running := [child.name for child in children if child.running]) and time.monotonic() < begun + _SILENT_S:
        time.sleep(0.05)
    if running:
        waiting = Text(
            "Waiting for {names}: what is under way may take up to {seconds} s more…",
            names=", ".join(f"'{name}'" for name in running),
            seconds=round(PATIENCE_S - _SILENT_S),
        )
        announce(waiting)
    for child in children:
        child.wait(begun + PATIENCE_S)


def _repeat(name: str, lines: IO[str]) -> None:
    with lines:
        for line in lines:
            # Without a terminal to write to there is nobody to tell; the child must go on all the same.
            with suppress(OSError, ValueError):
                sys.stdout.write(f"{name:<6} | {line.rstrip()}\n")
                sys.stdout.flush()
