"""Tiles of every published collection, vector and raster alike, for both doors and for the OGC addresses."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo import http
from geo.deps import Deps
from geo.feature import Collection
from geo.http.answers import PUBLIC_MANNERS, Delivery
from geo.layers import tile as vector
from geo.ogc.tiles import TileAnswer, TilePath
from geo.ortho import tile as raster
from geo.ortho.flights import Flights
from geo.ortho.tile import Flight
from geo.tile_cache import TileCache
from geo.tiles import MVT, TileId, TileRange

YEAR_S = 31_536_000


@dataclass(frozen=True)
class PublishedTiles:
    """Makes or finds the tiles of one process."""

    deps: Deps
    cache: TileCache
    flights: Flights

    def limits(self, collection: Collection) -> dict[int, TileRange]:
        """The tiles that a collection has, by zoom."""
        if not collection.raster:
            return vector.limits(collection)
        return self._flight(collection).limits

    def tile(self, collection: Collection, tile_id: TileId, media_type: str | None = None) -> TileAnswer:
        """One tile; `media_type` chooses among WebP, JPEG and PNG of a flight. One that is kept needs no connection.

        Raises:
            TileNotFound: outside the collection's limits.
        """
        if not collection.raster:
            body = vector.tile(self.deps.database.public, self.cache, collection, tile_id)
            return TileAnswer(body, MVT, "gzip")
        wanted = media_type or raster.WEBP
        body = raster.tile(self._flight(collection), self.cache, collection, tile_id, wanted)
        return TileAnswer(body, wanted, None)

    def kept(self, collection: Collection, tile_id: TileId) -> TileAnswer | None:
        """A tile that was made before, without asking the database; None when it was not."""
        if collection.raster:
            flight = self.flights.known(collection)
            slice_ = raster.ready(flight, tile_id) if flight else None
            return None if slice_ is None else TileAnswer(slice_, raster.WEBP, None)
        body = self.cache.get(collection.id, collection.version, tile_id, "mvt")
        return None if body is None else TileAnswer(body, MVT, "gzip")

    def _flight(self, collection: Collection) -> Flight:
        known = self.flights.known(collection)
        if known is not None:
            return known
        with self.deps.database.public() as connection:
            return self.flights.of(connection, collection)


def deliver(answer: TileAnswer, key: str, headers: Mapping[str, str]) -> Delivery:
    """A tile of an immutable address for a client with these request headers (names in lower case)."""
    plain = answer.encoding == "gzip" and not http.accepts_gzip(headers.get("accept-encoding"))
    etag = f'"{key}-plain"' if plain else f'"{key}"'
    shared = [("ETag", etag), ("Cache-Control", f"public, max-age={YEAR_S}, immutable"), *PUBLIC_MANNERS]
    if answer.encoding:
        shared.append(("Vary", "Accept-Encoding"))
    if etag in headers.get("if-none-match", ""):
        return Delivery(304, tuple(shared), b"")
    body = gzip.decompress(answer.body) if plain and answer.body else answer.body
    shared += [("Content-Type", answer.media_type), ("Content-Length", str(len(body)))]
    if answer.encoding and not plain:
        shared.append(("Content-Encoding", answer.encoding))
    return Delivery(200, tuple(shared), body)


def key_of(collection: Collection, tile_id: TileId) -> str:
    """What an ETag is made of: the data's version and the tile, never a hash of the bytes."""
    return f"{collection.id}-{collection.version}-{tile_id.z}-{tile_id.x}-{tile_id.y}"


def blueprint(deps: Deps, tiles: PublishedTiles) -> Blueprint:
    """`/tiles/{layer}/{version}/{z}/{x}/{y}`, the slow door: makes what is missing and says what is wrong."""
    room = Blueprint("tiles", __name__)

    @room.get("/tiles/<layer>/<version>/<z>/<x>/<y>")
    def tile(layer: str, version: str, z: str, x: str, y: str) -> AnyResponse:
        http.only(request.args)
        collection = deps.catalog().collection(layer)
        tile_id = TilePath(z, row=y, column=x).read()
        if version != collection.version:
            root = http.pages.root_of(request, deps.settings)
            # The address of an older edition: the newer one answers, from its own address.
            current = redirect(f"{root}/tiles/{layer}/{collection.version}/{z}/{x}/{y}", 307)
            current.headers["Cache-Control"] = "no-store"
            return current
        headers = {name.lower(): value for name, value in request.headers.items()}
        delivery = deliver(tiles.tile(collection, tile_id), key_of(collection, tile_id), headers)
        return Response(delivery.body, delivery.status, list(delivery.headers))

    return room
