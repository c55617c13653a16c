"""The MapLibre style document of the whole map, made from what is published."""

from __future__ import annotations

from typing import Any

from geo.catalog import Catalog
from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.http import palette
from geo.http.frontend import Frontend
from geo.http.palette import Theme
from geo.map.model import STYLE_SLOTS, Json, StyleLayer
from geo.map.styles import Styles
from geo.settings import Town

# The style specification keeps `metadata` keys free for us under a prefix.
PREFIX = "geo:"
RASTER_TILE_PIXELS = 256


def document(
    town: Town, base_url: str, catalog: Catalog, styles: Styles, frontend: Frontend, theme: Theme
) -> dict[str, Any]:
    """The style, every address absolute, so that other programs can use it too.

    Orthophotos are in it, but hidden; the page shows one at a time and then applies what each layer's
    metadata says of a photograph's background. No glyphs: the fonts are ours (`font-faces`).
    """
    colours = palette.colours(theme)
    return {
        "version": 8,
        "name": town.title.pl,
        "metadata": {f"{PREFIX}revision": catalog.revision, f"{PREFIX}theme": theme},
        "center": _centre(town.municipality.bbox),
        "zoom": 12,
        "sources": _sources(base_url, catalog, styles),
        "font-faces": frontend.font_faces(base_url),
        "layers": [*_ground(catalog, styles, colours), *_layers(catalog, styles, colours)],
    }


def alone(style: dict[str, Any], collection: Collection) -> dict[str, Any]:
    """The part of a style that draws one collection: no ground beneath, a picture visible."""
    layers = [layer for layer in style["layers"] if layer.get("source") == collection.id]
    if collection.raster:
        layers = [{key: value for key, value in layer.items() if key != "layout"} for layer in layers]
    return style | {"sources": {collection.id: style["sources"][collection.id]}, "layers": layers}


def _centre(box: LngLatBbox) -> list[float]:
    return [round((box.west + box.east) / 2, 5), round((box.south + box.north) / 2, 5)]


def _sources(base_url: str, catalog: Catalog, styles: Styles) -> dict[str, Json]:
    sources = {collection.id: source(base_url, collection) for collection in catalog.collections.values()}
    town = catalog.collections.get(styles.outside or "")
    if town:
        sources["outside"] = {"type": "geojson", "data": f"{base_url}/styles/outside.geojson?v={town.version}"}
    return sources


def tiles(base_url: str, collection: Collection) -> str:
    """The template of a collection's tile addresses."""
    return f"{base_url}/tiles/{collection.id}/{collection.version}/{{z}}/{{x}}/{{y}}"


def source(base_url: str, collection: Collection) -> Json:
    """A collection as a source of tiles; nothing is asked for outside its extent and zooms."""
    description: dict[str, Json] = {
        "type": "raster" if collection.raster else "vector",
        "tiles": [tiles(base_url, collection)],
        "minzoom": collection.tiles.min_zoom,
        "maxzoom": collection.tiles.max_zoom,
        "attribution": collection.attribution.get("pl", ""),
    }
    if collection.extent:
        description["bounds"] = list(collection.extent.rounded())
    if collection.raster:
        description["tileSize"] = RASTER_TILE_PIXELS
    return description


def _ground(catalog: Catalog, styles: Styles, colours: dict[str, str]) -> list[dict[str, Json]]:
    """What lies under everything: paper, and the veil over what is not the town."""
    layers: list[dict[str, Json]] = [
        {"id": "paper", "type": "background", "paint": {"background-color": colours["paper"]}}
    ]
    if styles.outside in catalog.collections:
        layers.append(
            {
                "id": "outside",
                "type": "fill",
                "source": "outside",
                "paint": {"fill-color": colours["outside"], "fill-antialias": False},
            }
        )
    return layers


def _layers(catalog: Catalog, styles: Styles, colours: dict[str, str]) -> list[dict[str, Json]]:
    """Every collection's layers, slot by slot; inside a slot in the order of the registry."""
    numbered = [
        (STYLE_SLOTS.index(layer.slot), collection, number, layer)
        for collection in catalog.collections.values()
        for number, layer in enumerate(styles.of(collection), start=1)
    ]
    numbered.sort(key=lambda entry: entry[0])
    return [_layer(collection, number, layer, colours) for _, collection, number, layer in numbered]


def _layer(collection: Collection, number: int, layer: StyleLayer, colours: dict[str, str]) -> dict[str, Json]:
    metadata: dict[str, Json] = {f"{PREFIX}collection": collection.id, f"{PREFIX}slot": layer.slot}
    if layer.on_ortho == "hide":
        metadata[f"{PREFIX}on-ortho"] = "hide"
    if layer.paint_on_ortho:
        metadata[f"{PREFIX}paint-on-ortho"] = _coloured(layer.paint_on_ortho, colours)
    if layer.legend:
        metadata[f"{PREFIX}legend"] = dict(layer.legend)
    made: dict[str, Json] = {
        "id": f"{collection.id}-{number}",
        "type": layer.type,
        "source": collection.id,
        "metadata": metadata,
        "paint": _coloured(layer.paint, colours),
    }
    if not collection.raster:
        made["source-layer"] = _source_layer(collection, layer)
    layout = dict(layer.layout)
    if collection.raster:
        layout["visibility"] = "none"
    if layout:
        made["layout"] = _coloured(layout, colours)
    if layer.filter is not None:
        made["filter"] = _coloured(layer.filter, colours)
    zooms = {"minzoom": layer.minzoom, "maxzoom": layer.maxzoom}
    return made | {name: zoom for name, zoom in zooms.items() if zoom is not None}


def _source_layer(collection: Collection, layer: StyleLayer) -> str:
    """Names at points are drawn at the label points, where there are any: once, not once in each tile of an area."""
    along_a_line = layer.layout.get("symbol-placement", "point") != "point"
    if layer.type == "symbol" and collection.tiles.label_points and not along_a_line:
        return collection.tiles.label_layer(collection.id)
    return collection.id


def _coloured(value: Json, colours: dict[str, str]) -> Json:
    """An expression with the palette's names exchanged for colours."""
    if isinstance(value, str) and value.startswith("$"):
        return colours[value[1:]]
    if isinstance(value, list):
        return [_coloured(part, colours) for part in value]
    if isinstance(value, dict):
        return {key: _coloured(part, colours) for key, part in value.items()}
    return value
