"""The fast door: tiles and pages of features, before Flask, whose dispatch costs more than most of them do.

What it cannot answer (an old version, any error) it hands to the slow door; a test holds the answers of both side by
side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

import psycopg

from geo import http
from geo.catalog import Catalog, CurrentCatalog
from geo.errors import GeoError, Unavailable
from geo.feature import Collection
from geo.http.answers import Delivery, Environ
from geo.http.conditional import encodings_of
from geo.http.limits import BUSY
from geo.ogc.quick import QuickPages
from geo.ogc.tiles import TileAnswer, key_of
from geo.recent import Recent
from geo.tiles import TileId
from server.tiles import PublishedTiles, Ready, manners, ready

type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_STATUS = {status.value: f"{status} {status.phrase}" for status in HTTPStatus}
# Of each process: tiles as they were sent, by what was asked. What made way is read from the cache's file again.
READY_BYTES = 12 << 20
# Objects of Python around the bytes of a tile; its headers, which have no say of a client's, among them.
_OVERHEAD_BYTES = 3000


class _Kept(NamedTuple):
    """A tile that was sent, and the revision at which its version was public."""

    revision: int
    ready: Ready


class FrontDoor:
    """A WSGI application in front of another."""

    def __init__(self, behind: Application, catalog: CurrentCatalog, tiles: PublishedTiles, pages: QuickPages) -> None:
        self.behind = behind
        self.catalog = catalog
        self.tiles = tiles
        self.pages = pages
        # By path, and whether the client takes gzip.
        self._ready: Recent[tuple[str, bool], _Kept] = Recent(READY_BYTES, _weight)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a tile or a page of features, or ask the application behind."""
        if _is_odd(environ):
            return self.behind(environ, start_response)
        path = environ.get("PATH_INFO", "")
        # A tile takes no parameters: the slow door names the one that is wrong.
        if path.startswith("/tiles/") and environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING"):
            delivery = self._tile(path, environ)
        else:
            delivery = self.pages(environ)
        if delivery is None:
            return self.behind(environ, start_response)
        start_response(_STATUS[delivery.status], list(delivery.headers))
        return [delivery.body]

    def _tile(self, path: str, environ: Environ) -> Delivery | None:
        catalog = self.catalog.known
        if catalog is None:
            return None
        packed = encodings_of(environ.get("HTTP_ACCEPT_ENCODING"))[1]
        kept = self._ready.get((path, packed))
        # While nothing is published, the path of what was sent need not even be read.
        if kept is None or kept.revision != catalog.revision:
            found = self._found(path, catalog, environ, packed=packed)
            if found is None:
                return None
            kept = _Kept(catalog.revision, found)
            # Unpacked it weighs twice as much, and hardly anybody takes it so: those are read from the cache's file.
            if not found.unpacked:
                self._ready.put((path, packed), kept)
        return kept.ready.to(environ.get("HTTP_IF_NONE_MATCH"))

    def _found(self, path: str, catalog: Catalog, environ: Environ, *, packed: bool) -> Ready | None:
        parts = path.split("/")
        if len(parts) != 7 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts[4:]):
            return None
        collection = catalog.collections.get(parts[2])
        # A version names its data for ever, so a catalog that knows it need not be the newest.
        if collection is None or collection.version != parts[3]:
            return None
        tile_id = TileId(*map(int, parts[4:]))
        answer = self.tiles.kept(collection, tile_id, packed=packed)
        if answer is None:
            made = self._made(collection, tile_id, environ)
            if made is None:
                return None
            answer = made if packed else self.tiles.unpacked(collection, tile_id, made)
        return ready(answer, key_of(collection, tile_id), manners(collection))

    def _made(self, collection: Collection, tile_id: TileId, environ: Environ) -> TileAnswer | None:
        try:
            # One that is no longer public is not made.
            if self.catalog.recent().collections.get(collection.id) == collection:
                return self.tiles.tile(collection, tile_id)
        except Unavailable as error:
            # A table that is gone is found again under its new name; what took too long would take so again.
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                environ[BUSY] = True
        except (GeoError, psycopg.Error):
            # Said by the slow door, which meets it too.
            pass
        return None


def _weight(kept: _Kept) -> int:
    return len(kept.ready.whole.body) + _OVERHEAD_BYTES


def _is_odd(environ: Environ) -> bool:
    """What clients hardly ever send, and the slow door knows how to answer."""
    return "*" in environ.get("HTTP_IF_NONE_MATCH", "") or not _is_utf8(environ.get("QUERY_STRING", ""))


def _is_utf8(query: str) -> bool:
    # Hardly any query is percent-encoded, and none that a program asks again and again needs to be.
    return ("%" not in query and query.isascii()) or http.is_utf8(query.encode("latin-1", "replace"))
