"""What the map's script asks: the search, what is here, and one feature in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from geo import gazetteer
from geo.catalog import Catalog
from geo.errors import BadRequest
from geo.gazetteer import Hit
from geo.geometry import LngLatBbox
from geo.http import language_of, only
from geo.map import facts, parameters, words
from geo.map.room import Room
from geo.texts import Text

MOST_HITS = 50
USUAL_HITS = 10
HIGHEST_ZOOM = 24


def add_routes(door: Blueprint, room: Room) -> None:
    """`/api/search`, `/api/here`, `/api/feature/<layer>/<id>`."""
    door.add_url_rule("/api/search", "search", lambda: search(room))
    door.add_url_rule("/api/here", "here", lambda: here(room))
    door.add_url_rule(
        "/api/feature/<layer>/<path:feature_id>",
        "feature_facts",
        lambda layer, feature_id: feature(room, layer, feature_id),
    )


def search(room: Room) -> Response:
    """What the gazetteer finds, as a GeoJSON FeatureCollection, best first.

    Its member `note` says what must be known of the hits, such as that a house number does not exist; null: nothing.
    `more` is true when more fit than the limit let through. An empty `q` finds nothing; without `q` nothing was asked.
    """
    only(request.args, "q", "lang", "limit")
    if "q" not in request.args:
        raise BadRequest(parameter="q", problem=Text("It is missing; give what is sought."))
    language, query = language_of(request), parameters.query(request.args)
    limit = parameters.whole(request.args, "limit", USUAL_HITS, 1, MOST_HITS)

    def make(catalog: Catalog) -> dict[str, Any]:
        with room.deps.database.public() as connection:
            found = gazetteer.search(connection, query, catalog.collections, limit)
        return {
            "type": "FeatureCollection",
            "note": words.note(found, language) if query else None,
            "more": found.more,
            "features": [_feature(hit, language, room.root) for hit in found.hits],
        }

    return room.document(make, "application/geo+json", language=language)


def _feature(hit: Hit, language: str, root: str) -> dict[str, Any]:
    # Null is GeoJSON's word for a feature without a place (RFC 7946, section 3.2).
    place = None
    if hit.lng is not None and hit.lat is not None:
        place = {"type": "Point", "coordinates": [round(hit.lng, 8), round(hit.lat, 8)]}
    return {
        "type": "Feature",
        **({"bbox": list(LngLatBbox(*hit.bbox).rounded())} if hit.bbox else {}),
        "geometry": place,
        "properties": {
            "layer": hit.layer,
            "id": hit.feature_id,
            "kind": hit.kind,
            "kind_title": words.kind(hit.kind, language),
            "label": hit.label,
            "detail": hit.detail,
            "page": words.page(hit.layer, hit.feature_id, root),
        },
    }


def here(room: Room) -> Response:
    """What is at a point, in words, for every collection that is drawn at that zoom."""
    only(request.args, "lng", "lat", "zoom", "lang")
    lng = parameters.number(request.args, "lng", -180, 180)
    lat = parameters.number(request.args, "lat", -90, 90)
    zoom = parameters.number(request.args, "zoom", 0, HIGHEST_ZOOM)
    language = language_of(request)

    def make(catalog: Catalog) -> list[dict[str, Any]]:
        with room.deps.database.public() as connection:
            facts_here = facts.here(connection, catalog.collections.values(), lng, lat, zoom)
            found = [asdict(words.describe(fact, language, room.root)) for fact in facts_here]
        return sorted(found, key=lambda entry: _ORDER.get(entry["layer"], len(_ORDER)))

    return room.document(make, language=language)


# What people ask for first stands first; the others follow in the order of the registry.
_ORDER = {"addresses": 0, "parcels": 1, "buildings": 2, "streets": 3, "roads": 4, "localities": 5}


def feature(room: Room, layer: str, feature_id: str) -> Response:
    """One feature in words, placed at a point on it."""
    only(request.args, "lang")
    language = language_of(request)

    def make(catalog: Catalog) -> dict[str, Any]:
        collection = catalog.collection(layer)
        with room.deps.database.public() as connection:
            fact = facts.one(connection, collection, feature_id)
        return asdict(words.describe(fact, language, room.root))

    return room.document(make, language=language)
