"""Tiles of every published collection, vector and raster alike, for both doors and for the OGC addresses."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import partial

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo import http
from geo.deps import Deps
from geo.feature import Collection
from geo.http.answers import Headers
from geo.layers import tile as vector
from geo.ogc.tiles import TileAnswer, TilePath, key_of, respond
from geo.ortho import tile as raster
from geo.ortho.flights import Flights
from geo.ortho.tile import Flight
from geo.tile_cache import TileCache
from geo.tiles import MVT, TileId, TileRange
from server.turns import Turns

YEAR_S = 31_536_000
_LASTING: Headers = (("Cache-Control", f"public, max-age={YEAR_S}, immutable"),)


@dataclass(frozen=True)
class PublishedTiles:
    """Makes or finds the tiles of one process."""

    deps: Deps
    cache: TileCache
    # Vector tiles of clients without gzip: to unpack one costs thirty times as much as to read it.
    unpacked: TileCache
    flights: Flights
    turns: Turns = field(default_factory=Turns)

    def limits(self, collection: Collection) -> dict[int, TileRange]:
        """The tiles that a collection has, by zoom."""
        if not collection.raster:
            return vector.limits(collection)
        return self._flight(collection).limits

    def tile(
        self, collection: Collection, tile_id: TileId, media_type: str | None = None, *, packed: bool = True
    ) -> TileAnswer:
        """One tile; `media_type` chooses among WebP, JPEG and PNG of a flight. One that is kept needs no connection.

        A vector tile is gzipped for who takes it `packed`.

        Raises:
            TileNotFound: outside the collection's limits.
            Unavailable: too many others are made, or the request's time is over.
        """
        if collection.raster:
            wanted = media_type or raster.WEBP
            turn = partial(self.turns.of, (collection.id, collection.version, tile_id, wanted))
            body = raster.tile(self._flight(collection), self.cache, collection, tile_id, wanted, turn)
            return TileAnswer(body, wanted, None)
        if (plain := self._plain(collection, tile_id, packed=packed)) is not None:
            return plain
        turn = partial(self.turns.of, (collection.id, collection.version, tile_id))
        body = vector.tile(self.deps.database.public, self.cache, collection, tile_id, turn)
        return self._taken(collection, tile_id, body, packed=packed)

    def kept(self, collection: Collection, tile_id: TileId, *, packed: bool) -> TileAnswer | None:
        """The same where it was made before, without asking the database; None where it was not."""
        if collection.raster:
            flight = self.flights.known(collection)
            slice_ = raster.ready(flight, tile_id) if flight else None
            return None if slice_ is None else TileAnswer(slice_, raster.WEBP, None)
        if (plain := self._plain(collection, tile_id, packed=packed)) is not None:
            return plain
        body = self.cache.get(collection.id, collection.version, tile_id, "mvt")
        return None if body is None else self._taken(collection, tile_id, body, packed=packed)

    def _plain(self, collection: Collection, tile_id: TileId, *, packed: bool) -> TileAnswer | None:
        """A vector tile that was unpacked before, for a client without gzip."""
        body = None if packed else self.unpacked.get(collection.id, collection.version, tile_id, "mvt")
        return None if body is None else TileAnswer(body, MVT, None)

    def _taken(self, collection: Collection, tile_id: TileId, body: bytes, *, packed: bool) -> TileAnswer:
        """A gzipped vector tile as a client takes it; what is unpacked for the first one is kept for the next."""
        if packed:
            return TileAnswer(body, MVT, "gzip")
        plain = gzip.decompress(body)
        self.unpacked.put(collection.id, collection.version, tile_id, "mvt", plain)
        return TileAnswer(plain, MVT, None)

    def _flight(self, collection: Collection) -> Flight:
        known = self.flights.known(collection)
        if known is not None:
            return known
        with self.deps.database.public() as connection:
            return self.flights.of(connection, collection)


def manners(collection: Collection) -> Headers:
    """What is said of a tile at an immutable address, whether the client has it or not."""
    return _LASTING if collection.raster else (*_LASTING, ("Vary", "Accept-Encoding"))


def blueprint(deps: Deps, tiles: PublishedTiles) -> Blueprint:
    """`/tiles/{layer}/{version}/{z}/{x}/{y}`, the slow door: says what is wrong."""
    room = Blueprint("tiles", __name__)

    @room.get("/tiles/<layer>/<version>/<z>/<x>/<y>")
    def tile(layer: str, version: str, z: str, x: str, y: str) -> AnyResponse:
        http.only(request.args)
        collection = deps.catalog().collection(layer)
        tile_id = TilePath(z, row=y, column=x).read()
        if version != collection.version:
            root = http.pages.root_of(request, deps.settings)
            # The address of an older edition: the newer one answers, from its own address.
            current = f"{root}/tiles/{collection.id}/{collection.version}/{z}/{x}/{y}"
            return Response(status=307, headers={"Location": current, "Cache-Control": "no-store"})
        return respond(
            request,
            key_of(collection, tile_id),
            lambda packed: tiles.tile(collection, tile_id, packed=packed),
            vector=not collection.raster,
            manners=manners(collection),
        )

    return room
