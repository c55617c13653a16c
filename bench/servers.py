"""Servers of a run: started when a case first needs them, asked, measured, and stopped at its end by their own id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import noise, places

START_S = 60
STOP_S = 10


@dataclass(frozen=True)
class Launch:
    """How a server is started: its command line, environment, and a path that it answers once it is ready."""

    command: Sequence[str]
    ready: str
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Server:
    """A server of this machine that answers."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers in small letters, and body as it was sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    @property
    def resident_mb(self) -> float:
        """Memory of all its processes, the database not counted."""
        return noise.resident_mb(noise.family(self.process.pid))

    @property
    def proportional_mb(self) -> float:
        """The same, what its processes share counted once."""
        return noise.proportional_mb(noise.family(self.process.pid))


class Servers:
    """What runs, by name. Ports count up from the first one."""

    def __init__(self, first_port: int) -> None:
        self._next_port = first_port
        self.running: dict[str, Server] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self.running):
            self.stop(name)

    def port(self) -> int:
        """The next port that nobody has."""
        while True:
            port, self._next_port = self._next_port, self._next_port + 1
            with socket.socket() as probe, suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return port

    def start(self, name: str, port: int, launch: Launch, stdin: socket.socket | None = None) -> Server:
        """Start a server in a session of its own and wait for its first answer.

        Raises:
            RuntimeError: it ends or does not answer; says where its messages are.
        """
        log = places.kept() / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                launch.command,
                cwd=places.ROOT,
                env={**os.environ, **launch.environ},
                stdin=stdin or subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.running[name] = server = Server(name, port, process)
        end = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < end:
            with suppress(OSError, http.client.HTTPException):
                if server.get(launch.ready)[0] < 500:
                    return server
            time.sleep(0.1)
        self.stop(name)
        raise RuntimeError(f"{name} does not answer; its messages: {log}\n{_last(log)}")

    def stop(self, name: str) -> None:
        """End a server and what it started."""
        process = self.running.pop(name).process
        group = process.pid
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        # A session of its own: its group holds it and its children alone.
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        process.wait()


def _last(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-1500:]
