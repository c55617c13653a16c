"""pygeoapi's configuration, made in memory from the catalog and the settings. Nobody writes a pygeoapi file."""

from __future__ import annotations

from geo.catalog import Catalog
from geo.crs import CRS84, SERVED
from geo.feature import Collection
from geo.ogc.providers import Document
from geo.ogc.query import DEFAULT_LIMIT, MAX_LIMIT
from geo.settings import Settings
from geo.texts import LANGUAGES, Text
from geo.tiles import MVT

# The world: what a collection without a single located feature announces.
EVERYWHERE = [-180.0, -90.0, 180.0, 90.0]

_INVENTED = Text("The data is invented, for demonstration; no such place exists.")
_DESCRIPTION = Text("Registers and maps of the municipality as open data: features, vector tiles and aerial pictures.")


def configuration(catalog: Catalog, settings: Settings, base_url: str) -> Document:
    """A fresh dictionary; pygeoapi changes it, so nobody else may hold it."""
    town, publisher = settings.town, settings.town.publisher
    return {
        "server": {
            "bind": {"host": settings.host, "port": settings.port},
            "url": f"{base_url}/ogc",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": list(LANGUAGES),
            "pretty_print": False,
            "limits": {"default_items": DEFAULT_LIMIT, "max_items": MAX_LIMIT, "on_exceed": "throttle"},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": town.title.model_dump(),
                "description": {language: _DESCRIPTION.say(language) for language in LANGUAGES},
                "keywords": {"pl": [town.municipality.name, "geoportal"], "en": [town.municipality.name, "geoportal"]},
                "terms_of_service": f"{base_url}/",
                "url": f"{base_url}/",
            },
            "license": {"name": _licence(catalog), "url": _licence_url(catalog) or f"{base_url}/"},
            "provider": {"name": publisher.name, "url": publisher.url, "email": publisher.email},
            "contact": {"name": publisher.name, "url": publisher.url, "email": publisher.email},
        },
        "resources": {collection.id: _resource(collection) for collection in catalog.collections.values()},
    }


def description(collection: Collection, language: str) -> str:
    """The collection's description; says so when the data is invented."""
    text = collection.description.get(language, "")
    return f"{text} {_INVENTED.say(language)}" if collection.synthetic else text


def _resource(collection: Collection) -> Document:
    box = list(collection.extent.rounded()) if collection.extent else EVERYWHERE
    extents: Document = {"spatial": {"bbox": box, "crs": CRS84.uri}}
    return {
        "type": "collection",
        "title": dict(collection.title),
        "description": {language: description(collection, language) for language in LANGUAGES},
        "keywords": list(collection.keywords) or [collection.id],
        "links": [],
        "extents": extents,
        "providers": [
            {
                "type": "feature",
                "default": True,
                "name": "geo.ogc.providers.FeatureProvider",
                "data": collection.table,
                "id_field": "id",
                "time_field": collection.type.time_field,
                "crs": [crs.uri for crs in SERVED],
                "storage_crs": CRS84.uri,
                "collection": collection,
            },
            {
                "type": "tile",
                "name": "geo.ogc.providers.TileProvider",
                "data": collection.table,
                "format": _tile_format(collection),
                "options": {
                    "zoom": {"min": collection.tiles.min_zoom, "max": collection.tiles.max_zoom},
                    "schemes": ["WebMercatorQuad"],
                },
                "collection": collection,
            },
        ],
    }


def _tile_format(collection: Collection) -> dict[str, str]:
    if collection.raster:
        return {"name": "webp", "mimetype": "image/webp"}
    return {"name": "mvt", "mimetype": MVT}


def _licence(catalog: Catalog) -> str:
    """The licence of all, or that they differ."""
    names = sorted({collection.licence for collection in catalog.collections.values() if collection.licence})
    return " / ".join(names) if names else "CC BY 4.0"


def _licence_url(catalog: Catalog) -> str:
    urls = sorted({collection.licence_url for collection in catalog.collections.values() if collection.licence_url})
    return urls[0] if urls else ""
