"""The fast door: tiles and pages of features, before Flask, whose dispatch costs more than most of them do.

What it cannot answer (an old version, any error) it hands to the slow door; a test holds the answers of both side by
side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import psycopg

from geo import http
from geo.catalog import CurrentCatalog
from geo.errors import GeoError, Unavailable
from geo.feature import Collection
from geo.http.answers import Delivery, Environ
from geo.http.limits import BUSY
from geo.ogc.quick import QuickPages
from geo.ogc.tiles import TileAnswer, delivery, key_of
from geo.tiles import TileId
from server.tiles import PublishedTiles, manners

type Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_STATUS = {status.value: f"{status} {status.phrase}" for status in HTTPStatus}


class FrontDoor:
    """A WSGI application in front of another."""

    def __init__(self, behind: Application, catalog: CurrentCatalog, tiles: PublishedTiles, pages: QuickPages) -> None:
        self.behind = behind
        self.catalog = catalog
        self.tiles = tiles
        self.pages = pages

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
        parts = path.split("/")
        if len(parts) != 7 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts[4:]):
            return None
        known = self.catalog.known
        collection = known.collections.get(parts[2]) if known else None
        # A version names its data for ever, so a catalog that knows it need not be the newest.
        if collection is None or collection.version != parts[3]:
            return None
        tile_id = TileId(*map(int, parts[4:]))
        answer = self.tiles.kept(collection, tile_id) or self._made(collection, tile_id, environ)
        if answer is None:
            return None
        held = environ.get("HTTP_IF_NONE_MATCH", "")
        return delivery(
            lambda: answer,
            key_of(collection, tile_id),
            environ.get("HTTP_ACCEPT_ENCODING"),
            lambda tag: f'"{tag}"' in held,
            packed=not collection.raster,
            manners=manners(collection),
        )

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


def _is_odd(environ: Environ) -> bool:
    """What clients hardly ever send, and the slow door knows how to answer."""
    return "*" in environ.get("HTTP_IF_NONE_MATCH", "") or not http.is_utf8(
        environ.get("QUERY_STRING", "").encode("latin-1", "replace")
    )
