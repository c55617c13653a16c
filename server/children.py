"""Child processes that live as long as their parent wants, and never longer than it lives."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from server import postgres

# Requests under way and a job's current step end in this time; then the group is killed.
PATIENCE_S = 30
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
    _process: subprocess.Popen[bytes] | None = None
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
            # Ctrl-C in the terminal reaches the parent alone, which then ends its children in order.
            start_new_session=True,
        )

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

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        try:
            # The session's leader gave the group its number; its members keep it after the leader has gone.
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return


def stop_all(children: Sequence[Child]) -> None:
    """End them together."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE_S
    for child in children:
        child.wait(deadline)
