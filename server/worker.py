"""The worker: keeps the promises that other transactions left as jobs. `python -m server.worker`."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from geo import jobs, registry, settings
from geo.deps import Deps
from geo.errors import NotFound
from geo.layers import service as layers
from geo.layers import tile, uploads
from geo.ortho import service as ortho
from geo.tile_cache import TileCache
from server import database, demo

log = logging.getLogger("geo.worker")
ROOT = Path(__file__).parent.parent


def handlers(deps: Deps, cache: TileCache) -> dict[str, jobs.Handler]:
    """Each job's name and the function that does it; all may run twice without harm."""

    def warm(layer: str) -> None:
        """Make the tiles of low zooms, so that nobody waits for them."""
        try:
            collection = deps.catalog().collection(layer)
        except NotFound:
            return
        made = 0
        for tile_id in tile.warming(collection):
            with deps.database.public() as connection:
                tile.tile(connection, cache, collection, tile_id)
            made += 1
        cache.forget(collection.id, keep_versions=(collection.version,))
        log.info("tiles warmed", extra={"layer": layer, "edition": collection.edition, "tiles": made})

    def convert(task: str) -> None:
        """Convert an orthophoto file and publish its flight."""
        ortho.run_task(deps.database, deps.settings, deps.registry, UUID(task))

    def paint(folder: str) -> None:
        """Paint the demo town's flights."""
        demo.paint(deps, Path(folder))

    return {layers.WARM_JOB: warm, ortho.CONVERT_JOB: convert, demo.PAINT_JOB: paint}


def chores(deps: Deps) -> dict[str, Callable[[], None]]:
    """What is done every night: removing what killed processes and old editions left on the disk."""

    def sweep() -> None:
        with deps.database.transaction() as connection:
            gone = ortho.sweep(connection, deps.registry, deps.settings.data_dir)
            gone += uploads.sweep(connection, deps.settings.data_dir / "uploads")
        log.info("left-overs removed", extra={"files": len(gone)})

    return {"server.sweep": sweep}


def main() -> None:
    """Work until SIGTERM."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    log.setLevel(logging.INFO)
    ours = settings.load(os.environ, ROOT)
    where = database.addresses(ours)
    deps = Deps.make(ours, registry.read(ours.config_dir), where.owner, where.public)
    cache = TileCache(ours.data_dir / "tiles")
    app = jobs.app(where.owner, handlers(deps, cache), chores(deps))
    try:
        with app.open():
            # NOTIFY wakes the worker at once; polling is for a lost notification.
            app.run_worker(queues=[jobs.QUEUE], concurrency=2, fetch_job_polling_interval=30)
    finally:
        deps.close()


if __name__ == "__main__":
    main()
