"""The documents that map programs read: the style, the veil around the town, TileJSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from geo.catalog import Catalog
from geo.errors import BadRequest, NotFound
from geo.http import language_of, only
from geo.http.palette import THEMES, Theme
from geo.map import facts, style, tilejson
from geo.map.room import FOREVER, Room
from geo.texts import Text


def add_routes(door: Blueprint, room: Room) -> None:
    """`/styles/…` and `/tiles/<id>.json`."""
    door.add_url_rule("/styles/town.json", "style", lambda: town_style(room))
    door.add_url_rule("/styles/<layer>.json", "style-of-one", lambda layer: layer_style(room, layer))
    door.add_url_rule("/styles/outside.geojson", "outside", lambda: outside(room))
    door.add_url_rule("/tiles/<layer>.json", "tilejson", lambda layer: tile_json(room, layer))


def town_style(room: Room) -> Response:
    """The MapLibre style of the whole map, light or dark."""
    only(request.args, "theme")
    return room.document(_style(room))


def layer_style(room: Room, layer: str) -> Response:
    """The MapLibre style of one collection, to lie over anything: QGIS takes one address of tiles with one style."""
    only(request.args, "theme")
    whole = _style(room)
    return room.document(lambda catalog: style.alone(whole(catalog), catalog.collection(layer)))


def _style(room: Room) -> Callable[[Catalog], dict[str, Any]]:
    theme, town = _theme(), room.deps.settings.town
    return lambda catalog: style.document(town, room.base_url, catalog, room.styles, room.frontend, theme)


def _theme() -> Theme:
    wanted = request.args.get("theme", THEMES[0])
    for theme in THEMES:
        if wanted == theme:
            return theme
    raise BadRequest(parameter="theme", problem=Text("It must be one of: {known}.", known=", ".join(THEMES)))


def outside(room: Room) -> Response:
    """What is not the town, as GeoJSON. The address carries the boundary's version."""
    only(request.args, "v")
    catalog = room.deps.catalog()
    boundary = catalog.collections.get(room.styles.outside or "")
    if boundary is None:
        raise NotFound

    def make(_catalog: Catalog) -> str:
        with room.deps.database.public() as connection:
            geometry = facts.outside(connection, boundary)
        return f'{{"type":"Feature","properties":{{}},"geometry":{geometry}}}'

    cache = FOREVER if request.args.get("v") == boundary.version else "no-cache"
    return room.document(make, "application/geo+json", cache, catalog=catalog)


def tile_json(room: Room, layer: str) -> Response:
    """TileJSON of one collection."""
    only(request.args, "lang")
    language = language_of(request)
    return room.document(
        lambda catalog: tilejson.document(room.base_url, catalog.collection(layer), language), language=language
    )
