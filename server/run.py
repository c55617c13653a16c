"""`geo run`: the database, the web server and the worker of one installation, from one terminal."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg

from geo.db import MOST_WAITING, POOL_SIZE
from geo.errors import Conflict, Misconfigured
from geo.ogc.formats.answers import MOST_SENDING
from geo.settings import Settings
from geo.texts import Text
from server import cluster, connections, database, migrate, turns
from server.bodies import MOST_ARRIVING
from server.children import Child, stop_all

type Announce = Callable[[Text], None]
type Prepare = Callable[[Settings, database.Addresses, Announce], None]

READY_S = 60
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


# For glibc, unless somebody has decided otherwise: one arena for all threads, of which one runs at a time, and what is
# large goes back to the system at once. Measured after load: 45 MB less a web process.
_MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(512 << 10),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
}


class AlreadyRunning(Conflict):
    """This installation already runs (process {pid}); its data are in {data_dir}."""

    code = "already-running"


class _Stopped(BaseException):
    """A signal asks to stop; no `except Exception` on the way may keep it."""


def web_command(settings: Settings) -> list[str]:
    """The web server: granian with our WSGI application."""
    options = {
        "host": settings.host,
        "port": settings.port,
        "workers": settings.workers,
        # As many as may have a connection or wait for one, and one more to say that we are busy. A file on its way to
        # a slow client holds a thread and no connection, and so do the body of a filter on its way to us and who
        # waits for the turn to make a tile.
        "blocking-threads": POOL_SIZE + MOST_WAITING + MOST_SENDING + MOST_ARRIVING + turns.MOST_WAITING + 1,
        # Its warnings are of the threads, most of which wait as they are meant to.
        "log-level": "error",
    }
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--respawn-failed-workers"]
    # A factory: each process reads the registry when it starts, not at its first request.
    return [*granian, "--factory", *(f"--{name}={value}" for name, value in options.items()), "server.wsgi:create"]


def worker_command() -> list[str]:
    """The worker that keeps promises."""
    return [sys.executable, "-m", "server.worker"]


def environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """What a child needs to read the same settings, wherever it starts."""
    decided = {
        "GEO_CONFIG_DIR": str(settings.config_dir),
        "GEO_DATA_DIR": str(settings.data_dir),
        "GEO_HOST": settings.host,
        "GEO_PORT": str(settings.port),
        "GEO_PUBLIC_URL": settings.public_url or "",
        "GEO_TRUSTED_PROXIES": ",".join(settings.trusted_proxies),
        "GEO_DATABASE_URL": settings.database_url or "",
        "GEO_PUBLIC_DATABASE_URL": settings.public_database_url or "",
        "GEO_DEMO": "" if settings.demo is None else str(int(settings.demo)),
        "GEO_DEMO_SCALE": str(settings.demo_scale),
        "GEO_WORKERS": str(settings.workers),
        "GEO_LANG": settings.language,
    }
    return {**_MEMORY, **inherited, **decided}


def run(
    settings: Settings,
    announce: Announce,
    *,
    prepare: Sequence[Prepare] = (),
    web: Sequence[str] | None = None,
    worker: Sequence[str] | None = None,
) -> int:
    """Run an installation until a signal ends it; gives the exit status, 0 after a signal.

    `prepare` is called in order once the database is migrated, before the web server starts: the demo town's first
    load belongs there. `web` and `worker` replace the command lines.

    Raises:
        AlreadyRunning: it runs already.
        Misconfigured: the port is taken, the database cannot be started or gives too few connections; says what to do.
    """
    environ = environment(settings, os.environ)
    children = [
        Child("web", list(web or web_command(settings)), environ, settings.root),
        Child("worker", list(worker or worker_command()), environ, settings.root),
    ]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_alone(settings))
        _check_port(settings)
        stack.enter_context(_stoppable())
        try:
            # Left in the opposite order: the children end before the database.
            where = stack.enter_context(database.use(settings, announce))
            stack.callback(stop_all, children, announce)
            # Left first of all: whoever presses Ctrl-C twice does not disturb the stopping.
            stack.callback(_ignore_signals)
            _furnish(settings, where, announce, prepare)
            return _serve(settings, children, announce)
        except _Stopped:
            announce(Text("Stopping…"))
            return 0


def _furnish(settings: Settings, where: database.Addresses, announce: Announce, prepare: Sequence[Prepare]) -> None:
    """Make the database fit to be served: enough connections, the newest tables, the first data."""
    with psycopg.connect(where.owner) as owner:
        connections.check(settings, owner)
    announce(Text("Bringing the database up to date…"))
    migrate.upgrade(where.owner)
    for step in prepare:
        step(settings, where, announce)


def _serve(settings: Settings, children: Sequence[Child], announce: Announce) -> int:
    """Start the children and keep them; gives the exit status where that cannot be done."""
    web, *others = children
    web.start()
    if not _is_ready(settings, web):
        announce(Text("The web server does not answer; its last messages stand above."))
        return 1
    # What waits to be converted or painted would take the processor from the start.
    for child in others:
        child.start()
    announce(Text("The geoportal is ready: {address}", address=settings.base_url))
    return _supervise(settings, children, announce)


def _supervise(settings: Settings, children: Sequence[Child], announce: Announce) -> int:
    """Restart what ends, until a signal comes or a child ends too often."""
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        dead = [child for child in children if not child.running]
        if not dead and ended is not None:
            with suppress(ChildProcessError):
                os.waitpid(ended.si_pid, 0)
        # The keeper of the private cluster is a child as well, and may have ended together with another.
        if settings.database_url is None:
            cluster.ensure(cluster.at(settings.data_dir), announce, connections.server_settings(settings))
        for child in dead:
            if not child.may_start:
                announce(Text("'{name}' ends again and again; its last messages stand above.", name=child.name))
                return 1
            announce(Text("'{name}' has ended unexpectedly and is started again.", name=child.name))
            child.start()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    path = settings.data_dir / "run.lock"
    descriptor = _locked(path)
    while descriptor is None:
        descriptor = _locked(path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        # While it is locked: whoever opened it meanwhile finds it without a name.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """The open and locked file; None when another run ended and took it along between our opening and our lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(descriptor, 20).decode().strip()
        os.close(descriptor)
        raise AlreadyRunning(pid=pid, data_dir=str(path.parent)) from None
    if os.fstat(descriptor).st_nlink:
        return descriptor
    os.close(descriptor)
    return None


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the first signal into `_Stopped`; the next ones cannot disturb the stopping."""
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise _Stopped


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _check_port(settings: Settings) -> None:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        with socket.socket(family, kind) as probe:
            # As the server will: connections that are dying do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as exc:
        raise _no_port(settings, exc) from exc


def _no_port(settings: Settings, exc: OSError) -> Misconfigured:
    where = f"{settings.host}:{settings.port}"
    if exc.errno == errno.EADDRINUSE:
        problem = Text("The port is taken by another program.")
        return Misconfigured(where=where, problem=problem, remedy=Text("Stop it or set GEO_PORT to a free port."))
    if exc.errno == errno.EACCES:
        problem = Text("Ports below 1024 are for root.")
        return Misconfigured(where=where, problem=problem, remedy=Text("Set GEO_PORT to a number above 1023."))
    problem = Text("This machine has no such address.")
    remedy = Text("Set GEO_HOST to an address of this machine, such as 127.0.0.1.")
    return Misconfigured(where=settings.host, problem=problem, remedy=remedy)


def _is_ready(settings: Settings, web: Child) -> bool:
    """Wait for the web server's first answer, whatever it says."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 -- compared, not bound
    deadline = time.monotonic() + READY_S
    while web.running and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(host, settings.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except OSError:
            time.sleep(0.05)
        else:
            return True
        finally:
            connection.close()
    return False
