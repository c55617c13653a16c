"""OGC API Tiles: the one grid, the tilesets of a collection with their limits, and the tiles themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from flask import Request, Response

from geo.crs import CRS84, WEB_MERCATOR
from geo.errors import NotFound
from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.http import Offer
from geo.http.answers import PUBLIC_MANNERS, UNCHANGED_MANNERS, Delivery, Headers
from geo.http.conditional import encodings_of, holds
from geo.texts import Text
from geo.tiles import MVT, TileId, TileRange

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
VECTOR_OFFERS = (Offer("mvt", MVT, ("application/x-protobuf", "application/octet-stream")),)
# The same pictures for programs that know no OGC API, by a room of its own.
WMTS = "/wmts/1.0.0/WMTSCapabilities.xml"
RASTER_OFFERS = (Offer("webp", "image/webp"), Offer("jpeg", "image/jpeg", ("image/jpg",)), Offer("png", "image/png"))
# A new edition changes the entity tag; a client that asks within the minute may still see the old one.
MANNERS = (("Cache-Control", "public, max-age=60"), ("Vary", "Accept, Accept-Encoding"))

# JSON documents.
type Document = dict[str, Any]


class TileAnswer(NamedTuple):
    """A tile as it goes out; `encoding` is "gzip" when the body is compressed already."""

    body: bytes
    media_type: str
    encoding: str | None


class Tiles(Protocol):
    """Whoever makes tiles of published collections; the server's tile room is one."""

    def tile(
        self, collection: Collection, tile_id: TileId, media_type: str | None = None, *, packed: bool = True
    ) -> TileAnswer:
        """One tile; inside the limits always one, empty or transparent where there is nothing.

        A vector tile is gzipped for who takes it `packed`.

        Raises:
            NotFound: outside the collection's limits.
        """

    def limits(self, collection: Collection) -> dict[int, TileRange]:
        """The tiles that a collection has, by zoom."""


class UnknownTileMatrixSet(NotFound):
    """There is no tile matrix set '{name}'; this service has WebMercatorQuad."""

    code = "unknown-tile-matrix-set"


class NoTileThere(NotFound):
    """'{matrix}/{row}/{column}' is no tile of the grid."""

    code = "tile-not-found"


@dataclass(frozen=True, slots=True)
class TilePath:
    """A tile as its address writes it: nothing is checked yet."""

    matrix: str
    row: str
    column: str

    def read(self) -> TileId:
        """The tile.

        Raises:
            NoTileThere: a part is no number, or the grid has no such tile.
        """
        parts = (self.matrix, self.column, self.row)
        if all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
            tile_id = TileId(*map(int, parts))
            if tile_id.exists:
                return tile_id
        raise NoTileThere(matrix=self.matrix[:20], row=self.row[:20], column=self.column[:20])


def offers(collection: Collection) -> tuple[Offer, ...]:
    """The forms in which a collection's tiles can be had."""
    return RASTER_OFFERS if collection.raster else VECTOR_OFFERS


def check_matrix_set(name: str) -> None:
    """Raises UnknownTileMatrixSet for any grid but WebMercatorQuad."""
    if name != MATRIX_SET:
        raise UnknownTileMatrixSet(name=name[:40])


def answer(request: Request, tiles: Tiles, collection: Collection, path: TilePath, offer: Offer) -> Response:
    """The response for one tile, or 304."""
    tile_id = path.read()
    key = f"{key_of(collection, tile_id)}-{offer.word}"
    wanted = offer.media_type if collection.raster else None
    return respond(
        request,
        key,
        lambda packed: tiles.tile(collection, tile_id, wanted, packed=packed),
        vector=not collection.raster,
    )


def key_of(collection: Collection, tile_id: TileId) -> str:
    """What an entity tag is made of: the data's version and the tile, never a hash of the bytes."""
    return f"{collection.id}-{collection.version}-{tile_id.z}-{tile_id.x}-{tile_id.y}"


class Ready(NamedTuple):
    """A tile as it is sent: its entity tag with its quotes, to who has not got it, and to who has."""

    tag: str
    whole: Delivery
    unchanged: Delivery

    def to(self, known: str | None) -> Delivery:
        """What a client with this If-None-Match gets; one with `*` in it is not understood here."""
        return self.unchanged if known is not None and holds(known, self.tag) else self.whole


def ready(made: TileAnswer, key: str, manners: Headers) -> Ready:
    """A tile that was made as both doors send it; `manners` are the headers that 304 has too, beside the tag."""
    tag = _tag(key, plain=made.media_type == MVT and made.encoding is None)
    described = [("Content-Type", made.media_type), ("Content-Length", str(len(made.body)))]
    if made.encoding:
        described.append(("Content-Encoding", made.encoding))
    whole = Delivery(200, (("ETag", tag), *manners, *PUBLIC_MANNERS, *described), made.body)
    return Ready(tag, whole, _unchanged(tag, manners))


def respond(
    request: Request, key: str, make: Callable[[bool], TileAnswer], *, vector: bool, manners: Headers = MANNERS
) -> Response:
    """The response for a tile, which is only made for who does not hold it already.

    `key` names the tile and its data. Who takes no gzip gets other bytes of a `vector` tile, under another tag: `make`
    is told whether it is taken packed.
    """
    packed = encodings_of(request.headers.get("Accept-Encoding"))[1]
    tag = _tag(key, plain=vector and not packed)
    if holds(request.headers.get("If-None-Match"), tag):
        answer = _unchanged(tag, manners)
    else:
        answer = ready(make(packed), key, manners).whole
    return Response(answer.body, answer.status, list(answer.headers))


