"""`geo run` with a stub of a web application and a stub of a worker: what it starts, restarts and stops."""

import fcntl
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from geo import settings
from server import cluster, run
from tests.running import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
APPLICATION = """
import fcntl
import os

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["GEO_DATA_DIR"].encode()]
"""
WORKER = "import os, signal; print('worker', os.getpid(), flush=True); signal.pause()"
DRIVER = """
import sys
from pathlib import Path
from geo import settings
from geo.errors import GeoError
from server import run
import fcntl
import os

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


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    made: list[Installation] = []

    def make(name: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir()
        made.append(Installation(folder, free_port()))
        return made[-1]

    yield make
    for installation in made:
        if installation.process is not None and installation.process.poll() is None:
            installation.end(signal.SIGTERM)
        cluster.remove(installation.cluster)


def wait_for_end(pids: list[int]) -> None:
    for pid in pids:
        try:
            ends = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        assert select.select([ends], [], [], PATIENCE_S)[0], f"process {pid} still lives"
        os.close(ends)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {
            "GEO_HOST": "::1",
            "GEO_PORT": "18199",
            "GEO_PUBLIC_URL": "https://mapa.example",
            "GEO_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
            "GEO_DATABASE_URL": "postgresql:///geo",
            "GEO_PUBLIC_DATABASE_URL": "postgresql:///geo?user=geo_public",
            "GEO_DEMO": "0",
            "GEO_WORKERS": "3",
            "GEO_LANG": "en",
        },
    ],
)
def test_a_child_reads_the_settings_of_its_parent(environ: dict[str, str], tmp_path: Path) -> None:
    ours = settings.load({**environ, "GEO_DATA_DIR": str(tmp_path)}, ROOT)

    assert settings.load(run.environment(ours, {}), ROOT) == ours


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_that_was_started_and_a_second_start_keeps_the_data(
    install: Callable[[str], Installation], number: signal.Signals
) -> None:
    town = install("town")
    town.start_and_wait()
    assert town.answer() == str(town.data_dir)
    with psycopg.connect(town.cluster.owner_dsn) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS one")

    status = town.end(number)

    assert status == 0
    assert town.processes() == []
    assert not (town.data_dir / "run.lock").exists()
    assert not town.cluster.place.socket_dir.exists()
    assert not town.cluster.answers
    town.start_and_wait()
    with psycopg.connect(town.cluster.owner_dsn) as owner:
        assert owner.execute("SELECT one FROM kept").fetchone() == (1,)


def test_the_database_is_migrated_and_then_prepared_before_anything_is_served(
    install: Callable[[str], Installation],
) -> None:
    town = install("town")

    town.start()

    assert town.read_until("prepared") == f"prepared {town.cluster.owner_dsn}"
    with psycopg.connect(town.cluster.owner_dsn) as owner:
        assert owner.execute("SELECT count(*) FROM geo.migration").fetchone() == (1,)
    town.read_until("The geoportal is ready")


def test_two_installations_run_side_by_side(install: Callable[[str], Installation]) -> None:
    one, other = install("one"), install("other")
    one.start_and_wait()
    other.start_and_wait()

    one.end(signal.SIGTERM)

    assert one.processes() == []
    assert other.answer() == str(other.data_dir)
    assert other.cluster.answers


def test_nothing_is_left_of_a_killed_parent(install: Callable[[str], Installation]) -> None:
    town = install("town")
    town.start_and_wait()
    started = town.processes()

    town.end(signal.SIGKILL)

    wait_for_end(started)
    with cluster._locked(town.data_dir / "cluster.users.lock", fcntl.LOCK_EX):
        assert not town.cluster.answers
    town.start_and_wait()
    assert town.answer() == str(town.data_dir)


def test_the_same_installation_does_not_start_twice(install: Callable[[str], Installation]) -> None:
    town = install("town")
    town.start_and_wait()

    again = Installation(town.folder, 1)
    again.start()

    assert again.process is not None
    output, _ = again.process.communicate(timeout=PATIENCE_S)
    assert "already runs" in output
    assert str(town.process and town.process.pid) in output
    assert town.answer() == str(town.data_dir)


def test_a_taken_port_is_named_with_the_variable_that_changes_it(install: Callable[[str], Installation]) -> None:
    town = install("town")

    with socket.create_server(("127.0.0.1", town.port)):
        town.start()
        assert town.process is not None
        output, _ = town.process.communicate(timeout=PATIENCE_S)

    assert not (town.data_dir / "run.lock").exists()
    assert town.process.returncode == 2
    assert f"127.0.0.1:{town.port}" in output
    assert "GEO_PORT" in output


@pytest.mark.parametrize(
    ("file", "right", "wrong", "environ", "said"),
    [
        ("styles.yaml", "slot: parcels", "slot: parcel", {}, "styles.yaml"),
        ("layers.yaml", "layers:", "layer:", {}, "layers.yaml"),
        ("town.yaml", "title:", "titel:", {}, "town.yaml"),
        (None, "", "", {"GEO_TRUSTED_PROXIES": "proxy.local"}, "GEO_TRUSTED_PROXIES: 'proxy.local'"),
    ],
)
def test_a_mistake_in_the_configuration_is_said_by_run_and_doctor_before_anything_starts(
    tmp_path: Path, file: str | None, right: str, wrong: str, environ: dict[str, str], said: str
) -> None:
    config = shutil.copytree(ROOT / "config", tmp_path / "config")
    if file:
        text = (config / file).read_text(encoding="utf-8")
        assert right in text
        (config / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    place = {"GEO_CONFIG_DIR": str(config), "GEO_DATA_DIR": str(tmp_path / "var"), "GEO_LANG": "en"}

    for command, statuses in (("run", {2}), ("doctor", {1, 2})):
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", command],
            cwd=ROOT, env={**os.environ, **place, **environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in statuses, done.stderr
        assert said in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "var" / "cluster").exists()


def test_a_worker_that_dies_is_started_again(install: Callable[[str], Installation]) -> None:
    town = install("town")
    town.start()
    first = town.read_until("worker | worker")

    os.kill(int(first.split()[-1]), signal.SIGKILL)

    town.read_until("'worker' has ended unexpectedly")
    assert town.read_until("worker | worker") != first


def test_a_worker_that_cannot_live_ends_the_run_with_a_message(install: Callable[[str], Installation]) -> None:
    town = install("town")

    town.start(worker="raise SystemExit(3)")

    town.read_until("'worker' ends again and again")
    assert town.process is not None
    town.process.communicate(timeout=PATIENCE_S)
    assert town.process.returncode == 1
    assert town.processes() == []


def test_each_line_says_which_process_speaks_to_its_last_word(install: Callable[[str], Installation]) -> None:
    town = install("town")

    town.start(worker="import sys; print('on one stream'); sys.exit('on the other')")

    assert town.read_until("worker | on the other")
    assert town.read_until("worker | on one stream")
    town.read_until("'worker' has ended unexpectedly")


def test_a_stop_that_takes_longer_says_what_it_waits_for(install: Callable[[str], Installation]) -> None:
    town = install("town")
    town.start(
        worker="import signal, sys; signal.signal(signal.SIGTERM, lambda *_: print('busy', flush=True));"
        " print('up', flush=True); signal.pause(); sys.stdin.read(); signal.alarm(4); signal.pause()"
    )
    town.read_until_all("worker | up", "The geoportal is ready")

    assert town.process is not None
    town.process.send_signal(signal.SIGTERM)

    town.read_until("Stopping")
    assert town.read_until("Waiting for") == "Waiting for 'worker': what is under way may take up to 28 s more…"
    town.process.communicate(timeout=PATIENCE_S)
    assert town.process.returncode == 0


def test_a_database_that_dies_is_started_again(install: Callable[[str], Installation]) -> None:
    town = install("town")
    town.start_and_wait()
    server = int((town.cluster.place.pgdata / "postmaster.pid").read_text().split()[0])

    os.kill(server, signal.SIGKILL)

    town.read_until("Starting the database")
    with cluster._locked(town.data_dir / "cluster.start.lock", fcntl.LOCK_EX):
        assert town.cluster.answers
