"""martin: vector tiles in Rust, on the plain tables."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import places
from bench.contestants import POOL, WORKERS, LeftOut, installed
from bench.servers import Launch
from bench.town import PLAIN_ROLE, Town
from geo.tiles import TileId

VERSION = "1.14.0"


def build() -> None:
    """Build it with cargo, once.

    Raises:
        LeftOut: there is no cargo, or it fails; says with what words.
    """
    if _program().exists():
        return
    if shutil.which("cargo") is None:
        raise LeftOut("martin: left out, building it needs cargo (Rust)")
    print("Building martin with cargo: 8 minutes or more, once.", flush=True)
    features = ["--no-default-features", "--features", "postgres"]
    install = ["cargo", "install", "martin", "--version", VERSION, "--locked", *features]
    ended = subprocess.run(
        [*install, "--root", str(_program().parents[1])], stderr=subprocess.PIPE, text=True, check=False
    )
    if ended.returncode:
        raise LeftOut(f"martin: left out, cargo does not build it: {ended.stderr.strip()[-300:]}")


def _program() -> Path:
    return places.kept() / "martin" / "bin" / "martin"


@dataclass(frozen=True)
class Martin:
    """`cache_mb` 0: every tile is made."""

    town: Town
    cache_mb: int = 0

    def launch(self, port: int) -> Launch:
        """Two workers and the connections that everybody has; tables of the schema are found by it."""
        missing = "martin: left out, not built; 'make bench PEERS=all' builds it with cargo in 8 minutes or more"
        program = installed(_program(), missing)
        database = self.town.database
        found = {"auto_publish": {"tables": {"from_schemas": ["bench"], "id_columns": ["id"]}, "functions": False}}
        source = {
            "connection_string": f"host={database.place.socket_dir} user={PLAIN_ROLE} dbname=geo",
            "pool_size": WORKERS * POOL,
            **found,
            "default_srid": 3857,
        }
        config = {
            "listen_addresses": f"127.0.0.1:{port}",
            "worker_processes": WORKERS,
            "cache_size_mb": self.cache_mb,
            "postgres": source,
        }
        # Its YAML takes JSON.
        file = self.town.data_dir / f"martin-{self.cache_mb}.yaml"
        file.write_text(json.dumps(config, indent=1), encoding="utf-8")
        return Launch([program, "--config", str(file)], "/health")

    def tile(self, collection: str, tile: TileId) -> str:
        """A tile of the table in EPSG:3857."""
        return f"/{collection}_3857/{tile.z}/{tile.x}/{tile.y}"
