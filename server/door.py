"""The fast door: tiles that lie ready and pages of features, before Flask, whose dispatch costs more than they do.

What it cannot answer (a tile not made yet, an old version, any error) it hands to the slow door; a test holds the
answers of both side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from geo import http
from geo.catalog import Catalog, CurrentCatalog
from geo.http.answers import Delivery, Environ
from geo.http.conditional import encodings_of
from geo.ogc.quick import QuickPages
from geo.ogc.tiles import key_of
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
        """Answer a kept tile or a page of features, or ask the application behind."""
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
            made = self._made(path, catalog, packed=packed)
            if made is None:
                return None
            kept = _Kept(catalog.revision, made)
            # Unpacked it weighs twice as much, and hardly anybody takes it so: those are read from the cache's file.
            if not made.unpacked:
                self._ready.put((path, packed), kept)
        return kept.ready.to(environ.get("HTTP_IF_NONE_MATCH"))

    def _made(self, path: str, catalog: Catalog, *, packed: bool) -> Ready | None:
        parts = path.split("/")
        if len(parts) != 7 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts[4:]):
            return None
        collection = catalog.collections.get(parts[2])
        # A version names its data for ever, so a catalog that knows it need not be the newest.
        if collection is None or collection.version != parts[3]:
            return None
        tile_id = TileId(*map(int, parts[4:]))
        answer = self.tiles.kept(collection, tile_id, packed=packed)
        return None if answer is None else ready(answer, key_of(collection, tile_id), manners(collection))


def _weight(kept: _Kept) -> int:
    return len(kept.ready.whole.body) + _OVERHEAD_BYTES


def _is_odd(environ: Environ) -> bool:
    """What clients hardly ever send, and the slow door knows how to answer."""
    return "*" in environ.get("HTTP_IF_NONE_MATCH", "") or not _is_utf8(environ.get("QUERY_STRING", ""))


def _is_utf8(query: str) -> bool:
    # Hardly any query is percent-encoded, and none that a program asks again and again needs to be.
    return ("%" not in query and query.isascii()) or http.is_utf8(query.encode("latin-1", "replace"))
