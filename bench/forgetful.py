"""Our application with memories of tiles that keep and never find: every request is the first.

The work of keeping a tile in the cache stays, as a first request has it. Pages of items need no such thing: each
address is asked once (`bench.spelling`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from geo.tile_cache import TileCache
from geo.tiles import TileId
from server import app, door, wsgi
from server.door import Environ


class Forgetful(TileCache):
    """Keeps, and never finds."""

    def get(self, collection: str, version: str, tile: TileId, kind: str) -> bytes | None:  # noqa: ARG002 - as inherited
        """Nothing."""
        return None


def forget() -> None:
    """See that applications made from now on find no tile that they made or sent before."""
    app.TileCache = Forgetful  # type: ignore[misc]  # before the application is made: its one place
    # In the memory of what was sent there is room for none.
    door.READY_BYTES = 0


def create() -> Callable[[Environ, Callable[..., Any]], Iterable[bytes]]:
    """The application of one process."""
    forget()
    return wsgi.create()
