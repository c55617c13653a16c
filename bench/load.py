"""Loading addresses: from a PRG file to a published edition, beside ogr2ogr of the same file into the same PostGIS.

Ours reads, follows the links, checks, reports, indexes and fills the search; ogr2ogr copies what stands in
the file. The ratio says what that costs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import lxml.etree
import psycopg

from bench import measure
from bench.measure import Taken
from server import cluster, migrate
from tests.fixtures import prg_big

POINTS = 100_000
ROUNDS = 3


def main() -> None:
    """Measure ROUNDS times, the two in turn, and print the medians."""
    with TemporaryDirectory(prefix="geo-bench-") as folder, cluster.use(Path(folder) / "cluster") as running:
        migrate.upgrade(running.owner_dsn)
        file = Path(folder) / "prg.gml"
        prg_big.write(POINTS, file)
        measure.header(f"load: {POINTS} address points, {file.stat().st_size >> 20} MB", _versions(running.owner_dsn))
        ours: list[Taken] = []
        peers: list[Taken] = []
        for _ in range(ROUNDS):
            ours.append(_ours(file, running, Path(folder)))
            if shutil.which("ogr2ogr"):
                peers.append(_ogr2ogr(file, running.owner_dsn))
    _tell("geo layers load + publish", ours)
    if not peers:
        print("ogr2ogr: left out, gdal-bin is not installed here")
        return
    _tell("ogr2ogr -f PostgreSQL", peers)
    wall, cpu = (_median(ours, what) / _median(peers, what) for what in ("wall_s", "cpu_s"))
    print(f"ours takes {wall:.2f} times as long by the clock, {cpu:.2f} times the processor")


def _ours(file: Path, running: cluster.Cluster, folder: Path) -> Taken:
    environ = {
        **os.environ,
        "GEO_DATA_DIR": str(folder / "data"),
        "GEO_DATABASE_URL": running.owner_dsn,
        "GEO_PUBLIC_DATABASE_URL": running.public_dsn,
    }
    geo = [sys.executable, "-m", "server.cli", "layers"]
    loaded = measure.run([*geo, "load", str(file), "--anywhere"], environ)
    return loaded + measure.run([*geo, "publish", "addresses"], environ)


def _ogr2ogr(file: Path, dsn: str) -> Taken:
    # Its own notes on a file's shape would make the second round easier than the first.
    file.with_suffix(".gfs").unlink(missing_ok=True)
    target = ["-f", "PostgreSQL", f"PG:{dsn}", "-lco", "SCHEMA=public", "-overwrite", "--config", "PG_USE_COPY", "YES"]
    return measure.run(["ogr2ogr", *target, "-s_srs", "EPSG:2180", "-t_srs", "EPSG:4326", str(file)])


def _tell(name: str, taken: list[Taken]) -> None:
    wall, cpu, peak = (_median(taken, what) for what in ("wall_s", "cpu_s", "peak_mb"))
    print(f"{name}: {POINTS / wall:.0f} points/s ({wall:.1f} s, processor {cpu:.1f} s), peak memory {peak:.0f} MB")


def _median(taken: list[Taken], what: str) -> float:
    return statistics.median(getattr(one, what) for one in taken)


def _versions(dsn: str) -> dict[str, str]:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_setting('server_version'), postgis_lib_version()").fetchone()
    server, postgis = row or ("?", "?")
    found = {"PostgreSQL": server.split()[0], "PostGIS": postgis, "lxml": lxml.etree.__version__}
    if shutil.which("ogr2ogr"):
        said = subprocess.run(["ogr2ogr", "--version"], capture_output=True, text=True, check=True).stdout
        found["GDAL"] = said.split(",")[0].removeprefix("GDAL ")
    return found