def _tag(key: str, *, plain: bool) -> str:
    return f'"{key}-plain"' if plain else f'"{key}"'


def _unchanged(tag: str, manners: Headers) -> Delivery:
    return Delivery(304, (("ETag", tag), *manners, *UNCHANGED_MANNERS), b"")


def tilesets(collection: Collection, tiles: Tiles, language: str, base: str) -> Document:
    """The list of a collection's tilesets: one."""
    home = f"{base}/collections/{collection.id}/tiles"
    entry = _heading(collection, language)
    entry["links"] = [metadata_link(home, language)]
    entry["tileMatrixSetLimits"] = limits_of(tiles.limits(collection))
    links = own_links(home, language)
    if collection.raster:
        links.append(wmts_link(base.removesuffix("/ogc"), language))
    return {"links": links, "tilesets": [entry]}


def tileset(collection: Collection, tiles: Tiles, language: str, base: str) -> Document:
    """The metadata of a collection's tileset, with the tiles that it has."""
    home = f"{base}/collections/{collection.id}/tiles"
    limits = tiles.limits(collection)
    document = _heading(collection, language)
    if collection.extent:
        document["boundingBox"] = bounding_box(collection.extent)
    if not collection.raster:
        document["layers"] = layers(collection, limits, language)
    document["tileMatrixSetLimits"] = limits_of(limits)
    document["links"] = [*own_links(f"{home}/{MATRIX_SET}", language), *item_links(offers(collection), home, language)]
    if not collection.raster:
        tilejson = f"{base.removesuffix('/ogc')}/tiles/{collection.id}.json"
        document["links"].append(link("describedby", "application/json", tilejson, Text("TileJSON"), language))
    grid = f"{base}/tileMatrixSets/{MATRIX_SET}?f=json"
    document["links"].append(link(GRID_RELATION, "application/json", grid, Text("The grid of the tiles"), language))
    return document


def bounding_box(extent: LngLatBbox) -> Document:
    """The box of a tileset, in CRS84."""
    west, south, east, north = extent.rounded()
    return {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri}


def layers(collection: Collection, limits: dict[int, TileRange], language: str) -> list[Document]:
    """The layers that a collection has in a vector tile, with the attributes that some zoom carries."""
    fields = {field.name: field for field in collection.type.fields}
    carried = sorted({name for names in collection.tiles.attributes.values() for name in names})
    properties = {name: {"title": fields[name].title.get(language, name)} for name in carried if name in fields}
    rules = collection.tiles
    names = [collection.id, *([rules.label_layer(collection.id)] if rules.label_points else [])]
    return [
        {
            "id": name,
            "dataType": "vector",
            "minTileMatrix": str(min(limits, default=rules.min_zoom)),
            "maxTileMatrix": str(max(limits, default=rules.max_zoom)),
            "propertiesSchema": {"type": "object", "properties": properties},
        }
        for name in names
    ]


TILES = Text("Tiles")
GRID_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"


def _heading(collection: Collection, language: str) -> Document:
    return {
        "title": collection.title.get(language, collection.id),
        "dataType": "map" if collection.raster else "vector",
        "crs": WEB_MERCATOR.uri,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "tileMatrixSetId": MATRIX_SET,
    }


def own_links(home: str, language: str) -> list[Document]:
    """Links from a document to itself, for programs and for people."""
    return [
        link("self", "application/json", f"{home}?f=json", Text("This document as JSON"), language),
        link("alternate", "text/html", f"{home}?f=html", Text("This document as HTML"), language),
    ]


def metadata_link(home: str, language: str) -> Document:
    """The link from a list to its tileset, which has the templates: the suite asks for every link of a list."""
    return link("self", "application/json", f"{home}/{MATRIX_SET}?f=json", Text("Metadata of the tileset"), language)


def wmts_link(root: str, language: str) -> Document:
    """The link to the document that a client of WMTS begins with; `root` is the address of the whole town."""
    return link("service", "application/xml", root + WMTS, Text("Orthophotos by WMTS 1.0.0"), language)


def item_links(forms: Sequence[Offer], home: str, language: str) -> list[Document]:
    """Templates of the addresses of tiles below `home`, one for each form; the only form needs no name."""
    address = f"{home}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [
        {
            **link("item", form.media_type, f"{address}?f={form.word}" if len(forms) > 1 else address, TILES, language),
            "templated": True,
        }
        for form in forms
    ]


def link(relation: str, media_type: str, href: str, title: Text, language: str) -> Document:
    """A link of a JSON document."""
    return {"rel": relation, "type": media_type, "title": title.say(language), "href": href}


def limits_of(limits: dict[int, TileRange]) -> list[Document]:
    """Limits as a tileset has them, from the smallest zoom on."""
    return [
        {
            "tileMatrix": str(zoom),
            "minTileRow": r.min_y,
            "maxTileRow": r.max_y,
            "minTileCol": r.min_x,
            "maxTileCol": r.max_x,
        }
        for zoom, r in sorted(limits.items())
    ]
