"""Our application with a tile cache that keeps tiles and never finds one: every request is the first.

The work of keeping a tile stays, as a first request has it. Pages of items need no such thing: each address is
asked once (`bench.spelling`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from geo.tile_cache import TileCache
from geo.tiles import TileId
from server import app, wsgi
from server.door import Environ


class Forgetful(TileCache):
    """Keeps, and never finds."""

    def get(self, collection: str, version: str, tile: TileId, kind: str) -> bytes | None:  # noqa: ARG002 - as inherited
        """Nothing."""
        return None


def create() -> Callable[[Environ, Callable[..., Any]], Iterable[bytes]]:
    """The application of one process."""
    app.TileCache = Forgetful  # type: ignore[misc]  # before the application is made: its one place
    return wsgi.create()
