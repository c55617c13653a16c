"""Loading addresses: from a PRG file to a published edition, beside ogr2ogr of the same file into the same PostGIS.

Ours reads, follows the links, checks, reports, indexes and fills the search; ogr2ogr copies what stands in
the file. The ratio says what that costs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import measure
from bench.cases import Aim, Bench, Case, Outcome
from bench.measure import Taken
from bench.timed import timed
from server import cluster, migrate
from tests.fixtures import prg_big

POINTS = 100_000


def cases() -> list[Case]:
    """The case of the group `load`."""
    return [Case("load", "load", run)]


def run(bench: Bench) -> Outcome:
    """Load the file into a cluster of its own by the registry of the checkout."""
    with TemporaryDirectory(prefix="geo-bench-") as folder, cluster.use(Path(folder) / "cluster") as running:
        migrate.upgrade(running.owner_dsn)
        file = Path(folder) / "prg.gml"
        prg_big.write(POINTS, file)
        # As in an installation: the first command that is ever run leaves the modules compiled.
        measure.run([*measure.GEO, "layers", "--help"], _environ())
        work = {"ours": lambda: _ours(file, running, Path(folder))}
        if shutil.which("ogr2ogr"):
            work["ogr2ogr"] = lambda: _ogr2ogr(file, running.owner_dsn)
        title = f"loading PRG 2021 GML, {POINTS} points, {file.stat().st_size >> 20} MB"
        return timed(bench, title, work, [Aim("ogr2ogr", 1.5)], (POINTS, "points/s"))


def _ours(file: Path, running: cluster.Cluster, folder: Path) -> Taken:
    environ = {
        **_environ(),
        "GEO_DATA_DIR": str(folder / "data"),
        "GEO_DATABASE_URL": running.owner_dsn,
        "GEO_PUBLIC_DATABASE_URL": running.public_dsn,
    }
    geo = [*measure.GEO, "layers"]
    loaded = measure.run([*geo, "load", str(file), "--anywhere"], environ)
    return loaded + measure.run([*geo, "publish", "addresses"], environ)


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _ogr2ogr(file: Path, dsn: str) -> Taken:
    # Its own notes on a file's shape would make the second round easier than the first.
    file.with_suffix(".gfs").unlink(missing_ok=True)
    target = ["-f", "PostgreSQL", f"PG:{dsn}", "-lco", "SCHEMA=public", "-overwrite", "--config", "PG_USE_COPY", "YES"]
    return measure.run(["ogr2ogr", *target, "-s_srs", "EPSG:2180", "-t_srs", "EPSG:4326", str(file)])
