"""The catalog: every published collection at one revision, from the registry and the editions together.

The revision stands in the database and moves with each publication; a worker asks for it and rebuilds its
catalog when it moved, so that a newly published edition is served by the next request, without a restart.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC
from threading import Lock
from typing import Protocol

from geo import deadline, editions
from geo.db import Connection
from geo.editions import Edition, UnknownCollection, extent_of, text_table
from geo.errors import GeoError
from geo.feature import Collection, FieldType, TileRules
from geo.registry import FLIGHT_TYPE, FlightEntry, LayerEntry, Registry, fingerprint
from geo.tiles import TILE_RECIPE

log = logging.getLogger(__name__)
# What building it has at least, however little time whoever asks first has left: all others wait for it too.
BUILDING_S = 2.0

type Refine = Callable[[Connection, Collection], Collection]
# Name -> PostgreSQL's word for the type.
type Columns = dict[str, str]

_FIELD_TYPES: dict[str, FieldType] = {
    "text": "text",
    "bigint": "integer",
    "double precision": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
}


@dataclass(frozen=True)
class Catalog:
    """What is public at one revision, in registry order."""

    revision: int
    collections: dict[str, Collection]

    def collection(self, collection_id: str) -> Collection:
        """One collection.

        Raises:
            UnknownCollection: no such id, or nothing of it is published.
        """
        try:
            return self.collections[collection_id]
        except KeyError:
            raise UnknownCollection(collection=collection_id) from None

    @property
    def synthetic(self) -> bool:
        """Whether any of it is invented, as in the demo town."""
        return any(collection.synthetic for collection in self.collections.values())


class PublicReader(Protocol):
    """Whatever lends connections of the public role: `geo.db.Database`."""

    def public(self) -> AbstractContextManager[Connection]:
        """A read-only connection."""


def as_registered(_connection: Connection, collection: Collection) -> Collection:
    """The collection as the registry and its edition describe it."""
    return collection


class CurrentCatalog:
    """The catalog, rebuilt when the revision has moved. One for a process; safe between threads.

    `refine` completes a collection with what only its files know, such as a flight's zooms; a collection that it
    raises a GeoError for is left out, so that one missing file does not take the others away. `recent` asks no more
    often than every `stale_s` seconds.
    """

    def __init__(
        self, database: PublicReader, registry: Registry, refine: Refine = as_registered, *, stale_s: float = 0.0
    ) -> None:
        self._database = database
        self._refine = refine
        self._stale_s = stale_s
        # The last moment, of time.monotonic, at which the catalog was known to be the newest.
        self._seen_s = -math.inf
        self.registry = registry
        self._catalog: Catalog | None = None
        self._lock = Lock()

    @property
    def known(self) -> Catalog | None:
        """The catalog as last seen, without asking; what it calls by a version stays true for ever."""
        return self._catalog

    def recent(self) -> Catalog:
        """The catalog as it was at most `stale_s` seconds ago: what is answered from memory cannot wait for a query."""
        known = self._catalog
        if known is not None and time.monotonic() - self._seen_s < self._stale_s:
            return known
        return self()

    def confirms(self, catalog: Catalog, revision: int, asked_s: float) -> bool:
        """Whether a catalog has the revision that somebody read, having asked at a moment of time.monotonic."""
        if catalog is not self._catalog or catalog.revision != revision:
            return False
        self._seen_s = max(self._seen_s, asked_s)
        return True

    def __call__(self) -> Catalog:
        """The catalog of this moment; costs one small query."""
        asked_s = time.monotonic()
        with self._database.public() as connection:
            revision = _revision(connection)
        known = self._catalog
        if known is not None and self.confirms(known, revision, asked_s):
            return known
        # The lock before the connection: who waits for another thread's building keeps none from those who only read.
        with deadline.holding(self._lock), deadline.at_least(BUILDING_S), self._database.public() as connection:
            # Asked again: what was built meanwhile may be newer than what we had asked for.
            asked_s = time.monotonic()
            revision = _revision(connection)
            if self._catalog is None or self._catalog.revision != revision:
                self._catalog = Catalog(revision, dict(self._refined(connection)))
            self.confirms(self._catalog, revision, asked_s)
            return self._catalog

    def _refined(self, connection: Connection) -> Iterator[tuple[str, Collection]]:
        for name, collection in _collections(connection, self.registry):
            try:
                yield name, self._refine(connection, collection)
            except GeoError as error:
                log.error("collection left out", extra={"collection": name, "cause": str(error)})  # noqa: TRY400 - expected


def _revision(connection: Connection) -> int:
    row = connection.execute("SELECT revision FROM published.revision").fetchone()
    return int(row[0]) if row else 0


def _collections(connection: Connection, registry: Registry) -> Iterator[tuple[str, Collection]]:
    public = editions.published(connection)
    entries: dict[str, LayerEntry | FlightEntry] = {**registry.layers, **registry.flights}
    tables = [public[name].table for name in entries if name in public]
    columns = _columns(connection, [*tables, *map(text_table, tables)])
    for name, entry in entries.items():
        if name in public:
            collection = _collection(registry, name, entry, public[name])
            # A table that is gone already answers for itself, with 503.
            text = columns.get(text_table(collection.table), {})
            collection = replace(collection, text_column=next((column for column in text if column != "fid"), ""))
            yield name, _as_stored(collection, columns.get(collection.table))


def _columns(connection: Connection, tables: list[str]) -> dict[str, Columns]:
    """The columns of each table of the schema `layers`, by table."""
    found: dict[str, Columns] = {}
    for table, name, kind in connection.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, NULL)"
        " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'layers' AND c.relname = ANY(%s::name[]) AND a.attnum > 0 AND NOT a.attisdropped",
        [tables],
    ):
        found.setdefault(table, {})[name] = kind
    return found


def _as_stored(collection: Collection, columns: Columns | None) -> Collection:
    """The collection with the fields that its table has, in the types that it has them in.

    The registry may have changed since the load, and a rollback returns to a table of an older registry.
    """
    if columns is None:
        return collection
    kind = collection.type
    stored = tuple(
        replace(field, type=_FIELD_TYPES.get(columns[field.name], field.type))
        for field in kind.fields
        if field.name in columns
    )
    if stored == kind.fields:
        return collection
    log.warning(
        "reload needed: the registry's fields are not those of the edition",
        extra={
            "collection": collection.id,
            "edition": collection.edition,
            "fields": sorted(field.name for field in kind.fields if field not in stored),
        },
    )
    # What was a moment may be stored as a text, which no period can be compared with.
    timed = any(field in kind.fields for field in stored if field.name == kind.time_field)
    stored_type = replace(kind, fields=stored, time_field=kind.time_field if timed else None)
    attributes = {
        zoom: tuple(name for name in names if name in columns) for zoom, names in collection.tiles.attributes.items()
    }
    return replace(collection, type=stored_type, tiles=replace(collection.tiles, attributes=attributes))


def _collection(registry: Registry, name: str, entry: LayerEntry | FlightEntry, edition: Edition) -> Collection:
    source = registry.sources[entry.source]
    raster = isinstance(entry, FlightEntry)
    return Collection(
        id=name,
        title=entry.title.both(),
        description=entry.description.both(),
        type=FLIGHT_TYPE if isinstance(entry, FlightEntry) else entry.feature_type(),
        table=edition.table,
        edition=edition.number,
        version=_version(entry, edition),
        count=edition.stored,
        extent=extent_of(edition),
        published_at=edition.published_at or edition.loaded_at,
        # A flight's zooms follow from its files: geo.ortho narrows them.
        tiles=TileRules(0, 22) if isinstance(entry, FlightEntry) else entry.tiles.rules(),
        raster=raster,
        data_date=edition.data_date,
        synthetic=edition.synthetic,
        licence=source.licence,
        licence_url=source.licence_url,
        attribution=source.title.both(),
        update_frequency=source.update.both(),
        keywords=entry.keywords,
        label="{nazwa}" if isinstance(entry, FlightEntry) else entry.label,
        heading=entry.heading.both() if isinstance(entry, LayerEntry) and entry.heading else {},
    )


def _version(entry: LayerEntry | FlightEntry, edition: Edition) -> str:
    # Numbers begin at 1 in every database: a demo town, the real one after it and a restored backup at one
    # address differ by the moment of the load.
    loaded_at = edition.loaded_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{edition.number}-{fingerprint(entry, loaded_at, TILE_RECIPE)}"
