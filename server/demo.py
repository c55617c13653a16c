"""The demo town: made by `data/demo` at the first start and loaded like any other files.

The registers are there when the map opens; the orthophotos are painted and converted by the worker meanwhile.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg

from geo import editions, jobs, registry
from geo.deps import Deps
from geo.layers import service as layers
from geo.layers import uploads
from geo.ortho import service as ortho
from geo.settings import Settings
from geo.texts import Text
from server import postgres
from server.database import Addresses
from server.run import Announce

# The file, the layers that must be named for it, and the one whose publication takes its whole bundle along.
VECTOR_FILES = (
    ("boundary.geojson", ("boundary",), "boundary"),
    ("prg.gml", (), "addresses"),
    ("egib.gml", (), "parcels"),
    ("roads.geojson", ("roads",), "roads"),
)
PAINT_JOB = "demo.paint"


def load_if_first(settings: Settings, where: Addresses, announce: Announce) -> None:
    """Make and load the demo town into a database that has never held anything."""
    folder = settings.data_dir / "demo"
    # Stays when a first start is interrupted, so that the next one goes on.
    unfinished = folder / ".loading"
    with psycopg.connect(where.owner) as connection:
        fresh = not editions.listing(connection)
    if not settings.wants_demo or not (fresh or unfinished.exists()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    if not (folder / "manifest-registers.json").exists():
        announce(Text("First start: inventing a demo town…"))
        with _make(settings, folder, "registers") as making:
            _finished(making)
    known = registry.read(settings.config_dir)
    for name, only, published in VECTOR_FILES:
        _load(settings, where, known, folder / name, only, published, announce)
    with psycopg.connect(where.owner) as connection:
        jobs.defer(connection, PAINT_JOB, {"folder": str(folder)}, key=PAINT_JOB)
    announce(Text("The orthophotos follow while you look around."))
    unfinished.unlink()


def _load(
    settings: Settings,
    where: Addresses,
    known: registry.Registry,
    file: Path,
    only: tuple[str, ...],
    published: str,
    announce: Announce,
) -> None:
    """Load and publish one file, unless that was done before."""
    announce(Text("Loading {file}…", file=file.name))
    with psycopg.connect(where.owner) as connection:
        if editions.listing(connection, [published]):
            return
        upload = uploads.keep(file, settings.data_dir / "uploads")
        options = layers.Options(layers=only, synthetic=True)
        layers.load(connection, known, settings.town.municipality, upload, options)
        layers.publish(connection, known, published)


def paint(deps: Deps, folder: Path) -> None:
    """Paint the flights; each picture's conversion is promised as soon as it is there. Harmless to repeat."""
    with _make(deps.settings, folder, "pictures") as painting:
        for line in painting.stdout or ():
            picture = json.loads(line)
            with deps.database.transaction() as connection:
                ortho.defer(
                    connection,
                    deps.registry,
                    picture["flight"],
                    folder / picture["file"],
                    flown_on=date.fromisoformat(picture["flown_on"]),
                    synthetic=True,
                )
        _finished(painting)


@contextmanager
def _make(settings: Settings, folder: Path, part: str) -> Iterator[subprocess.Popen[str]]:
    """The program that makes a part of the demo town; it never outlives the block, nor this process."""
    seed = settings.town.municipality.teryt
    scale = str(settings.demo_scale)
    made = [sys.executable, "-m", "data.demo", str(folder), "--seed", seed, "--scale", scale, "--only", part]
    made += ["--language", settings.language]
    command = [postgres.SETPRIV, "--pdeathsig", "KILL", "--", *made]
    with subprocess.Popen(command, cwd=settings.root, stdout=subprocess.PIPE, text=True) as making:  # noqa: S603 - our own module
        try:
            yield making
        except BaseException:
            making.kill()
            raise


def _finished(making: subprocess.Popen[str]) -> None:
    making.communicate()
    if making.returncode:
        raise subprocess.CalledProcessError(making.returncode, making.args)
