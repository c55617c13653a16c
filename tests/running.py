"""A whole geoportal as its operator starts it: `geo run` in its own folder, on its own port, as its own process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from server import cli, cluster

ROOT = Path(__file__).parents[1]
PATIENCE_S = 300
PORTS = range(20_000, 32_000)
# Of our worker's queue: letters to the document workflow wait for a bridge.
_LIVING = (
    "SELECT task_name, status::text FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = 'geo'"
)


@dataclass(frozen=True)
class Installation:
    """One geoportal of the tests."""

    data_dir: Path
    port: int
    environ: dict[str, str]

    @property
    def url(self) -> str:
        """Without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    def geo(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `geo` on it."""
        command = [sys.executable, "-m", "server.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body; errors too."""
        request = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _lower(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, _lower(error.headers), error.read()

    @contextmanager
    def run(self, collections: int = 0) -> Iterator[Installation]:
        """Keep it running; waits until it serves at least so many collections."""
        with (self.data_dir / "run-output.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "run"], cwd=ROOT, env=self.environ, stdout=log, stderr=log
            )
            try:
                self._wait(process, collections)
                yield self
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)

    def settle(self) -> Installation:
        """Wait until no job waits or is being done: from then on nothing is published by itself."""
        end = time.monotonic() + PATIENCE_S
        with psycopg.connect(cluster.at(self.data_dir).owner_dsn, autocommit=True) as connection:
            while time.monotonic() < end:
                living = connection.execute(_LIVING).fetchall()
                if not living:
                    return self
                time.sleep(0.2)
        raise AssertionError(living)

    def _wait(self, process: subprocess.Popen[bytes], collections: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                    if json.load(answer)["collections"] >= collections:
                        return
            except (OSError, ValueError):
                pass
            time.sleep(0.2)
        raise AssertionError((self.data_dir / "run-output.log").read_text())


def installation(data_dir: Path, **environ: str) -> Installation:
    """A geoportal with its data in a folder; nothing is started yet."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
    ours = {"GEO_DATA_DIR": str(data_dir), "GEO_PORT": str(port), "GEO_WORKERS": "1"}
    return Installation(data_dir, port, {**inherited, **ours, **environ})


def geo_here(environ: Mapping[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command through the same door as the program `geo`, in this process: starting Python takes a second."""
    out, err = io.StringIO(), io.StringIO()
    written = [str(argument) for argument in arguments]
    status: object = 0
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("GEO_")]:
            patch.delenv(name)
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["geo", *written])
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(written, int(status or 0), out.getvalue(), err.getvalue())  # type: ignore[call-overload]


def free_port() -> int:
    """A port of this machine that nobody has, and that none gets by chance until it is used.

    From below the range out of which the system gives ports to clients: one of those could be taken meanwhile.
    """
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            # As the server will: connections that are dying do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"No port from {PORTS.start} to {PORTS.stop - 1} is free.")


def _lower(headers: object) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}  # type: ignore[attr-defined]
