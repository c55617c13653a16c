"""PostgreSQL with PostGIS on this machine: where its programs lie, where a private cluster lies and whose it is."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from geo.errors import Misconfigured
from geo.texts import Text

APPLICATION = "otwarty-geoportal"
OLDEST = 15
# Debian's and Ubuntu's layout: one folder a major version.
PROGRAMS = Path("/usr/lib/postgresql")
SHARED = Path("/usr/share/postgresql")
# Of util-linux, which every Debian and Ubuntu has.
SETPRIV = "/usr/bin/setpriv"
# No start takes so long; a folder of a socket changes whenever its server starts or ends.
_ABANDONED_S = 3600
INSTALL = "sudo scripts/system.sh run"


class NoPostgis(Misconfigured):
    """{where}: {problem} {remedy}"""

    code = "no-postgis"


class ClusterFailed(Misconfigured):
    """{where}: {problem} {remedy}"""

    code = "cluster-failed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a private cluster lies and which account runs it."""

    pgdata: Path
    socket_dir: Path
    uid: int
    gid: int


def versions() -> list[int]:
    """The installed major versions that have PostGIS, newest first."""
    found = []
    for program in PROGRAMS.glob("*/bin/postgres"):
        version = program.parents[1].name
        extension = SHARED / version / "extension" / "postgis.control"
        if re.fullmatch(r"\d+", version) and int(version) >= OLDEST and extension.exists():
            found.append(int(version))
    return sorted(found, reverse=True)


def programs(pgdata: Path) -> Path:
    """The folder of the programs that can run a cluster: the version that made it, else the newest.

    Raises:
        NoPostgis: PostgreSQL with PostGIS is missing, or is not of the version that made the cluster.
    """
    available = versions()
    if not available:
        problem = Text("PostgreSQL {oldest} or newer with PostGIS was not found.", oldest=OLDEST)
        remedy = Text("Install it: {command}", command=INSTALL)
        raise NoPostgis(where=str(PROGRAMS), problem=problem, remedy=remedy)
    made_by = pgdata / "PG_VERSION"
    if not made_by.exists():
        return PROGRAMS / str(available[0]) / "bin"
    version = int(made_by.read_text().strip())
    if version not in available:
        problem = Text("These data were made by PostgreSQL {version}, which is not installed.", version=version)
        remedy = Text(
            "Install {packages}, or restore a backup into a new data directory (docs/operations.md).",
            packages=f"postgresql-{version} postgresql-{version}-postgis-3",
        )
        raise NoPostgis(where=str(pgdata), problem=problem, remedy=remedy)
    return PROGRAMS / str(version) / "bin"


def place(data_dir: Path) -> Place:
    """Where the cluster of a data directory lies.

    PostgreSQL refuses to run as root, and the account `postgres` often cannot reach a checkout under a private home:
    root's cluster therefore lies in /var/lib, under a name made from the path of the data directory.

    Raises:
        NoPostgis: root starts it and there is no account `postgres`.
        Misconfigured: root has made the cluster of this data directory and now another account asks for it.
    """
    data_dir = data_dir.resolve()
    name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    beside = data_dir / "cluster"
    in_var = Path("/var/lib") / APPLICATION / name
    # Not under the data directory: a socket's path is at most 107 bytes long.
    socket_dir = Path("/tmp") / f"{APPLICATION}-{name}"  # noqa: S108 -- made 0700, its owner is checked at each start
    if (beside / "PG_VERSION").exists() and os.geteuid() == 0:
        owner = beside.stat()
        return Place(beside, socket_dir, owner.st_uid, owner.st_gid)
    if os.geteuid() == 0:
        account = _account()
        return Place(in_var, socket_dir, account.pw_uid, account.pw_gid)
    if in_var.exists():
        problem = Text("This installation was first started by root; its database lies in {place}.", place=str(in_var))
        remedy = Text("Start it as root, or choose another GEO_DATA_DIR.")
        raise Misconfigured(where=str(data_dir), problem=problem, remedy=remedy)
    return Place(beside, socket_dir, os.geteuid(), os.getegid())


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError as exc:
        problem = Text("There is no account 'postgres' to run the database.")
        remedy = Text("Install it: {command}", command=INSTALL)
        raise NoPostgis(where="/etc/passwd", problem=problem, remedy=remedy) from exc


def initialise(place: Place, programs: Path, log: Path) -> None:
    """Make an empty cluster; what initdb says goes to the log.

    Raises:
        ClusterFailed: initdb does not succeed; says where its log is.
    """
    place.pgdata.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place and renamed when complete: an initdb that was killed leaves nothing that looks like data.
    fresh = place.pgdata.with_name(place.pgdata.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    make_folder(fresh, place)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    command = [*as_owner(place), str(programs / "initdb"), *options, "-D", str(fresh)]
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False)  # noqa: S603 -- as above
    if done.returncode:
        raise failed(log)
    fresh.rename(place.pgdata)


def as_owner(place: Place, *options: str) -> list[str]:
    """The start of a command line that gives up root for the cluster's owner."""
    dropped = [f"--reuid={place.uid}", f"--regid={place.gid}", "--clear-groups"] if os.geteuid() == 0 else []
    return [SETPRIV, *dropped, *options, "--"]


def make_folder(path: Path, place: Place) -> None:
    """Make a folder that its owner alone can enter; one that somebody else has put there is refused."""
    try:
        path.mkdir(mode=0o700)
        os.chown(path, place.uid, place.gid)
    except FileExistsError:
        found = path.lstat()
        if found.st_uid != place.uid or found.st_mode & 0o077 or path.is_symlink():
            problem = Text("The folder belongs to somebody else or is open to others.")
            raise Misconfigured(where=str(path), problem=problem, remedy=Text("Remove it and start again.")) from None
        # In use again: no sweep takes it for abandoned.
        os.utime(path)


def sweep_socket_folders(place: Place) -> list[str]:
    """Remove what killed servers of this account left of their sockets' folders; the names that went."""
    gone = []
    for folder in place.socket_dir.parent.glob(f"{APPLICATION}-*"):
        # Somebody else may sweep too, or the folder may hold what is not ours.
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if found.st_uid == place.uid and found.st_mtime < time.time() - _ABANDONED_S and not _serves(folder):
                for left in folder.glob(".s.PGSQL.*"):
                    left.unlink()
                folder.rmdir()
                gone.append(folder.name)
    return gone


def _serves(socket_folder: Path) -> bool:
    """Whether somebody listens, perhaps out of our sight in a container."""
    for path in socket_folder.glob(".s.PGSQL.*[0-9]"):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                continue
        return True
    return False


def server_pid(place: Place) -> int | None:
    """The living server of these data; a number left by a crash may by now be another program's."""
    try:
        pid = int((place.pgdata / "postmaster.pid").read_text().split(maxsplit=1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
        return None
    return pid if os.fsencode(place.pgdata) in arguments else None


def inhabited(place: Place) -> bool:
    """Whether any process of a server works on these data: every one has the data directory as its current one."""
    wanted = str(place.pgdata)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) == wanted:
                return True
        except OSError:
            continue  # it has just ended, or is somebody else's
    return False


def failed(log: Path) -> ClusterFailed:
    """The error that tells the last line of a log."""
    lines = log.read_text(errors="replace").strip().splitlines()
    problem = Text("The database does not start: {last}", last=lines[-1] if lines else "")
    return ClusterFailed(where=str(log), problem=problem, remedy=Text("Read the log, then run 'geo doctor'."))
