"""The pages for people: the map, the search and its results in text, statements. And the room's front door."""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.security import safe_join

from geo import gazetteer
from geo.crs import PL_2000_ZONE_6, transform
from geo.deps import Deps
from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.http import language_of
from geo.map import api, documents, facts, legend, parameters, progress, words
from geo.map.phrases import phrases
from geo.map.room import FOREVER, Room, embedded, suffix
from geo.map.words import Row
from geo.texts import Text

MOST_RESULTS = 50
# What `npm run build` leaves beside a file, the smaller first.
_COMPRESSED = {"br": ".br", "gzip": ".gz"}
# The hash of the content that Vite puts before the ending: eight letters of base64url. `favicon-32.png` has none.
_HASHED = re.compile(r".+-[A-Za-z0-9_-]{8}\.[a-z0-9]+", re.ASCII)
# As near as a page about one object looks for others: the zoom of a house.
_AROUND_ZOOM = 19.0


def blueprint(deps: Deps) -> Blueprint:
    """Everything at `/`, `/szukaj`, `/obiekt`, `/styles`, `/tiles/<id>.json`, `/api` and `/assets`.

    Raises:
        Misconfigured: config/styles.yaml is wrong.
    """
    room = Room.make(deps)
    door = Blueprint("map", __name__)
    door.add_url_rule("/", "map", lambda: shell(room))
    door.add_url_rule("/szukaj", "results", lambda: results(room))
    door.add_url_rule(
        "/obiekt/<layer>/<path:feature_id>", "feature", lambda layer, feature_id: feature(room, layer, feature_id)
    )
    door.add_url_rule("/dane", "data", lambda: data(room))
    door.add_url_rule("/dostepnosc", "accessibility", lambda: statement(room, "accessibility.html"))
    door.add_url_rule("/prywatnosc", "privacy", lambda: statement(room, "privacy.html"))
    door.add_url_rule("/assets/<path:name>", "assets", lambda name: assets(room, name))
    documents.add_routes(door, room)
    api.add_routes(door, room)
    progress.add_routes(door, room)
    return door


def shell(room: Room) -> Response:
    """The map. Its words are in the HTML; the script adds the drawing."""
    language, query = language_of(request), parameters.query(request.args)
    settings, now = room.deps.settings, progress.read(room.deps, language)
    collections = list(now.catalog.collections.values())
    entries = legend.entries(collections, room.styles, language)
    flights = [{"id": c.id, "name": _year(room, c)} for c in collections if c.raster]
    page_data = {
        "language": language,
        "suffix": suffix(),
        "base": settings.base_url,
        "revision": now.catalog.revision,
        "extent": list(settings.town.municipality.bbox),
        "reach": list(_reach(settings.town.municipality.bbox, collections)),
        "layers": [{"id": entry.id, "title": entry.title, "minzoom": entry.minzoom} for entry in entries],
        "flights": [flight["id"] for flight in flights],
        "making": now.making,
        "phrases": phrases(language),
    }
    return room.page(
        "shell.html",
        language,
        query=query,
        legend=entries,
        flights=flights,
        progress=now,
        page_data=embedded(page_data),
    )


def _reach(town: LngLatBbox, collections: list[Collection]) -> LngLatBbox:
    """The town and the extents of all that is published."""
    boxes = [town, *(collection.extent for collection in collections if collection.extent is not None)]
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return LngLatBbox(min(wests), min(souths), max(easts), max(norths))


def _year(room: Room, collection: Collection) -> str:
    flight = room.deps.registry.flights.get(collection.id)
    return str(flight.year) if flight else collection.id


def results(room: Room) -> Response:
    """What the search finds, as a page that needs no script."""
    language, query = language_of(request), parameters.query(request.args)
    with room.deps.database.public() as connection:
        hits = gazetteer.search(connection, query, MOST_RESULTS) if query else []
    found = [
        {
            "label": hit.label,
            "detail": hit.detail,
            "kind_title": words.kind(hit.kind, language),
            "page": words.page(hit.layer, hit.feature_id),
            "map": _map_link(hit.layer, hit.feature_id, hit.lng, hit.lat),
        }
        for hit in hits
    ]
    return room.page("results.html", language, query=query, hits=found)


def _map_link(layer: str, feature_id: str, lng: float, lat: float) -> str:
    return f"/{suffix()}#map=18/{lat:.6f}/{lng:.6f}&f={layer}/{quote(feature_id, safe='')}"


def feature(room: Room, layer: str, feature_id: str) -> Response:
    """One object in words, with its coordinates and what else lies there."""
    language, catalog = language_of(request), room.deps.catalog()
    collection = catalog.collection(layer)
    others = [c for c in catalog.collections.values() if c.id != layer and not c.raster]
    with room.deps.database.public() as connection:
        fact = facts.one(connection, collection, feature_id)
        place = fact.place
        here = facts.here(connection, others, *place, _AROUND_ZOOM) if place else ()
        around = [words.describe(f, language) for f in here]
    return room.page(
        "feature.html",
        language,
        words=words.describe(fact, language),
        around=around,
        coordinates=_coordinates(*place, language) if place else [],
        map_link=_map_link(layer, feature_id, *place) if place else None,
        provenance=_provenance(collection, language),
    )


def _coordinates(lng: float, lat: float, language: str) -> list[Row]:
    easting, northing = transform([(lng, lat)], 4326, PL_2000_ZONE_6.srid)[0]
    degrees = Text("{lat} N, {lng} E", lat=f"{lat:.6f}", lng=f"{lng:.6f}")
    return [
        Row(Text("Coordinates, WGS 84").say(language), degrees.say(language)),
        Row(Text("Coordinates, PL-2000 zone 6").say(language), f"X {northing:.2f}, Y {easting:.2f}"),
    ]


def _provenance(collection: Collection, language: str) -> str:
    day = words.day(collection.data_date or collection.published_at.date(), language)
    return Text("Source: {source}, as of {day}.", source=collection.attribution[language], day=day).say(language)


def data(room: Room) -> Response:
    """Where each layer comes from, how old it is and on what terms it may be used."""
    language = language_of(request)
    published = [
        {
            "id": c.id,
            "title": c.title[language],
            "description": c.description[language],
            "source": c.attribution[language],
            "day": words.day(c.data_date, language) if c.data_date else None,
            "published": words.day(c.published_at.date(), language),
            "frequency": c.update_frequency[language],
            "licence": c.licence,
            "licence_url": c.licence_url,
            "count": words.number(c.count, language),
        }
        for c in room.deps.catalog().collections.values()
    ]
    return room.page("data.html", language, published=published)


def statement(room: Room, template: str) -> Response:
    """A page that says the same whatever is published."""
    return room.page(template, language_of(request))


def assets(room: Room, name: str) -> Response:
    """A file of the built front end, compressed if the client can; its name holds its hash, so it may be kept."""
    folder = room.frontend.folder / "assets"
    mimetype = mimetypes.guess_type(name)[0]
    for encoding, ending in _COMPRESSED.items():
        path = safe_join(str(folder), name + ending)
        if request.accept_encodings[encoding] and path and Path(path).is_file():
            response = send_from_directory(folder, name + ending, mimetype=mimetype, download_name=Path(name).name)
            response.headers["Content-Encoding"] = encoding
            break
    else:
        response = send_from_directory(folder, name, mimetype=mimetype)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER if _HASHED.fullmatch(name) else "public, max-age=86400"
    return response
