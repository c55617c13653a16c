"""The worker: keeps the promises that other transactions left as jobs. `python -m server.worker`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from procrastinate import App

from geo import jobs, registry, settings
from geo.deps import Deps
from geo.errors import NotFound
from geo.layers import service as layers
from geo.layers import tile, uploads
from geo.ortho import service as ortho
from geo.tile_cache import TileCache
from server import children, database, demo

log = logging.getLogger("geo.worker")
ROOT = Path(__file__).parent.parent
# Jobs end by themselves in this time after SIGTERM; the rest of the parent's patience is for the end of the process.
# Shorter than jobs.DEAD_AFTER_S: nobody begins a job again while it still has time to end.
PATIENCE_S = children.PATIENCE_S - 10.0
_LOOK_EVERY_S = 10.0


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
            gone = ortho.sweep(connection, deps.settings.data_dir)
            gone += uploads.sweep(connection, deps.settings.data_dir / "uploads")
        log.info("left-overs removed", extra={"files": len(gone)})

    return {"server.sweep": sweep}


def work(app: App, *, patience_s: float = PATIENCE_S) -> None:
    """Run jobs until SIGTERM or SIGINT, and those that dead workers left.

    When a job has not ended `patience_s` seconds after the signal, the process ends without another word: to the
    next worker it is a dead one, and its job is done again.
    """
    asyncio.run(_work(app, patience_s))


async def _work(app: App, patience_s: float) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with app.open_async():
        await jobs.revive(app)
        # NOTIFY wakes the worker at once; polling is for what is tried again, and for a lost notification.
        running = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE], concurrency=2, fetch_job_polling_interval=10, install_signal_handlers=False
            )
        )
        beside = [asyncio.create_task(stop.wait()), asyncio.create_task(_look_after_the_dead(app))]
        await asyncio.wait([running, *beside], return_when=asyncio.FIRST_COMPLETED)
        running.cancel()
        await asyncio.wait([running], timeout=patience_s)
        if not running.done():
            log.warning("jobs under way are left to the next start")
            logging.shutdown()
            # A thread cannot be ended, and an ordinary end would wait for it.
            os._exit(0)
        if not stop.is_set():
            # The database went away: its error is this process's end, and its parent starts another.
            await asyncio.gather(running, *beside[1:])
        for task in beside:
            task.cancel()


async def _look_after_the_dead(app: App) -> None:
    while True:
        slept_at = time.time()
        await asyncio.sleep(_LOOK_EVERY_S)
        # After a sleep of the whole machine our own heartbeat is old too, until it has beaten once.
        if time.time() - slept_at < 2 * _LOOK_EVERY_S:
            await jobs.revive(app)


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
        work(app)
    finally:
        deps.close()


if __name__ == "__main__":
    main()
