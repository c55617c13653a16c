"""The flights that this process serves, opened once for each edition."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from threading import Lock

from geo.db import Connection
from geo.errors import GeoError, Unavailable, Unreadable
from geo.feature import Collection, TileRules
from geo.ortho import store
from geo.ortho.cog import Cog, cog_folder
from geo.ortho.tile import Flight

log = logging.getLogger(__name__)

# The newest edition, and the one before it for pages that are still open.
_VERSIONS_KEPT = 2


class FlightFileMissing(Unavailable):
    """A file of the flight '{collection}' is missing on the server."""

    code = "ortho-file-missing"


class FlightFileDamaged(Unavailable):
    """A file of the flight '{collection}' is damaged on the server."""

    code = "ortho-file-damaged"


def load_flight(
    connection: Connection, collection: Collection, data_dir: Path, opened: dict[str, Cog] | None = None
) -> Flight:
    """Open the files of a flight's edition; the public role's rights suffice.

    Files that `opened` already has are not opened again.

    Raises:
        FlightFileMissing: the table names a file that is not on the disk.
        FlightFileDamaged: a file is none of ours or was cut short; its source must be added again.
    """
    known = opened or {}
    cogs = []
    for name in store.cogs(connection, collection.table):
        try:
            cogs.append(known.get(name) or Cog.open(cog_folder(data_dir) / name))
        except FileNotFoundError as exc:
            raise FlightFileMissing(collection=collection.id) from exc
        except Unreadable as exc:
            # Not the reader's fault, as a refused file is the officer's.
            raise FlightFileDamaged(collection=collection.id) from exc
    # The sort is stable: of one zoom the table's order stays, finer source and newer flight first.
    return Flight(tuple(sorted(cogs, key=lambda cog: -cog.zooms[-1])))


class Flights:
    """Opened flights by (id, version). One for a process; safe between threads."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._flights: dict[tuple[str, str], Flight] = {}
        self._lock = Lock()

    def known(self, collection: Collection) -> Flight | None:
        """The flight of a collection if it is open already; asks no database."""
        return self._flights.get((collection.id, collection.version))

    def of(self, connection: Connection, collection: Collection) -> Flight:
        """The flight of a published collection, opened now if need be.

        Raises:
            FlightFileMissing: a file is missing on the disk.
            FlightFileDamaged: a file is none of ours or was cut short.
        """
        found = self.known(collection)
        if found is not None:
            return found
        with self._lock:
            found = self.known(collection)
            if found is None:
                opened = {cog.path.name: cog for flight in self._flights.values() for cog in flight.cogs}
                found = load_flight(connection, collection, self._data_dir, opened)
                self._flights[collection.id, collection.version] = found
                of_flight = [key for key in self._flights if key[0] == collection.id]
                for old in of_flight[:-_VERSIONS_KEPT]:
                    del self._flights[old]
            return found

    def with_its_zooms(self, connection: Connection, collection: Collection) -> Collection:
        """A collection as the catalog shows it: a flight with the zooms that its files have, any other as it is.

        A flight whose files cannot be opened keeps its widest zooms, so that the rest of the town stays public;
        its tiles say what is wrong.
        """
        if not collection.raster:
            return collection
        try:
            return narrowed(collection, self.of(connection, collection))
        except GeoError as exc:
            log.error("flight cannot be opened", extra={"flight": collection.id, "cause": str(exc)})  # noqa: TRY400 - expected, its cause said
            return collection


def narrowed(collection: Collection, flight: Flight) -> Collection:
    """The collection with the zooms that its files really have."""
    zooms = flight.limits
    return replace(collection, tiles=TileRules(min(zooms, default=0), max(zooms, default=0)))
