"""The private PostgreSQL/PostGIS cluster: made, started and stopped by whoever uses it, reachable by its socket alone.

    with cluster.use(data_dir) as running:
        psycopg.connect(running.owner_dsn)

Several processes may use one cluster; `server.keeper` stops it when the last one is gone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from geo.db import PUBLIC_ROLE
from geo.texts import Text
from server import postgres

DATABASE = "geo"
OWNER = "geo_owner"
EXTENSIONS = ("postgis", "pg_trgm")
# Functions of extensions that everybody may call with an administrator's rights, such as PostGIS's that tells where
# the features of a table lie that the caller may not read.
LENDING = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE') ORDER BY 1
"""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    # Nobody follows this cluster by its log, a backup is a dump: what a transaction makes and fills itself need not be
    # logged, it is on the disk before the commit. A crash loses nothing more.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Compiling a query that answers in a millisecond takes a hundred.
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
START_S = 120
_TICK_S = 0.05

type Announce = Callable[[Text], None]


def silent(_: Text) -> None:
    """Announce nothing."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster's places and addresses; making one starts nothing."""

    data_dir: Path
    place: postgres.Place

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """The address for a role of the cluster."""
        return f"postgresql://{role}@/{database}?host={self.place.socket_dir}"

    @property
    def owner_dsn(self) -> str:
        """The address of the role that owns the database."""
        return self.dsn(OWNER)

    @property
    def public_dsn(self) -> str:
        """The address of the role that public reading uses."""
        return self.dsn(PUBLIC_ROLE)

    @property
    def admin_dsn(self) -> str:
        """The address of the superuser, for making databases and extensions."""
        return self.dsn("postgres", "postgres")

    @property
    def answers(self) -> bool:
        """Whether it runs and takes connections."""
        try:
            psycopg.connect(self.admin_dsn, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def at(data_dir: Path) -> Cluster:
    """The cluster of a data directory, running or not.

    Raises:
        Misconfigured: this account cannot run it; says why.
    """
    return Cluster(data_dir.resolve(), postgres.place(data_dir))


@contextmanager
def use(data_dir: Path, announce: Announce = silent, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A running cluster with its database, roles and extensions, for as long as the block lasts.

    It is made at the first use, started unless somebody else has, and stopped after the last user; `settings` count
    where this call starts it.

    Raises:
        NoPostgis: PostgreSQL with PostGIS is missing.
        ClusterFailed: it does not start; says where its log is.
    """
    cluster = at(data_dir)
    cluster.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        # Blocks while a keeper is stopping the cluster: it holds the lock until PostgreSQL has ended.
        with _locked(_users_lock(cluster), fcntl.LOCK_SH):
            ensure(cluster, announce, settings)
            yield cluster
    finally:
        _wait_until_stopped(cluster, announce)


def ensure(cluster: Cluster, announce: Announce = silent, settings: Mapping[str, str] | None = None) -> None:
    """Start it unless it runs. Inside `use` only: elsewhere it would stop at once.

    Raises:
        NoPostgis: PostgreSQL with PostGIS is missing.
        ClusterFailed: it does not start; says where its log is.
    """
    with _locked(cluster.data_dir / "cluster.start.lock", fcntl.LOCK_EX):
        # A server that is recovering or stopping neither answers nor is it gone.
        settled = _wait_for(lambda: cluster.answers or not postgres.inhabited(cluster.place), START_S)
        if not settled:
            raise postgres.failed(cluster.data_dir / "cluster.log")
        if not cluster.answers:
            _start(cluster, announce, {**SETTINGS, **(settings or {})})
        _furnish(cluster)


def stop(cluster: Cluster) -> None:
    """Stop it whoever uses it, with PostgreSQL's fast shutdown."""
    pid = postgres.server_pid(cluster.place)
    if pid is not None:
        os.kill(pid, signal.SIGINT)
        _wait_for(lambda: postgres.server_pid(cluster.place) is None, START_S)


def remove(cluster: Cluster) -> None:
    """Stop it and delete its data for good."""
    stop(cluster)
    shutil.rmtree(cluster.place.pgdata, ignore_errors=True)
    shutil.rmtree(cluster.place.socket_dir, ignore_errors=True)


def _users_lock(cluster: Cluster) -> Path:
    return cluster.data_dir / "cluster.users.lock"


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _start(cluster: Cluster, announce: Announce, settings: Mapping[str, str]) -> None:
    programs = postgres.programs(cluster.place.pgdata)
    log = cluster.data_dir / "cluster.log"
    if not (cluster.place.pgdata / "PG_VERSION").exists():
        announce(Text("Making the database…"))
        postgres.initialise(cluster.place, programs, log)
    postgres.sweep_socket_folders(cluster.place)
    postgres.make_folder(cluster.place.socket_dir, cluster.place)
    # Nobody works on these data: what a crash has left may name a process that is by now another program's.
    for stale in (cluster.place.pgdata / "postmaster.pid", *cluster.place.socket_dir.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)
    announce(Text("Starting the database…"))
    options = {**settings, "unix_socket_directories": str(cluster.place.socket_dir)}
    command = [str(programs / "postgres"), "-D", str(cluster.place.pgdata)]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        keeper = subprocess.Popen(  # noqa: S603 -- our own file and programs found above
            [
                sys.executable,
                str(Path(__file__).with_name("keeper.py")),
                str(_users_lock(cluster)),
                str(cluster.place.socket_dir),
                # The server does not outlive a keeper that is killed.
                *postgres.as_owner(cluster.place, "--pdeathsig", "INT"),
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            # Ctrl-C in the terminal is for the users; the keeper follows when they are gone.
            start_new_session=True,
        )
    if not _wait_for(lambda: cluster.answers or keeper.poll() is not None, START_S) or keeper.poll() is not None:
        with suppress(OSError):
            cluster.place.socket_dir.rmdir()
        raise postgres.failed(log)


def _furnish(cluster: Cluster) -> None:
    """Make what is missing of roles, database and extensions."""
    with psycopg.connect(cluster.admin_dsn, autocommit=True) as admin:
        present = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
        for role in (OWNER, PUBLIC_ROLE):
            if role not in present:
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            admin.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as admin:
        for extension in EXTENSIONS:
            admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        for (function,) in admin.execute(LENDING).fetchall():
            admin.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(sql.SQL(function)))


def _wait_until_stopped(cluster: Cluster, announce: Announce) -> None:
    """Wait for the keeper, unless somebody else still uses the cluster."""
    announced = time.monotonic() + 2
    while postgres.server_pid(cluster.place) is not None and not _used_by_others(cluster):
        if time.monotonic() > announced:
            announce(Text("Stopping the database…"))
            announced = float("inf")
        time.sleep(_TICK_S)
    # The keeper holds the lock until its own end; a data directory may have gone before.
    with suppress(FileNotFoundError), _locked(_users_lock(cluster), fcntl.LOCK_SH):
        pass


def _used_by_others(cluster: Cluster) -> bool:
    descriptor = os.open(_users_lock(cluster), os.O_RDONLY)
    try:
        # Nobody has it: the keeper is about to take it. Shared is possible where exclusive is not: others use it.
        return not _lockable(descriptor, fcntl.LOCK_EX) and _lockable(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _lockable(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_TICK_S)
    return True
