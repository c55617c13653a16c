"""The tileset of the whole town (OGC 20-057, dataset tilesets): every vector collection in one tile, or some of them.

A vector tile is a list of layers, so the tiles of several collections written one after another are one tile of all.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence

from flask import Blueprint, Request, Response, request

from geo import http
from geo.catalog import Catalog
from geo.config_file import nearest
from geo.crs import WEB_MERCATOR
from geo.deps import Deps
from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.ogc import tiles
from geo.ogc.providers import Document
from geo.ogc.shell import Shell
from geo.ogc.tiles import TileAnswer, TilePath, Tiles
from geo.ogc.wrong import quoted, wrong
from geo.texts import Text
from geo.tiles import MVT, TileId, TileRange
from geo.tiles import packed as gzipped

TITLE = Text("All vector layers")

# Answers with a document: the catalog, the template of its page, and who makes it in a language.
type Answer = Callable[[Catalog, str, Callable[[Shell, str], Document]], Response]


def add_to(room: Blueprint, deps: Deps, made: Tiles, answer: Answer) -> None:
    """Give a room the addresses; `answer` is how it answers with documents."""

    def town_tilesets() -> Response:
        return answer(deps.catalog(), "tilesets.html", lambda shell, language: tilesets(shell, made, language))

    def town_tileset(matrix_set: str) -> Response:
        tiles.check_matrix_set(matrix_set)
        return answer(deps.catalog(), "tileset.html", lambda shell, language: tileset(shell, made, language))

    def town_tile(matrix_set: str, matrix: str, row: str, column: str) -> Response:
        http.only(request.args, "f", "collections")
        tiles.check_matrix_set(matrix_set)
        http.chosen(request, tiles.VECTOR_OFFERS)
        return _tile(request, deps.catalog(), made, TilePath(matrix, row, column))

    addresses: dict[str, Callable[..., Response]] = {
        "/tiles": town_tilesets,
        "/tiles/<matrix_set>": town_tileset,
        "/tiles/<matrix_set>/<matrix>/<row>/<column>": town_tile,
    }
    for path, view in addresses.items():
        room.add_url_rule(path, view.__name__, view, methods=["GET"], strict_slashes=False)


def tilesets(shell: Shell, made: Tiles, language: str) -> Document:
    """The list of the town's tilesets: one."""
    home = f"{shell.base}/tiles"
    entry = _heading(language)
    entry["links"] = [tiles.metadata_link(home, language)]
    entry["tileMatrixSetLimits"] = tiles.limits_of(limits(_vector(shell.catalog), made))
    return {"title": TITLE.say(language), "links": tiles.own_links(home, language), "tilesets": [entry]}


def tileset(shell: Shell, made: Tiles, language: str) -> Document:
    """The metadata of the town's tileset, with the layers of every collection."""
    known = _vector(shell.catalog)
    home = f"{shell.base}/tiles"
    document = _heading(language)
    boxes = [one.extent for one in known if one.extent]
    if boxes:
        wests, souths, easts, norths = zip(*boxes, strict=True)
        document["boundingBox"] = tiles.bounding_box(LngLatBbox(min(wests), min(souths), max(easts), max(norths)))
    document["layers"] = [layer for one in known for layer in tiles.layers(one, made.limits(one), language)]
    document["tileMatrixSetLimits"] = tiles.limits_of(limits(known, made))
    grid = f"{shell.base}/tileMatrixSets/{tiles.MATRIX_SET}?f=json"
    style = f"{shell.root}/styles/town.json"
    document["links"] = [
        *tiles.own_links(f"{home}/{tiles.MATRIX_SET}", language),
        *tiles.item_links(tiles.VECTOR_OFFERS, home, language),
        tiles.link(tiles.GRID_RELATION, "application/json", grid, Text("The grid of the tiles"), language),
        tiles.link("stylesheet", "application/json", style, Text("Style of the whole map"), language),
    ]
    return document


def limits(known: Sequence[Collection], made: Tiles) -> dict[int, TileRange]:
    """By zoom the smallest range that has the tiles of all collections; a tile inside may belong to none."""
    found: dict[int, TileRange] = {}
    for collection in known:
        for zoom, one in made.limits(collection).items():
            other = found.get(zoom, one)
            found[zoom] = TileRange(
                zoom,
                min(one.min_x, other.min_x),
                max(one.max_x, other.max_x),
                min(one.min_y, other.min_y),
                max(one.max_y, other.max_y),
            )
    return found


def _tile(request: Request, catalog: Catalog, made: Tiles, path: TilePath) -> Response:
    tile_id = path.read()
    known = _chosen(request, _vector(catalog))
    inside = limits(known, made).get(tile_id.z)
    if inside is None or not inside.holds(tile_id):
        raise tiles.NoTileThere(matrix=path.matrix, row=path.row, column=path.column)
    editions = [part for one in known for part in (one.id, one.version)]
    key = http.digest("town", tile_id, *editions)
    return tiles.respond(request, key, lambda packed: _together(known, made, tile_id, packed=packed), vector=True)


def _together(known: Sequence[Collection], made: Tiles, tile_id: TileId, *, packed: bool) -> TileAnswer:
    parts = []
    for collection in known:
        inside = made.limits(collection).get(tile_id.z)
        if inside is not None and inside.holds(tile_id):
            answer = made.tile(collection, tile_id)
            parts.append(gzip.decompress(answer.body) if answer.encoding == "gzip" else answer.body)
    whole = b"".join(parts)
    return TileAnswer(gzipped(whole), MVT, "gzip") if packed else TileAnswer(whole, MVT, None)


def _chosen(request: Request, known: Sequence[Collection]) -> list[Collection]:
    """The collections that `collections=` names, in the catalog's order; all without it.

    Raises:
        BadRequest: one is not published, or has no vector tiles.
    """
    asked = request.args.get("collections")
    if asked is None:
        return list(known)
    names = asked.split(",")
    for name in names:
        if name not in {one.id for one in known}:
            problem = Text("There is no collection '{name}' with vector tiles.", name=quoted(name))
            hint = nearest(name[:60], [one.id for one in known])
            raise wrong("collections", Text("{problem} {hint}", problem=problem, hint=hint))
    return [one for one in known if one.id in names]


def _vector(catalog: Catalog) -> list[Collection]:
    return [one for one in catalog.collections.values() if not one.raster]


def _heading(language: str) -> Document:
    return {
        "title": TITLE.say(language),
        "dataType": "vector",
        "crs": WEB_MERCATOR.uri,
        "tileMatrixSetURI": tiles.MATRIX_SET_URI,
        "tileMatrixSetId": tiles.MATRIX_SET,
    }
