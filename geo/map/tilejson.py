"""TileJSON 3.0 of one collection."""

from __future__ import annotations

from typing import Any

from geo.feature import Collection
from geo.map.style import tiles


def document(base_url: str, collection: Collection, language: str) -> dict[str, Any]:
    """What a client must know to ask for a collection's tiles."""
    title, rules = collection.title[language], collection.tiles
    content: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": title,
        "description": collection.description[language],
        "version": f"{collection.edition}.0.0",
        "attribution": collection.attribution.get(language, ""),
        "scheme": "xyz",
        "tiles": [tiles(base_url, collection)],
        "minzoom": rules.min_zoom,
        "maxzoom": rules.max_zoom,
    }
    if collection.extent:
        box = collection.extent.rounded()
        zoom = min(max(12, rules.min_zoom), rules.max_zoom)
        content["bounds"] = list(box)
        content["center"] = [round((box.west + box.east) / 2, 8), round((box.south + box.north) / 2, 8), zoom]
    # The specification demands the list for vector tiles, and has nothing to say there of pictures.
    content["vector_layers"] = [] if collection.raster else _vector_layers(collection, language)
    return content


def _vector_layers(collection: Collection, language: str) -> list[dict[str, Any]]:
    layer = _layer(collection, language)
    if not collection.tiles.label_points:
        return [layer]
    return [layer, layer | {"id": collection.tiles.label_layer(collection.id)}]


def _layer(collection: Collection, language: str) -> dict[str, Any]:
    carried = {name for names in collection.tiles.attributes.values() for name in names}
    return {
        "id": collection.id,
        "description": collection.description[language],
        "minzoom": collection.tiles.min_zoom,
        "maxzoom": collection.tiles.max_zoom,
        "fields": {field.name: field.title[language] for field in collection.type.fields if field.name in carried},
    }
