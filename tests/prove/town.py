"""A town whose every generation of data says which it is, and what must be true of it whenever nothing runs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from psycopg import sql
from rasterio.transform import from_origin

from geo import editions, registry, settings
from geo.db import Connection
from geo.deps import Deps
from geo.editions import Edition, EditionState
from geo.ortho import service as ortho
from geo.ortho import store as flights
from geo.ortho.cog import Cog
from geo.ortho.files import cog_folder
from server import worker
from tests.fixtures import prg_big

ROOT = Path(__file__).parents[2]
FIRST_LAYER = "addresses"
BUNDLE = ("streets", "addresses", "localities")
FLIGHT = "ortho-2024"
STREETS = prg_big.STREETS_PER_LOCALITY
_CORNER = (6_561_000.0, 5_562_000.0)
_LONG_AGO_S = 60 * 86_400
# The column of each layer that holds its generation, and the value of a generation there.
MARKED = {"addresses": "kod_pocztowy", "streets": "nazwa", "localities": "nazwa"}


def points(generation: int) -> int:
    """How many address points a generation has: two neighbours never have the same number."""
    return 40 + generation % 50


def mark(generation: int) -> str:
    """What every feature of a generation carries, and none of another; looks like the end of a postcode."""
    return f"-{generation:03d}"


@dataclass(frozen=True)
class State:
    """Which generation is public, which can be returned to, which waits (0: none); how many pictures were flown."""

    public: int
    previous: int
    staged: int
    flown: int


@dataclass(frozen=True)
class Place:
    """Where a town lies; handed from process to process."""

    data_dir: Path
    owner: str
    public: str

    def deps(self) -> Deps:
        """The town wired anew, for a process of its own."""
        ours = settings.load({"GEO_DATA_DIR": str(self.data_dir), "GEO_LANG": "en"}, ROOT)
        return Deps.make(ours, registry.read(ours.config_dir), self.owner, self.public)


def write_register(generation: int, folder: Path) -> Path:
    """A PRG file of one generation: three layers that are published together."""
    file = folder / f"generation-{generation}.gml"
    if not file.exists():
        prg_big.write(points(generation), file, town_share=1)
        text = file.read_text(encoding="utf-8").replace(">43-190<", f">43{mark(generation)}<")
        for name in ("Świętej Łucji", "Zmyślona"):
            text = text.replace(f">{name} ", f">{name}{mark(generation)} ")
        file.write_text(text, encoding="utf-8")
    return file


def write_picture(generation: int, folder: Path) -> Path:
    """A small orthophoto of its own place and colour."""
    file = folder / f"picture-{generation}.tif"
    colour = np.array((generation * 7 % 256, generation * 13 % 256, 200), "uint8")
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "height": 200, "width": 200, "crs": "EPSG:2177"}
    corner = (_CORNER[0] + generation % 10 * 50, _CORNER[1] - generation % 7 * 50)
    with rasterio.open(file, "w", transform=from_origin(*corner, 0.5, 0.5), **profile) as out:
        out.write(np.broadcast_to(colour[:, None, None], (3, 200, 200)))
    return file


class Town:
    """The town as its keeper sees it between two operations."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.deps = place.deps()

    def close(self) -> None:
        """Give back its connections."""
        self.deps.close()

    def state(self) -> State:
        """What is public, previous, staged; every layer of the bundle must say the same."""
        with self._at_rest() as connection:
            found = {
                state: {self._generation(connection, layer, state) for layer in BUNDLE}
                for state in (EditionState.PUBLISHED, EditionState.PREVIOUS, EditionState.STAGED)
            }
            for state, generations in found.items():
                assert len(generations) == 1, f"{state}: the bundle is of several generations: {generations}"
            public, previous, staged = (generations.pop() for generations in found.values())
            edition = editions.in_state(connection, FLIGHT, EditionState.PUBLISHED)
            return State(public, previous, staged, edition.stored if edition else 0)

    def is_whole(self) -> None:
        """Every living edition has all features of one generation, and nothing else lies in the schema or on the disk.

        Raises:
            AssertionError: says what is lost or mixed.
        """
        with self._at_rest() as connection:
            living = [e for e in editions.listing(connection) if e.state is not EditionState.WITHDRAWN]
            for edition in living:
                self._edition_is_whole(connection, edition)
            self._search_is_of_the_public_editions(connection)
            tables = {
                name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'layers'")
            }
            texts = tables & {editions.text_table(e.table) for e in living}
            assert tables - texts == {e.table for e in living}, (
                f"tables without an edition: {tables - texts - {e.table for e in living}}"
            )
            for edition in living:
                if editions.text_table(edition.table) in texts:
                    self._text_is_whole(connection, edition)

    def sweep_long_after(self) -> None:
        """The nightly chores, long after whatever was killed: only what an edition names stays on the disk."""
        data_dir = self.place.data_dir
        long_ago = time.time() - _LONG_AGO_S
        for folder in (data_dir / "uploads", cog_folder(data_dir)):
            for path in folder.rglob("*"):
                os.utime(path, (long_ago, long_ago))
        worker.chores(self.deps)["server.sweep"]()
        with self._at_rest() as connection:
            named = editions.files_named(connection)
            tables = [e.table for e in editions.listing(connection, [FLIGHT]) if e.state is not EditionState.WITHDRAWN]
            cogs = {cog for table in tables for cog in flights.cogs(connection, table)}
        left = {path.name for path in (data_dir / "uploads").iterdir()}
        assert left <= named, f"left-overs in uploads: {left - named}"
        left = {path.name for path in cog_folder(data_dir).iterdir()}
        assert left == cogs, f"left-overs or losses among the pictures: {left ^ cogs}"
        for cog in cogs:
            Cog.open(cog_folder(data_dir) / cog)

    def nothing_waits(self) -> None:
        """Every promise was kept: no job waits or is being done."""
        with self.deps.database.transaction() as connection:
            waiting = connection.execute(
                "SELECT task_name, status::text FROM procrastinate_jobs WHERE status NOT IN ('succeeded')"
            ).fetchall()
        assert not waiting, f"promises not kept: {waiting}"

    def make_time_pass(self) -> None:
        """Workers that were killed have given no sign of life for an hour; what is to be tried again is due."""
        with self.deps.database.transaction() as connection:
            connection.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
            connection.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")

    def promise_conversion(self, file: Path) -> None:
        """As the command `geo ortho add --later` would."""
        with self.deps.database.transaction() as connection:
            ortho.defer(connection, self.deps.registry, FLIGHT, file, anywhere=True)

    @contextmanager
    def _at_rest(self) -> Iterator[Connection]:
        """A connection that nobody changes editions beside: what a killed process had begun has ended."""
        with self.deps.database.transaction() as connection:
            for name in (*BUNDLE, FLIGHT):
                editions.lock(connection, name)
            yield connection

    def _generation(self, connection: Connection, layer: str, state: EditionState) -> int:
        edition = editions.in_state(connection, layer, state)
        return int(Path(edition.file_name).stem.partition("-")[2]) if edition else 0

    def _edition_is_whole(self, connection: Connection, edition: Edition) -> None:
        table = sql.Identifier("layers", edition.table)
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
        assert row == (edition.stored,), f"{edition.table}: {row} features instead of {edition.stored}"
        if edition.collection not in BUNDLE:
            return
        generation = self._generation(connection, edition.collection, edition.state)
        expected = {"addresses": points(generation), "streets": STREETS, "localities": 1}[edition.collection]
        marked = connection.execute(
            sql.SQL("SELECT count(*) FROM {} WHERE {} LIKE %s").format(
                table, sql.Identifier(MARKED[edition.collection])
            ),
            [f"%{mark(generation)}%"],
        ).fetchone()
        assert marked == (expected,), f"{edition.table}: {marked} of {expected} features are of {generation}"

    def _text_is_whole(self, connection: Connection, edition: Edition) -> None:
        name = editions.text_table(edition.table)
        table = sql.Identifier("layers", name)
        generation = self._generation(connection, edition.collection, edition.state)
        row = connection.execute(
            sql.SQL("SELECT count(*), count(*) FILTER (WHERE t::text LIKE %s) FROM {} AS t").format(table),
            [f"%{mark(generation)}%"],
        ).fetchone()
        assert row == (edition.stored, edition.stored), f"{name}: {row} texts instead of {edition.stored}"

    def _search_is_of_the_public_editions(self, connection: Connection) -> None:
        for layer in BUNDLE:
            edition = editions.in_state(connection, layer, EditionState.PUBLISHED)
            generation = self._generation(connection, layer, EditionState.PUBLISHED)
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE label || ' ' || detail LIKE %s)"
                " FROM published.gazetteer WHERE layer = %s",
                [f"%{mark(generation)}%", layer],
            ).fetchone()
            stored = edition.stored if edition else 0
            assert row == (stored, stored), f"search of {layer}: {row} entries instead of {stored} of {generation}"
