"""The private cluster: whose it is, who may use it, and that nothing of it stays."""

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geo.errors import Misconfigured
from server import cluster, postgres

NOBODY = 65534
SOCKET = ".s.PGSQL.5432"
ROOT = Path(__file__).parents[2]
# Uses a cluster until its standard input closes; says when it has it.
USER = """
import sys
import tempfile
from pathlib import Path
from server import cluster, postgres
with cluster.use(Path(sys.argv[1])) as used:
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    cluster.remove(cluster.at(tmp_path / "var"))


@pytest.fixture
def other_data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "other"
    cluster.remove(cluster.at(tmp_path / "other"))


def start_user(data_dir: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER, str(data_dir)]
    user = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"
    return user


def test_the_owner_is_no_superuser_and_the_public_role_owns_nothing(postgis: cluster.Cluster) -> None:
    question = "SELECT rolname, rolsuper, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname LIKE 'geo%' ORDER BY 1"

    with psycopg.connect(postgis.admin_dsn) as admin:
        roles = admin.execute(question).fetchall()

    assert roles == [("geo_owner", False, False, True), ("geo_public", False, False, True)]


def test_it_listens_on_no_network_and_its_socket_is_closed_to_others(postgis: cluster.Cluster) -> None:
    with psycopg.connect(postgis.owner_dsn) as owner:
        listens = owner.execute("SHOW listen_addresses").fetchone()

    assert listens == ("",)
    assert postgis.place.socket_dir.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(postgis.place.socket_dir / ".s.PGSQL.5432.lock")) <= 107


def test_data_survive_the_last_user(data_dir: Path) -> None:
    with cluster.use(data_dir) as first, psycopg.connect(first.owner_dsn) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 'Gliwicka 1' AS address")

    assert not cluster.at(data_dir).answers
    assert not cluster.at(data_dir).place.socket_dir.exists()
    with cluster.use(data_dir) as second, psycopg.connect(second.owner_dsn) as owner:
        assert owner.execute("SELECT address FROM kept").fetchone() == ("Gliwicka 1",)


def test_two_clusters_stand_side_by_side(data_dir: Path, other_data_dir: Path) -> None:
    with cluster.use(data_dir) as one, cluster.use(other_data_dir) as other:
        with psycopg.connect(one.owner_dsn) as owner:
            owner.execute("CREATE TABLE only_here ()")
        with psycopg.connect(other.owner_dsn) as owner:
            seen = owner.execute("SELECT to_regclass('only_here')").fetchone()

    assert seen == (None,)


def test_it_stops_after_the_last_of_two_users(data_dir: Path) -> None:
    first, second = start_user(data_dir), start_user(data_dir)

    first.communicate("")

    assert cluster.at(data_dir).answers
    second.communicate("")
    assert not cluster.at(data_dir).answers


def test_it_stops_after_a_user_that_was_killed(data_dir: Path) -> None:
    user = start_user(data_dir)

    user.kill()
    user.communicate()

    # The killed one no longer waits for the keeper, as every other user does: the next waits instead.
    cluster._wait_until_stopped(cluster.at(data_dir), cluster.silent)
    assert not cluster.at(data_dir).answers


def test_a_number_left_by_a_crash_does_not_hinder_the_start(data_dir: Path) -> None:
    with cluster.use(data_dir) as first:
        left = first.place.pgdata / "postmaster.pid"
        lines = left.read_text().splitlines()
    left.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    os.chown(left, first.place.uid, first.place.gid)

    with cluster.use(data_dir) as second:
        assert second.answers


def test_a_server_that_was_killed_is_started_again(data_dir: Path) -> None:
    with cluster.use(data_dir) as first:
        pid = int((first.place.pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    with cluster.use(data_dir) as second:
        assert second.answers


def test_a_socket_folder_of_somebody_else_is_refused(data_dir: Path) -> None:
    place = cluster.at(data_dir).place
    place.socket_dir.mkdir(mode=0o777)
    place.socket_dir.chmod(0o777)

    with pytest.raises(Misconfigured, match="belongs to somebody else"), cluster.use(data_dir):
        pass


def test_a_start_removes_what_killed_servers_left_of_their_sockets(data_dir: Path) -> None:
    place = cluster.at(data_dir).place
    names = ("young", "empty", "crashed", "serving", "other")
    folders = {name: place.socket_dir.with_name(f"{place.socket_dir.name}-{name}") for name in names}
    for folder in folders.values():
        postgres.make_folder(folder, place)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folders["crashed"] / SOCKET))
    (folders["crashed"] / f"{SOCKET}.lock").touch()
    (folders["other"] / "letter.txt").touch()
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(folders["serving"] / SOCKET))
        living.listen()
        for name in names[1:]:
            os.utime(folders[name], (0, 0))

        with cluster.use(data_dir):
            left = {name for name, folder in folders.items() if folder.exists()}

    for name in left:
        shutil.rmtree(folders[name])
    assert left == {"young", "serving", "other"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_plain_user_keeps_the_cluster_in_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest's own folder is closed to others, and so may be the interpreter; the keeper is content with any.
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data_dir = Path(folder, "var")
        data_dir.mkdir()
        os.chown(data_dir, NOBODY, NOBODY)

        child = multiprocessing.get_context("fork").Process(target=_use_as_nobody, args=(data_dir,))
        child.start()
        child.join()

        assert child.exitcode == 0
        assert (data_dir / "cluster" / "PG_VERSION").exists()
        cluster.remove(cluster.at(data_dir))


def _use_as_nobody(data_dir: Path) -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    with cluster.use(data_dir) as used, psycopg.connect(used.owner_dsn) as owner:
        assert owner.execute("SELECT postgis_lib_version() >= '3.3'").fetchone() == (True,)
