"""`geo run` with a stub of a web application and a stub of a worker: what it starts, restarts and stops."""

import fcntl
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geo import settings
from server import cluster, migrate, run
from tests.running import ROOT, free_port, geo_here
from tests.stub_run import PATIENCE_S, Installation


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files of a cluster that was made, migrated and stopped, to be copied: making one takes five seconds."""
    with cluster.use(tmp_path_factory.mktemp("furnished")) as made:
        migrate.upgrade(made.owner_dsn)
    yield made.place.pgdata
    cluster.remove(made)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """Makes installations that were never started; what runs of them ends with the test."""
    made: list[Installation] = []

    def make_(name: str) -> Installation:
        folder = tmp_path / name
        folder.mkdir()
        made.append(Installation(folder, free_port()))
        return made[-1]

    yield make_
    for installation in made:
        if installation.process is not None and installation.process.poll() is None:
            installation.end(signal.SIGTERM)
        cluster.remove(installation.cluster)


@pytest.fixture
def install(make: Callable[[str], Installation], furnished: Path) -> Callable[[str], Installation]:
    """Makes installations whose database is there already, as after a first run."""

    def install_(name: str) -> Installation:
        installation = make(name)
        pgdata = installation.cluster.place.pgdata
        pgdata.parent.mkdir(parents=True, exist_ok=True)
        # With their owner, which shutil does not keep.
        subprocess.run(["cp", "-a", str(furnished), str(pgdata)], check=True)
        return installation

    return install_


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


def test_the_database_is_made_migrated_and_then_prepared_before_anything_is_served(
    make: Callable[[str], Installation],
) -> None:
    town = make("town")

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


def test_a_taken_port_is_named_with_the_variable_that_changes_it(make: Callable[[str], Installation]) -> None:
    town = make("town")

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
    place = {"GEO_CONFIG_DIR": str(config), "GEO_DATA_DIR": str(tmp_path / "var"), "GEO_LANG": "en", **environ}

    # In a process of its own: what it would start instead of refusing ends with it.
    run_ = subprocess.run(
        [sys.executable, "-m", "server.cli", "run"], cwd=ROOT, env={**os.environ, **place},
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    doctor = geo_here(place, "doctor")

    for done, statuses in ((run_, {2}), (doctor, {1, 2})):
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
    # The signal waits until it is asked for: it may come at any moment after the first word.
    town.start(
        worker="import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]);"
        " print('up', flush=True); signal.sigwait([signal.SIGTERM]); sys.stdin.read(); signal.alarm(4); signal.pause()"
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
