"""The worker: keeps the promises that other transactions left as jobs. `python -m server.worker`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Event
from uuid import UUID

from procrastinate import App
from psycopg.errors import UndefinedTable

from geo import editions, jobs, registry, settings
from geo.auth import service as accounts
from geo.deps import Deps
from geo.downloads import service as downloads
from geo.downloads import shelf as downloads_shelf
from geo.errors import NotFound
from geo.feature import Collection
from geo.layers import service as layers
from geo.layers import tile, uploads
from geo.mail import service as mail
from geo.ogc import finished, indexes
from geo.ortho import service as ortho
from geo.reports import categories
from geo.reports import service as reports
from geo.tile_cache import TileCache
from server import children, database, demo, demo_reports, logs

log = logging.getLogger("geo.worker")
ROOT = Path(__file__).parent.parent
# Jobs end by themselves in this time after SIGTERM; the rest of the parent's patience is for the end of the process.
# Shorter than jobs.DEAD_AFTER_S: nobody begins a job again while it still has time to end.
PATIENCE_S = children.PATIENCE_S - 10.0
_LOOK_EVERY_S = 10.0


def handlers(deps: Deps, cache: TileCache, ending: Event | None = None) -> dict[str, jobs.Handler]:
    """Each job's name and the function that does it; all may run twice without harm, and leave off at the `ending`."""
    ending = ending or Event()

    def warm(layer: str) -> None:
        """Make the tiles of low zooms, so that nobody waits for them."""
        try:
            collection = deps.catalog().collection(layer)
        except NotFound:
            return
        made = 0
        for tile_id in tile.warming(collection):
            if ending.is_set():
                raise jobs.Interrupted
            tile.tile(deps.database.public, cache, collection, tile_id)
            made += 1
        _forget_others(deps, cache, collection)
        log.info("tiles warmed", extra={"layer": layer, "edition": collection.edition, "tiles": made})

    def convert(task: str) -> None:
        """Convert an orthophoto file and publish its flight."""
        ortho.run_task(deps.database, deps.settings, deps.registry, UUID(task), stopping=ending.is_set)

    def paint(folder: str) -> None:
        """Paint the demo town's flights."""
        demo.paint(deps, Path(folder), ending)

    def prepare(layer: str) -> None:
        """Make the files of a whole layer, and let every process link to them."""
        shelf = downloads_shelf.at(deps.settings.data_dir)
        try:
            collection = deps.catalog().collection(layer)
        except NotFound:
            return
        if shelf.is_current(collection):
            return
        ready = downloads.prepare(deps.database.public, shelf, collection, ending.is_set)
        with deps.database.transaction() as connection:
            editions.announce(connection)
        size = sum(file.length for file in ready.files)
        log.info("downloads prepared", extra={"layer": layer, "edition": ready.edition, "bytes": size})

    return {
        mail.JOB: lambda number: mail.send(deps.database, deps.settings, number),
        layers.TEXT_JOB: partial(_write_text, deps, ending),
        layers.INDEX_JOB: partial(_index, deps, ending),
        layers.DOWNLOADS_JOB: prepare,
        layers.WARM_JOB: warm,
        ortho.CONVERT_JOB: convert,
        demo.PAINT_JOB: paint,
        demo_reports.JOB: lambda: demo_reports.invent(deps, ending),
    }


def _forget_others(deps: Deps, cache: TileCache, collection: Collection) -> None:
    """Drop the tiles of a collection's other editions, packed and unpacked."""
    for known in (cache, TileCache.unpacked(deps.settings.data_dir)):
        known.forget(collection.id, keep_versions=(collection.version,))


def _write_text(deps: Deps, ending: Event, layer: str) -> None:
    """Write the finished text of a layer's features, and let every process read it."""
    try:
        collection = deps.catalog().collection(layer)
        if not finished.missing([collection]):
            return
        with deps.database.transaction() as connection:
            finished.write(connection, collection, ending.is_set)
    except (NotFound, UndefinedTable):
        # The edition was withdrawn meanwhile; a newer one has a promise of its own.
        return
    # Apart: whoever holds the revision may wait for a table that the writing held.
    with deps.database.transaction() as connection:
        editions.announce(connection)
    log.info("text finished", extra={"layer": layer, "edition": collection.edition})


def _index(deps: Deps, ending: Event, layer: str) -> None:
    """Index what a layer is filtered and sorted by; the database takes to it by itself."""
    try:
        collection = deps.catalog().collection(layer)
        made = indexes.make(deps.database.transaction, collection, ending.is_set)
    except (NotFound, UndefinedTable):
        # As with its text.
        return
    if made:
        log.info("columns indexed", extra={"layer": layer, "edition": collection.edition, "indexes": made})


