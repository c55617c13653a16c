"""Tiles of every published collection, vector and raster alike, for both doors and for the OGC addresses."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import NamedTuple

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo import http
from geo.deps import Deps
from geo.feature import Collection
from geo.http.answers import PUBLIC_MANNERS, UNCHANGED_MANNERS, Delivery, Headers
from geo.layers import tile as vector
from geo.ogc.tiles import TileAnswer, TilePath, key_of, respond
from geo.ortho import tile as raster
from geo.ortho.flights import Flights
from geo.ortho.tile import Flight
from geo.tile_cache import TileCache
from geo.tiles import MVT, TileId, TileRange

YEAR_S = 31_536_000
_LASTING: Headers = (("Cache-Control", f"public, max-age={YEAR_S}, immutable"),)
# A tile that somebody took unpacked lies beside the gzipped one: to unpack it costs thirty times as much as to read it.
_PLAIN = "mvt-plain"


class Ready(NamedTuple):
    """A tile as it is sent: its entity tag with its quotes, to who has not got it, and to who has.

    `unpacked` says that it lies gzipped and this client takes no gzip.
    """

    tag: str
    whole: Delivery
    unchanged: Delivery
    unpacked: bool

    def to(self, held: str | None) -> Delivery:
        """What a client with this If-None-Match gets; one with `*` in it is the slow door's."""
        return self.unchanged if held is not None and self.tag in held else self.whole


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

    def kept(self, collection: Collection, tile_id: TileId, *, packed: bool) -> TileAnswer | None:
        """A tile that was made before, without asking the database; None when it was not.

        A vector tile is gzipped where the client takes it `packed`.
        """
        if collection.raster:
            flight = self.flights.known(collection)
            slice_ = raster.ready(flight, tile_id) if flight else None
            return None if slice_ is None else TileAnswer(slice_, raster.WEBP, None)
        place = (collection.id, collection.version, tile_id)
        if not packed and (body := self.cache.get(*place, _PLAIN)) is not None:
            return TileAnswer(body, MVT, None)
        body = self.cache.get(*place, "mvt")
        if body is None:
            return None
        gzipped = TileAnswer(body, MVT, "gzip")
        return gzipped if packed else self.unpacked(collection, tile_id, gzipped)

    def unpacked(self, collection: Collection, tile_id: TileId, answer: TileAnswer) -> TileAnswer:
        """A tile for a client that knows no gzip; what is unpacked for the first one is kept for the next."""
        if not answer.encoding:
            return answer
        body = gzip.decompress(answer.body) if answer.body else b""
        self.cache.put(collection.id, collection.version, tile_id, _PLAIN, body)
        return TileAnswer(body, answer.media_type, None)

    def _flight(self, collection: Collection) -> Flight:
        known = self.flights.known(collection)
        if known is not None:
            return known
        with self.deps.database.public() as connection:
            return self.flights.of(connection, collection)


def manners(collection: Collection) -> Headers:
    """What is said of a tile at an immutable address, whether the client has it or not."""
    return _LASTING if collection.raster else (*_LASTING, ("Vary", "Accept-Encoding"))


def ready(answer: TileAnswer, key: str, said: Headers) -> Ready:
    """A tile of an immutable address; `key` is of `key_of`, `said` of `manners`."""
    unpacked = answer.media_type == MVT and answer.encoding is None
    tag = f'"{key}-plain"' if unpacked else f'"{key}"'
    shared = (("ETag", tag), *said)
    described = [("Content-Type", answer.media_type), ("Content-Length", str(len(answer.body)))]
    if answer.encoding:
        described.append(("Content-Encoding", answer.encoding))
    whole = Delivery(200, (*shared, *PUBLIC_MANNERS, *described), answer.body)
    return Ready(tag, whole, Delivery(304, (*shared, *UNCHANGED_MANNERS), b""), unpacked)


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
            current = redirect(f"{root}/tiles/{layer}/{collection.version}/{z}/{x}/{y}", 307)
            current.headers["Cache-Control"] = "no-store"
            return current
        return respond(
            request,
            key_of(collection, tile_id),
            lambda: tiles.tile(collection, tile_id),
            packed=not collection.raster,
            manners=manners(collection),
        )

    return room
