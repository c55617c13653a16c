"""The landing page, the collections and one collection: pygeoapi's documents, made true and complete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import quote

from geo.crs import CRS84, SERVED
from geo.feature import Collection
from geo.ogc import tiles
from geo.ogc.enclosures import Enclosure, Found
from geo.ogc.formats import table
from geo.ogc.instants import utc
from geo.ogc.items import GEOJSON
from geo.ogc.providers import Document
from geo.ogc.schemas import MEDIA_TYPE as SCHEMA
from geo.ogc.schemas import said
from geo.ogc.shell import Interval, Shell
from geo.texts import Text, catalogue

REL = "http://www.opengis.net/def/rel/ogc/1.0"
TILES = Text("Vector tiles of all layers")
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
# pygeoapi also links what we do not serve.
_SERVED_TYPES = frozenset(
    {
        "application/json",
        GEOJSON,
        SCHEMA,
        "application/vnd.oai.openapi+json;version=3.0",
        "text/html",
    }
)
_UNSERVED_RELATIONS = frozenset({f"{REL}/processes", f"{REL}/tiling-schemes"})


def landing(shell: Shell, language: str) -> Document:
    """The landing page."""
    document = shell.landing(language)
    document["links"] = [
        *served(document["links"], language),
        link(f"{REL}/tiling-schemes", f"{shell.base}/tileMatrixSets?f=json", Text("Tile grids"), language),
        # As JSON alone: the conformance suite reads every link of this relation so.
        link(f"{REL}/tilesets-vector", f"{shell.base}/tiles?f=json", TILES, language),
        link("stylesheet", f"{shell.root}/styles/town.json", Text("Style of the whole map"), language),
        *_beside(shell, language),
    ]
    if shell.catalog.synthetic:
        document["synthetic"] = True
    return document


def collections(shell: Shell, language: str, files: Found) -> Document:
    """All collections, with links to their files."""
    document = shell.collections(language)
    document["links"] = [*served(document["links"], language), *_beside(shell, language)]
    document["collections"] = [_complete(one, shell, language, files) for one in document["collections"]]
    document["numberMatched"] = document["numberReturned"] = len(document["collections"])
    return document


def collection(shell: Shell, language: str, collection_id: str, files: Found) -> Document:
    """One collection, as the list has it.

    Raises:
        UnknownCollection: it is not published.
    """
    known = shell.catalog.collection(collection_id)
    listed = shell.collections(language)["collections"]
    return _complete(next(one for one in listed if one["id"] == known.id), shell, language, files)


def served(links: Iterable[Document], language: str) -> list[Document]:
    """The links of pygeoapi's document that we keep, with titles in the language."""
    translations = catalogue(language)
    kept = []
    for one in links:
        if one["type"] not in _SERVED_TYPES or one["rel"] in _UNSERVED_RELATIONS:
            continue
        entry = {name: value for name, value in one.items() if name != "hreflang"}
        if entry.get("title"):
            entry["title"] = translations.gettext(entry["title"])
        if entry["type"] == SCHEMA:
            # A schema's address is its `$id`, without parameters (OGC 23-058, conf/schemas).
            entry["href"] = entry["href"].removesuffix("?f=json")
        kept.append(entry)
    return kept


def link(relation: str, href: str, title: Text, language: str, media_type: str = "application/json") -> Document:
    """A link of a JSON document."""
    return {"rel": relation, "type": media_type, "title": title.say(language), "href": href}


def _beside(shell: Shell, language: str) -> list[Document]:
    """What the town offers beside this API: files of whole layers, and orthophotos by WMTS where there are some."""
    files, title = f"{shell.root}/downloads", Text("Whole layers as files")
    links = [
        link("related", f"{files}?f=json", title, language),
        link("related", f"{files}?f=html", title, language, "text/html"),
    ]
    if any(known.raster for known in shell.catalog.collections.values()):
        links.append(tiles.wmts_link(shell.root, language))
    return links


def _complete(document: Document, shell: Shell, language: str, files: Found) -> Document:
    known = shell.catalog.collection(document["id"])
    home = f"{shell.base}/collections/{quote(known.id, safe='')}"
    document["links"] = [*served(document["links"], language), *_more_links(known, home, shell.root, language)]
    document["links"] += [_enclosure(one, shell.root, language) for one in files[known.id]]
    document["itemType"] = "feature"
    document["crs"] = [crs.uri for crs in SERVED]
    document["storageCrs"] = CRS84.uri
    document["itemCount"] = known.count
    document["attribution"] = said(known.attribution, language)
    document["license"] = known.licence
    document["updated"] = utc(known.published_at)
    if known.data_date:
        document["dataDate"] = known.data_date.isoformat()
    if known.update_frequency:
        document["updateFrequency"] = said(known.update_frequency, language)
    if known.synthetic:
        document["synthetic"] = True
    if any(shell.intervals.get(known.id, ())):
        document["extent"]["temporal"] = {"interval": [_interval(shell.intervals[known.id])], "trs": GREGORIAN}
    return document


def _more_links(known: Collection, home: str, root: str, language: str) -> list[Document]:
    links = [
        *(
            link("items", f"{home}/items?f={one.word}", one.title, language, one.offer.media_type)
            for one in table.ON_REQUEST
        ),
        link("describedby", f"{home}/schema", Text("Schema of the features"), language, SCHEMA),
        link(f"{REL}/sortables", f"{home}/sortables", Text("What items can be sorted by"), language, SCHEMA),
        link("stylesheet", f"{root}/styles/town.json", Text("Style of the whole map"), language),
    ]
    if known.raster:
        links.append(tiles.wmts_link(root, language))
    if known.licence_url:
        links.append({"rel": "license", "type": "text/html", "title": known.licence, "href": known.licence_url})
    return links


def _enclosure(file: Enclosure, root: str, language: str) -> Document:
    title = Text("The whole layer: {format}", format=file.format.title)
    entry = link("enclosure", root + file.path, title, language, file.format.offer.media_type)
    return {**entry, "length": file.length}


def _interval(interval: Interval) -> list[str | None]:
    first, last = interval
    return [_moment(first, "T00:00:00Z"), _moment(last, "T23:59:59Z")]


def _moment(value: date | datetime | None, rest_of_day: str) -> str | None:
    if isinstance(value, datetime):
        return utc(value)
    return f"{value.isoformat()}{rest_of_day}" if value else None
