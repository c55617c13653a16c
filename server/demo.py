"""The demo town: made by `data/demo` at the first start and loaded like any other files.

The registers are there when the map opens; the orthophotos are painted and converted by the worker meanwhile.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Thread, Timer

import psycopg

from geo import editions, jobs, registry
from geo.deps import Deps
from geo.layers import service as layers
from geo.layers import uploads
from geo.ortho import service as ortho
from geo.settings import Settings
from geo.texts import Text
from server import demo_reports, postgres
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
_LOOK_EVERY_S = 0.2
# Nobody looks at a silent terminal for longer.
_TELL_EVERY_S = 2.0


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
        demo_reports.promise(connection)
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
        with _telling(announce) as tell:
            town = settings.town.municipality
            layers.load(connection, known, town, upload, options, tell, limits=settings.limits)
        layers.publish(connection, known, published)


@contextmanager
def _telling(announce: Announce) -> Iterator[Callable[[Text | int], None]]:
    """Says each of the loader's steps that lasts, and every other second how many features there are."""
    told_at = time.monotonic()
    lasting = Timer(_TELL_EVERY_S, lambda: None)

    def tell(step: Text | int) -> None:
        nonlocal told_at, lasting
        lasting.cancel()
        if isinstance(step, Text):
            lasting = Timer(_TELL_EVERY_S, announce, [step])
            lasting.daemon = True
            lasting.start()
        elif time.monotonic() - told_at > _TELL_EVERY_S:
            told_at = time.monotonic()
            announce(Text("{n} features…", n=step))

    try:
        yield tell
    finally:
        lasting.cancel()


def paint(deps: Deps, folder: Path, ending: Event) -> None:
    """Paint the flights; each picture's conversion is promised as soon as it is there. Harmless to repeat.

    Raises:
        Interrupted: the worker ends.
    """
    with _make(deps.settings, folder, "pictures") as painting, _ended_with(ending, painting):
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
def _ended_with(ending: Event, making: subprocess.Popen[str]) -> Iterator[None]:
    """The program is killed when the worker ends; what comes of that is no failure."""
    over = Event()

    def watch() -> None:
        while not over.is_set():
            if ending.wait(_LOOK_EVERY_S):
                making.kill()
                return

    watcher = Thread(target=watch, name="demo-ending", daemon=True)
    watcher.start()
    try:
        yield
    # A line may have been cut in its middle.
    except (subprocess.CalledProcessError, ValueError) as exc:
        if ending.is_set():
            raise jobs.Interrupted from exc
        raise
    finally:
        over.set()
        watcher.join()


@contextmanager
def _make(settings: Settings, folder: Path, part: str) -> Iterator[subprocess.Popen[str]]:
    """The program that makes a part of the demo town; it never outlives the block, nor this process."""
    seed = settings.town.municipality.teryt
    scale = str(settings.demo_scale)
    made = [sys.executable, "-m", "data.demo", str(folder), "--seed", seed, "--scale", scale, "--only", part]
    made += ["--language", settings.language]
    command = [postgres.SETPRIV, "--pdeathsig", "KILL", "--", *made]
    with subprocess.Popen(  # noqa: S603 - our own module
        command,
        cwd=settings.root,
        stdout=subprocess.PIPE,
        text=True,
        # A signal to our group is for us, who then end it: by itself it would look like a failure.
        process_group=0,
    ) as making:
        try:
            yield making
        except BaseException:
            making.kill()
            raise


def _finished(making: subprocess.Popen[str]) -> None:
    making.communicate()
    if making.returncode:
        raise subprocess.CalledProcessError(making.returncode, making.args)
