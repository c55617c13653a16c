"""What is stopped: each operation as the command or the worker does it, and what it makes of the town."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from geo import jobs
from geo.deps import Deps
from geo.layers import service, uploads
from geo.layers.service import Options
from geo.ogc import indexes
from geo.tile_cache import TileCache
from server import worker
from tests.prove.town import FIRST_LAYER, State


@dataclass(frozen=True)
class Operation:
    """`act` does it, given the file that it is about; `goal` is the state that it leads to."""

    name: str
    act: Callable[[Deps, Path], None]
    goal: Callable[[State, int], State]
    # The worker takes up its promise again by itself; a command is given again by who gave it.
    by_worker: bool = False


def _load(deps: Deps, file: Path) -> None:
    upload = uploads.keep(file, deps.settings.data_dir / "uploads")
    with deps.database.transaction() as connection:
        service.load(connection, deps.registry, deps.settings.town.municipality, upload, Options(anywhere=True))


def _publish(deps: Deps, _: Path) -> None:
    with deps.database.transaction() as connection:
        service.publish(connection, deps.registry, FIRST_LAYER)


def _rollback(deps: Deps, _: Path) -> None:
    with deps.database.transaction() as connection:
        service.rollback(connection, deps.registry, FIRST_LAYER)


def _discard(deps: Deps, _: Path) -> None:
    with deps.database.transaction() as connection:
        service.discard(connection, deps.registry, FIRST_LAYER)


def _sweep(deps: Deps, _: Path) -> None:
    worker.chores(deps)["server.sweep"]()


def _work(deps: Deps, _: Path) -> None:
    """A worker's start and everything that waits, until there is nothing."""
    # The town is small; indexes are made of larger layers.
    indexes.LEAST_FEATURES = 1
    cache = TileCache(deps.settings.data_dir / "tiles")
    app = jobs.app(deps.database.dsn, worker.handlers(deps, cache), {})

    async def until_idle() -> None:
        async with app.open_async():
            await worker._care_for_the_dead(app, worker.settling(deps))
            await app.run_worker_async(queues=[jobs.QUEUE], wait=False, install_signal_handlers=False)

    asyncio.run(until_idle())


def _same(state: State, _: int) -> State:
    return state


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("load", _load, lambda state, newest: replace(state, staged=newest)),
        Operation(
            "publish", _publish, lambda state, _: replace(state, public=state.staged, previous=state.public, staged=0)
        ),
        Operation("rollback", _rollback, lambda state, _: replace(state, public=state.previous, previous=state.public)),
        Operation("discard", _discard, lambda state, _: replace(state, staged=0)),
        Operation("convert", _work, lambda state, _: replace(state, flown=state.flown + 1), by_worker=True),
        Operation("warm", _work, _same, by_worker=True),
        Operation("sweep", _sweep, _same),
    )
}