def chores(deps: Deps) -> dict[str, Callable[[], None]]:
    """What is done every night: removing what killed processes, old editions and ended sessions left behind."""

    def sweep() -> None:
        with deps.database.transaction() as connection:
            gone = ortho.sweep(connection, deps.settings.data_dir)
            gone += uploads.sweep(connection, deps.settings.data_dir / "uploads")
        gone += downloads_shelf.at(deps.settings.data_dir).sweep(deps.catalog().collections)
        log.info("left-overs removed", extra={"files": len(gone)})

    def forget() -> None:
        with deps.database.transaction() as connection:
            accounts.forget(connection)

    def promise_mail() -> None:
        with deps.database.transaction() as connection:
            mail.promise_again(connection)

    def expire() -> None:
        rules = categories.read(deps.settings.config_dir, deps.registry)
        with deps.database.transaction() as connection:
            erased = reports.expire(connection, rules)
        log.info("contacts erased", extra={"reports": len(erased)})

    return {
        "server.sweep": sweep,
        "server.promise_mail": promise_mail,
        "server.forget_sessions": forget,
        "reports.expire": expire,
        "server.promise_downloads": lambda: promise_downloads(deps),
        "server.promise_texts": lambda: promise_texts(deps),
        "server.promise_indexes": lambda: promise_indexes(deps),
    }


def promise_downloads(deps: Deps) -> None:
    """Promise the files that an upgrade, another configuration or a restored backup has left missing."""
    shelf = downloads_shelf.at(deps.settings.data_dir)
    _promise(deps, layers.DOWNLOADS_JOB, shelf.missing(deps.catalog().collections.values()))


def promise_texts(deps: Deps) -> None:
    """Promise the finished text that an upgrade, another registry or a restored backup has left missing."""
    _promise(deps, layers.TEXT_JOB, finished.missing(deps.catalog().collections.values()))


def promise_indexes(deps: Deps) -> None:
    """Promise the indexes that an upgrade or another registry has left missing."""
    with deps.database.transaction() as connection:
        missing = indexes.missing(connection, deps.catalog().collections.values())
    _promise(deps, layers.INDEX_JOB, missing)


def _promise(deps: Deps, job: str, missing: Iterable[str]) -> None:
    with deps.database.transaction() as connection:
        for layer in missing:
            jobs.defer(connection, job, {"layer": layer}, key=f"{job}:{layer}")


def settling(deps: Deps) -> Callable[[], None]:
    """What follows when jobs of dead workers were promised again or given up."""

    def settle() -> None:
        with deps.database.transaction() as connection:
            if settled := ortho.settle(connection):
                log.warning("conversions of dead workers", extra={"tasks": settled})

    return settle


def work(
    app: App,
    *,
    ending: Event | None = None,
    settle: Callable[[], None] = lambda: None,
    patience_s: float = PATIENCE_S,
) -> None:
    """Run jobs until SIGTERM or SIGINT, and those that dead workers left.

    The signal sets `ending`, for jobs that look at it. When a job has not ended `patience_s` seconds after the
    signal, the process ends without another word: to the next worker it is a dead one, and its job is done again.
    """
    asyncio.run(_work(app, ending or Event(), settle, patience_s))


async def _work(app: App, ending: Event, settle: Callable[[], None], patience_s: float) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        ending.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    async with app.open_async():
        await _care_for_the_dead(app, settle)
        # NOTIFY wakes the worker at once; polling is for what is tried again, and for a lost notification.
        running = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE], concurrency=2, fetch_job_polling_interval=10, install_signal_handlers=False
            )
        )
        beside = [asyncio.create_task(stop.wait()), asyncio.create_task(_look_after_the_dead(app, settle))]
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


async def _look_after_the_dead(app: App, settle: Callable[[], None]) -> None:
    while True:
        slept_at = time.time()
        await asyncio.sleep(_LOOK_EVERY_S)
        # After a sleep of the whole machine our own heartbeat is old too, until it has beaten once.
        if time.time() - slept_at < 2 * _LOOK_EVERY_S:
            await _care_for_the_dead(app, settle)


async def _care_for_the_dead(app: App, settle: Callable[[], None]) -> None:
    await jobs.revive(app)
    await asyncio.to_thread(settle)


def main() -> None:
    """Work until SIGTERM."""
    logs.to_stderr(log)
    ours = settings.load(os.environ, ROOT)
    where = database.addresses(ours)
    deps = Deps.make(ours, registry.read(ours.config_dir), where.owner, where.public)
    cache, ending = TileCache(ours.data_dir / "tiles"), Event()
    app = jobs.app(where.owner, handlers(deps, cache, ending), chores(deps))
    try:
        promise_texts(deps)
        promise_indexes(deps)
        promise_downloads(deps)
        work(app, ending=ending, settle=settling(deps))
    finally:
        deps.close()


if __name__ == "__main__":
    main()
