"""`geo run` with a stub of a web application and a stub of a worker, on a data directory of its own."""

import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from server import cluster
from tests.running import ROOT

PATIENCE_S = 60
APPLICATION = """
import os

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["GEO_DATA_DIR"].encode()]
"""
WORKER = "import os, signal; print('worker', os.getpid(), flush=True); signal.pause()"
DRIVER = """
import os
import sys
from pathlib import Path
from geo import settings
from geo.errors import GeoError
from server import run

loaded = settings.load(os.environ, Path(sys.argv[1]))
options = ["--host", loaded.host, "--port", str(loaded.port), "--log-level", "warning"]
try:
    status = run.run(
        loaded.model_copy(update={"root": Path(sys.argv[2])}),
        lambda text: print(text.say("en"), flush=True),
        prepare=[lambda settings, where, announce: print("prepared", where.owner, flush=True)],
        web=[sys.executable, "-m", "granian", "--interface", "wsgi", *options, "stub:app"],
        worker=[sys.executable, "-c", sys.argv[3]],
    )
except GeoError as error:
    print(error, flush=True)
    status = 2
sys.exit(status)
"""


@dataclass
class Installation:
    """One data directory and port, and the process that runs them."""

    folder: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def data_dir(self) -> Path:
        return self.folder / "var"

    @property
    def cluster(self) -> cluster.Cluster:
        return cluster.at(self.data_dir)

    def start(self, worker: str = WORKER) -> None:
        (self.folder / "stub.py").write_text(APPLICATION)
        environ = {"GEO_DATA_DIR": str(self.data_dir), "GEO_PORT": str(self.port), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", DRIVER, str(ROOT), str(self.folder), worker]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)

    def read_until(self, wanted: str) -> str:
        """The first line of its output that begins so."""
        assert self.process is not None
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if line.startswith(wanted):
                return line.strip()
        raise AssertionError("".join(seen))

    def read_until_all(self, *wanted: str) -> None:
        """Read until a line has begun with each of them, in whatever order two processes speak."""
        assert self.process is not None
        assert self.process.stdout is not None
        missing = set(wanted)
        for line in self.process.stdout:
            missing = {start for start in missing if not line.startswith(start)}
            if not missing:
                return
        raise AssertionError(missing)

    def start_and_wait(self, worker: str = WORKER) -> None:
        self.start(worker)
        self.read_until("The geoportal is ready")

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode

    def answer(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as response:
            return str(response.read().decode())

    def processes(self) -> list[int]:
        """Everything that was started with this data directory in its environment."""
        marked = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environ = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"GEO_DATA_DIR={self.data_dir}".encode() in environ:
                marked.append(int(process.name))
        return marked
