"""The demo town: made by `data/demo` at the first start and loaded like any other file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import psycopg

from geo import editions, registry
from geo.layers import service as layers
from geo.ortho import service as ortho
from geo.settings import Settings
from geo.texts import Text
from server.database import Addresses
from server.run import Announce

# The file, the layers that are named for it, and the one whose publication takes its whole bundle along.
VECTOR_FILES = (
    ("boundary.geojson", ("boundary",), "boundary"),
    ("prg.gml", (), "addresses"),
    ("egib.gml", (), "parcels"),
    ("roads.geojson", ("roads",), "roads"),
)


def load_if_first(settings: Settings, where: Addresses, announce: Announce) -> None:
    """Make and load the demo town into a database that has never held anything."""
    folder = settings.data_dir / "demo"
    unfinished = folder / ".loading"
    with psycopg.connect(where.owner) as connection:
        fresh = not editions.listing(connection)
    if not settings.wants_demo or not (fresh or unfinished.exists()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    unfinished.touch()
    if not (folder / "manifest.json").exists():
        announce(Text("First start: inventing a demo town (about a minute)…"))
        _generate(settings, folder)
    load(settings, where, folder, announce)
    unfinished.unlink()


def load(settings: Settings, where: Addresses, folder: Path, announce: Announce) -> None:
    """Load and publish the files of a generated town; what is there already stays."""
    known = registry.read(settings.config_dir)
    for name, only, published in VECTOR_FILES:
        announce(Text("Loading {file}…", file=name))
        with psycopg.connect(where.owner) as connection:
            if editions.listing(connection, [published]):
                continue
            upload = layers.keep(folder / name, settings.data_dir / "uploads")
            options = layers.Options(layers=only, synthetic=True)
            layers.load(connection, known, settings.town.municipality, upload, options)
            layers.publish(connection, known, published)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    with psycopg.connect(where.owner) as connection:
        for file in manifest["files"]:
            if "flown_on" in file:
                ortho.defer(
                    connection,
                    known,
                    file["flight"],
                    folder / file["file"],
                    flown_on=date.fromisoformat(file["flown_on"]),
                    synthetic=True,
                )
    announce(Text("The orthophotos are converted while you look around."))


def _generate(settings: Settings, folder: Path) -> None:
    subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "data.demo", str(folder), "--seed", settings.town.municipality.teryt],
        cwd=settings.root,
        check=True,
    )
