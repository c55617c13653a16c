"""Back up an installation into a folder and restore it: the database, and the files of the data directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geo.errors import Conflict, Misconfigured, NotFound
from geo.settings import Settings
from geo.texts import Text
from server import cluster, database, postgres

DUMP = "database.dump"
FILES = "files"
# Words of a dump's list by which an administrator's entries are known.
_OF_EXTENSIONS = frozenset({"EXTENSION", "spatial_ref_sys", "st_estimatedextent"})
# As large as the features again, and made anew by the first worker that misses it.
FINISHED_TEXT = "layers.*_e[0-9]*_text"
# The cluster is dumped, not copied; tiles are made again; locks, logs and unfinished files belong to a run.
LEFT_OUT = (
    "cluster",
    "cluster.new",
    "tiles",
    "downloads",
    "tiles.broken*",
    "tiles-unpacked*",
    "*.lock",
    "*.log",
    "demo",
    ".work-*",
    ".keeping-*",
)


class BackupExists(Conflict):
    """There is something at {path} already; choose a new folder."""

    code = "backup-exists"


class BackupInside(Conflict):
    """{path} lies in the data directory, and a backup would hold itself; choose a folder outside of {data_dir}."""

    code = "backup-inside"


class NotEmpty(Conflict):
    """The database already holds data; restore into an empty one (a new GEO_DATA_DIR or GEO_DATABASE_URL)."""

    code = "not-empty"


class NoBackup(NotFound):
    """There is no backup in {path}: the file database.dump is missing."""

    code = "no-backup"


class DumpFailed(Misconfigured):
    """{where}: {problem} {remedy}"""

    code = "dump-failed"


def back_up(settings: Settings, target: Path, announce: cluster.Announce = cluster.silent) -> None:
    """Write the database and the files into a new folder; the geoportal may run meanwhile.

    The database is dumped first and as of one moment: a file that a row names is never missing from the copy.

    Raises:
        BackupInside: the folder lies in the data directory.
        BackupExists: the folder is there already.
        DumpFailed: pg_dump does not succeed; says why.
    """
    if target.resolve().is_relative_to(settings.data_dir.resolve()):
        raise BackupInside(path=str(target), data_dir=str(settings.data_dir))
    if target.exists():
        raise BackupExists(path=str(target))
    # Complete or not there: whoever copies backups away finds no half one.
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    with database.use(settings, announce) as where:
        announce(Text("Backing up the database…"))
        options = ["--format=custom", f"--exclude-table={FINISHED_TEXT}", f"--file={unfinished / DUMP}"]
        _run(settings, "pg_dump", where.owner, *options)
    announce(Text("Backing up the files…"))
    _copy_files(settings.data_dir, unfinished / FILES)
    unfinished.rename(target)


def restore(settings: Settings, source: Path, announce: cluster.Announce = cluster.silent) -> None:
    """Fill an empty installation from a backup.

    Raises:
        NoBackup: the folder holds none.
        NotEmpty: the database has been used already.
        DumpFailed: pg_restore does not succeed; says why.
    """
    if not (source / DUMP).exists():
        raise NoBackup(path=str(source))
    with database.use(settings, announce) as where, tempfile.TemporaryDirectory() as scratch:
        with psycopg.connect(where.owner) as owner:
            if owner.execute("SELECT 1 FROM pg_namespace WHERE nspname IN ('geo', 'layers', 'published')").fetchone():
                raise NotEmpty
        announce(Text("Restoring the database…"))
        listed = _run(settings, "pg_restore", None, "--list", str(source / DUMP))
        # Extensions, their tables and the rights on their functions are the administrator's, and there already.
        ours = [line for line in listed.splitlines() if not _OF_EXTENSIONS & set(re.split(r"[ (]", line))]
        contents = Path(scratch, "contents")
        contents.write_text("\n".join(ours), encoding="utf-8")
        options = ["--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={contents}"]
        _run(settings, "pg_restore", where.owner, *options, str(source / DUMP))
    announce(Text("Restoring the files…"))
    shutil.copytree(source / FILES, settings.data_dir, dirs_exist_ok=True, symlinks=True)


def _copy_files(source: Path, target: Path) -> None:
    """Copy what the data directory holds; what goes away meanwhile was no longer needed."""
    try:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    except shutil.Error as error:
        left = [one for one in error.args[0] if os.path.lexists(one[0])]
        if left:
            raise shutil.Error(left) from error


def _run(settings: Settings, name: str, address: str | None, *options: str) -> str:
    """Run one of PostgreSQL's programs; gives what it prints."""
    command, environ = [_program(settings, name), *options], dict(os.environ)
    if address is not None:
        parts = conninfo_to_dict(address)
        # A command line is there for everybody to read. Without one of its own the operator's PGPASSWORD stays.
        if (password := parts.pop("password", None)) is not None:
            environ["PGPASSWORD"] = str(password)
        command.append(f"--dbname={make_conninfo('', **parts)}")
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if done.returncode:
        problem = Text("{name} did not succeed: {reason}", name=name, reason=done.stderr.strip()[-500:])
        raise DumpFailed(where=name, problem=problem, remedy=Text("Run 'geo doctor'."))
    return done.stdout


def _program(settings: Settings, name: str) -> str:
    if settings.database_url is None:
        return str(postgres.programs(postgres.place(settings.data_dir).pgdata) / name)
    # The newest one that is installed: it can dump every older server.
    newest = [str(postgres.PROGRAMS / str(version) / "bin" / name) for version in postgres.versions()]
    found = newest[0] if newest else shutil.which(name)
    if found is None:
        problem = Text("The program {name} was not found.", name=name)
        raise DumpFailed(where=name, problem=problem, remedy=Text("Install the package postgresql-client."))
    return found
