"""The fast door: tiles and pages of features, before Flask, whose dispatch costs more than most of them do.

What it cannot answer (an old version, any error) it hands to the slow door; a test holds the answers of both side by
side.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

import psycopg

from geo import deadline, http
from geo.catalog import Catalog, CurrentCatalog
from geo.errors import GeoError
from geo.feature import Collection
from geo.http.answers import Delivery, Environ
from geo.http.conditional import encodings_of
from geo.ogc.quick import QuickPages, tried
from geo.ogc.tiles import Ready, TileAnswer, key_of, ready
from geo.recent import Recent
from geo.tiles import TileId
from server.tiles import PublishedTiles, manners

type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_STATUS = {status.value: f"{status} {status.phrase}" for status in HTTPStatus}
# One way of writing each tile, so that it is kept once; the slow door reads the others too.
_TILE = re.compile(r"/tiles/([^/]+)/([^/]+)/(0|[1-9][0-9]{0,8})/(0|[1-9][0-9]{0,8})/(0|[1-9][0-9]{0,8})")
# Of each process: tiles as they were sent, by what was asked. What made way is read from the cache's file again.
READY_BYTES = 12 << 20
# Objects of Python around the bytes of a tile; its headers, which have no say of a client's, among them.
_OVERHEAD_BYTES = 3000
# How often a process that is asked for nothing but tiles looks what is public, and how long one of them waits for it.
LOOK_EVERY_S = LOOK_PATIENCE_S = 1.0


class _Kept(NamedTuple):
    """A tile that was sent, and the revision at which its version was public."""

    revision: int
    ready: Ready
    # Whether it is sent to clients without gzip too, as pictures are.
    to_all: bool


class FrontDoor:
    """A WSGI application in front of another."""

    def __init__(self, behind: Application, catalog: CurrentCatalog, tiles: PublishedTiles, pages: QuickPages) -> None:
        self.behind = behind
        self.catalog = catalog
        self.tiles = tiles
        self.pages = pages
        # By path. Unpacked tiles weigh twice as much, and hardly anybody takes them: the cache's file has those.
        self._ready: Recent[str, _Kept] = Recent(READY_BYTES, _weight)
        # The moment of time.monotonic from which on somebody must look again what is public.
        self._look_s = -math.inf

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a tile or a page of features, or ask the application behind."""
        path, query, held = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING"), environ.get("HTTP_IF_NONE_MATCH")
        delivery = None
        # `*` is sent hardly ever, and the slow door knows how to answer.
        if held is None or "*" not in held:
            # A tile takes no parameters: the slow door names the one that is wrong.
            if not query and path.startswith("/tiles/"):
                delivery = self._tile(path, environ, held) if environ["REQUEST_METHOD"] == "GET" else None
            elif not query or _is_utf8(query):
                delivery = self.pages(environ)
        if delivery is None:
            return self.behind(environ, start_response)
        start_response(_STATUS[delivery.status], list(delivery.headers))
        return [delivery.body]

    def _tile(self, path: str, environ: Environ, held: str | None) -> Delivery | None:
        if time.monotonic() >= self._look_s:
            self._look()
        catalog = self.catalog.known
        if catalog is None:
            return None
        packed = encodings_of(environ.get("HTTP_ACCEPT_ENCODING"))[1]
        kept = self._ready.get(path)
        # While nothing is published, the path of what was sent need not even be read.
        if kept is None or kept.revision != catalog.revision or not (packed or kept.to_all):
            kept = self._found(path, catalog, environ, packed=packed)
            if kept is None:
                return None
            if packed or kept.to_all:
                self._ready.put(path, kept)
        return kept.ready.whole if held is None else kept.ready.to(held)

    def _look(self) -> None:
        # First of all: meanwhile the others go on with what is known.
        self._look_s = time.monotonic() + LOOK_EVERY_S
        # Tiles that lie ready are sent whatever becomes of the database.
        with suppress(GeoError, psycopg.Error), deadline.within(LOOK_PATIENCE_S):
            self.catalog.recent()

    def _found(self, path: str, catalog: Catalog, environ: Environ, *, packed: bool) -> _Kept | None:
        parts = _TILE.fullmatch(path)
        if parts is None:
            return None
        collection = catalog.collections.get(parts[1])
        # A version names its data for ever, so a catalog that knows it need not be the newest.
        if collection is None or collection.version != parts[2]:
            return None
        tile_id = TileId(int(parts[3]), int(parts[4]), int(parts[5]))
        answer = self.tiles.kept(collection, tile_id, packed=packed)
        if answer is None:
            answer = tried(environ, lambda: self._made(collection, tile_id, packed=packed))
            if answer is None:
                return None
        return _Kept(
            catalog.revision, ready(answer, key_of(collection, tile_id), manners(collection)), collection.raster
        )

    def _made(self, collection: Collection, tile_id: TileId, *, packed: bool) -> TileAnswer | None:
        # One that is no longer public is not made.
        if self.catalog.recent().collections.get(collection.id) != collection:
            return None
        return self.tiles.tile(collection, tile_id, packed=packed)


def _weight(kept: _Kept) -> int:
    return len(kept.ready.whole.body) + _OVERHEAD_BYTES


def _is_utf8(query: str) -> bool:
    # Hardly any query is percent-encoded, and none that a program asks again and again needs to be.
    return ("%" not in query and query.isascii()) or http.is_utf8(query.encode("latin-1", "replace"))
