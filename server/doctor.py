"""`geo doctor`: looks at an installation and says in plain words what to do next."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.errors import Misconfigured
from geo.settings import Settings
from geo.texts import Text
from server import configuration, doctor_database, doctor_walls, postgres
from server.diagnosis import Check, advice, broken, fine

OLDEST_PYTHON = (3, 12)
# A flight of a whole gmina takes about 11 GB while it is converted; a gigabyte is what a day's work needs.
ROOMY_GB = 15
TIGHT_GB = 1
ZONE = "Europe/Warsaw"


def report(settings: Settings) -> list[Check]:
    """Every check, in the order in which to mend what is broken; a private cluster that rests is started for it."""
    checks = [check_python(), check_zone(), check_registry(settings)]
    checks += [check_data_dir(settings), check_disk(settings), *doctor_walls.check_walls()]
    if settings.database_url is None:
        checks.append(check_postgis())
    if not any(check.broken for check in checks):
        checks += doctor_database.report(settings)
    checks += [check_web(settings), check_port(settings)]
    return [*checks, check_links(settings)] if settings.others_need_public_url else checks


def check_python() -> Check:
    """The interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return broken(Text("Python {version} is too old.", version=version), Text("Run 'make setup'."))
    return fine(Text("Python {version}.", version=version))


def check_zone() -> Check:
    """Whether the registers' local times can be read."""
    try:
        ZoneInfo(ZONE)
    except ZoneInfoNotFoundError:
        found = Text("The time zone {zone} is not known to this machine.", zone=ZONE)
        return broken(found, Text("Install it: {command}", command="apt-get install tzdata"))
    return fine(Text("The time zone {zone} is known.", zone=ZONE))


def check_registry(settings: Settings) -> Check:
    """Whether config/layers.yaml and config/styles.yaml can be read; a mistake in them stops the start."""
    try:
        known = configuration.read(settings)
    except Misconfigured as exc:
        return broken(exc.text, Text("Mend this first, then run 'geo doctor' again."))
    count = len(known.layers) + len(known.flights)
    return fine(Text("The registry has {n} entry.", "The registry has {n} entries.", n=count))


def check_data_dir(settings: Settings) -> Check:
    """Whether the data directory can be written."""
    folder = str(settings.data_dir)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as exc:
        found = Text("The data directory {folder} cannot be written ({reason}).", folder=folder, reason=exc.strerror)
        return broken(found, Text("Give it to the account that runs the geoportal, or set GEO_DATA_DIR."))
    return fine(Text("The data directory {folder} can be written.", folder=folder))


def check_disk(settings: Settings) -> Check:
    """How much room there is for data."""
    there = next(folder for folder in (settings.data_dir, *settings.data_dir.parents) if folder.exists())
    free = round(shutil.disk_usage(there).free / 1e9, 1)
    found = Text("{free} GB are free where the data lie.", free=free)
    if free < TIGHT_GB:
        return broken(found, Text("Make room, or move the data and set GEO_DATA_DIR."))
    if free < ROOMY_GB:
        return advice(found, Text("An orthophoto of a whole gmina needs about {needed} GB.", needed=ROOMY_GB))
    return fine(found)


def check_postgis() -> Check:
    """Whether a private cluster could run."""
    versions = postgres.versions()
    if not versions:
        found = Text("PostgreSQL {oldest} or newer with PostGIS was not found.", oldest=postgres.OLDEST)
        return broken(found, Text("Install it: {command}", command=postgres.INSTALL))
    return fine(Text("PostgreSQL {version} with PostGIS is installed.", version=versions[0]))


def check_web(settings: Settings) -> Check:
    """Whether the map was built."""
    built = settings.root / "web" / "dist"
    if not built.is_dir() or not any(path.suffix == ".js" for path in built.rglob("*")):
        return broken(Text("The map has not been built."), Text("Run 'make web'."))
    return fine(Text("The map has been built."))


def check_port(settings: Settings) -> Check:
    """Whether our address is free, or taken by ourselves."""
    address = f"{settings.host}:{settings.port}"
    if _runs(settings.data_dir / "run.lock"):
        return fine(Text("The geoportal runs at {address}.", address=settings.base_url))
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        with socket.create_server((settings.host, settings.port), family=family):
            pass
    except OSError:
        found = Text("The address {address} cannot be used: another program has it.", address=address)
        return broken(found, Text("Stop it or set GEO_PORT to a free port."))
    return fine(Text("The address {address} is free; 'make run' starts the geoportal there.", address=address))


def check_links(settings: Settings) -> Check:
    """What to say when we listen on every address and know none under which others reach us."""
    found = Text("Links point to {address}, where only this machine can go.", address=settings.base_url)
    return advice(found, Text("Set GEO_PUBLIC_URL to the address under which others reach the geoportal."))


def _runs(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
