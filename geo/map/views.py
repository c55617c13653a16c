"""The pages for people: the map, the search and its results in text, statements. And the room's front door."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from flask import Blueprint, Response, request

from geo import gazetteer, wording
from geo.crs import PL_2000_ZONE_6, transform
from geo.deps import Deps
from geo.downloads import shelf as downloads
from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.http import language_of
from geo.http.pages import suffix
from geo.map import api, documents, facts, legend, parameters, progress, words
from geo.map.phrases import phrases
from geo.map.room import Room, embedded
from geo.map.words import Row
from geo.texts import Text

MOST_RESULTS = 50
# What the search box shows whole, beside "e.g.", at every width of the panel.
_LONGEST_EXAMPLE = 14
# As near as a page about one object looks for others: the zoom of a house.
_AROUND_ZOOM = 19.0


def blueprint(deps: Deps) -> Blueprint:
    """Everything at `/`, `/szukaj`, `/obiekt`, `/styles`, `/tiles/<id>.json` and `/api`.

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
    with room.deps.database.public() as connection:
        example = gazetteer.example(connection, list(now.catalog.collections), _LONGEST_EXAMPLE)
    page_data = {
        "language": language,
        "suffix": suffix(request),
        "base": room.base_url,
        "root": room.root,
        "revision": now.catalog.revision,
        "extent": list(_opening(room, now.catalog.collections)),
        "reach": list(_reach(settings.town.municipality.bbox, collections)),
        "layers": [_in_page(entry) for entry in entries],
        "flights": [flight["id"] for flight in flights],
        "making": now.making,
        "mixed": len({c.synthetic for c in collections}) > 1,
        "phrases": phrases(language),
    }
    return room.page(
        "shell.html",
        language,
        query=query,
        example=example,
        legend=entries,
        flights=flights,
        progress=now,
        page_data=embedded(page_data),
        shown=collections,
    )


def _in_page(entry: legend.Entry) -> dict[str, object]:
    extent = None if entry.extent is None else list(entry.extent)
    return {"id": entry.id, "title": entry.title, "minzoom": entry.minzoom, "extent": extent}


def _opening(room: Room, published: Mapping[str, Collection]) -> LngLatBbox:
    """What the map shows first: the town as it is published, else as it is configured, which may be roomier."""
    town = published.get(room.styles.outside or "")
    return (town.extent if town else None) or room.deps.settings.town.municipality.bbox


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
    catalog = room.deps.catalog()
    with room.deps.database.public() as connection:
        found = gazetteer.search(connection, query, catalog.collections, MOST_RESULTS)
    hits = [
        {
            "label": hit.label,
            "detail": hit.detail,
            "kind_title": words.kind(hit.kind, language),
            "page": words.page(hit.layer, hit.feature_id, room.root),
            "map": _map_link(room, hit.layer, hit.feature_id, hit.lng, hit.lat),
        }
        for hit in found.hits
    ]
    shown = [catalog.collections[name] for name in dict.fromkeys(hit.layer for hit in found.hits)]
    note = words.note(found, language)
    if note is None and found.more:
        note = Text("The first {n} places are listed, more fit. Write another word or a number.", n=len(hits)).say(
            language
        )
    return room.page("results.html", language, query=query, hits=hits, note=note, shown=shown)


def _map_link(room: Room, layer: str, feature_id: str, lng: float | None, lat: float | None) -> str | None:
    if lng is None or lat is None:
        return None
    return f"{room.root}/{suffix(request)}#map=18/{lat:.6f}/{lng:.6f}&f={layer}/{quote(feature_id, safe='')}"


def feature(room: Room, layer: str, feature_id: str) -> Response:
    """One object in words, with its coordinates and what else lies there."""
    language, catalog = language_of(request), room.deps.catalog()
    collection = catalog.collection(layer)
    others = [c for c in catalog.collections.values() if c.id != layer and not c.raster]
    with room.deps.database.public() as connection:
        fact = facts.one(connection, collection, feature_id)
        place = fact.place
        here = facts.here(connection, others, *place, _AROUND_ZOOM) if place else ()
        around = [words.describe(f, language, room.root) for f in here]
    return room.page(
        "feature.html",
        language,
        words=words.describe(fact, language, room.root),
        around=around,
        coordinates=_coordinates(*place, language) if place else [],
        map_link=_map_link(room, layer, feature_id, fact.lng, fact.lat),
        shown=[collection],
        provenance=wording.provenance(collection, language),
    )


def _coordinates(lng: float, lat: float, language: str) -> list[Row]:
    easting, northing = transform([(lng, lat)], 4326, PL_2000_ZONE_6.srid)[0]
    degrees = Text("{lat} N, {lng} E", lat=f"{lat:.6f}", lng=f"{lng:.6f}")
    return [
        Row(Text("Coordinates, WGS 84").say(language), degrees.say(language)),
        Row(Text("Coordinates, PL-2000 zone 6").say(language), f"X {northing:.2f}, Y {easting:.2f}"),
    ]


def data(room: Room) -> Response:
    """Where each layer comes from, how old it is and on what terms it may be used."""
    language, collections = language_of(request), list(room.deps.catalog().collections.values())
    shelf = downloads.at(room.deps.settings.data_dir)
    published = [
        {
            "id": c.id,
            "synthetic": c.synthetic,
            "title": c.title[language],
            "description": c.description[language],
            "source": c.attribution[language],
            "day": wording.day(c.data_date, language) if c.data_date else None,
            "published": wording.day(c.published_at.date(), language),
            "frequency": c.update_frequency[language],
            "licence": c.licence,
            "licence_url": c.licence_url,
            "count": wording.number(c.count, language),
            "downloads": [
                {
                    "path": file.path,
                    "title": file.format.title.say(language),
                    "size": wording.size(file.length, language),
                }
                for file in shelf.links(c)
            ],
        }
        for c in collections
    ]
    return room.page("data.html", language, published=published, shown=collections)


def statement(room: Room, template: str) -> Response:
    """A page that says the same whatever is published."""
    return room.page(template, language_of(request))
