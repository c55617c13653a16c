"""pygeoapi in process: its landing page, collections, grids and OpenAPI, rebuilt when the catalog moved.

Only well-formed requests of our own making reach it: a legal `q=0` in a client's Accept would be an error 500 there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock

from psycopg import sql
from pygeoapi import api as pygeoapi
from pygeoapi.api import tiles as pygeoapi_tiles
from pygeoapi.openapi import get_oas

from geo import deadline
from geo.catalog import BUILDING_S, Catalog
from geo.db import Connection, Database
from geo.ogc.config import configuration
from geo.ogc.providers import Document
from geo.settings import Settings
from geo.texts import LANGUAGES

# More public addresses than a town's proxies have; what is beyond is built again each time.
MOST_ADDRESSES = 8

type Interval = tuple[date | datetime | None, date | datetime | None]
type Maker = Callable[..., tuple[dict[str, str], int, str]]

_making = Lock()


@dataclass(frozen=True)
class _Asked:
    """The least that pygeoapi takes for a request."""

    args: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    data: bytes = b""


class Shell:
    """pygeoapi's documents for one catalog under one address. Safe between threads: nothing changes after it is made.

    `intervals` has the first and last time of each collection whose features carry one.
    """

    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        base_url: str,
        intervals: dict[str, Interval],
    ) -> None:
        self.catalog = catalog
        self.base = f"{base_url}/ogc"
        self.root = base_url
        self.intervals = intervals
        config = configuration(catalog, settings, base_url)
        # pygeoapi changes what it is given, and its module globals: each gets a copy, one is made at a time.
        with _making, _Quiet():
            self.openapi: dict[str, Document] = {
                language: get_oas(_in_language(config, language), fail_on_invalid_collection=True, version="3.0")
                for language in LANGUAGES
            }
            self._api = pygeoapi.API(deepcopy(config), {}, asyncapi={})

    def landing(self, language: str) -> Document:
        """The landing page as pygeoapi makes it."""
        return self._document(pygeoapi.landing_page, language)

    def collections(self, language: str) -> Document:
        """All collections as pygeoapi describes them."""
        return self._document(pygeoapi.describe_collections, language)

    def matrix_set(self, name: str, language: str) -> Document:
        """One grid with its matrices."""
        return self._document(pygeoapi_tiles.tilematrixset, language, name)

    def _document(self, make: Maker, language: str, *arguments: str) -> Document:
        asked = _Asked({"f": "json", "lang": language})
        request = pygeoapi.APIRequest.from_flask(asked, self._api.locales)
        _, status, content = make(self._api, request, *arguments)
        if status != 200:
            raise RuntimeError(f"pygeoapi answered {status}: {content[:200]}")
        document: Document = json.loads(content)
        return document


class CurrentShell:
    """The shell for the catalog of the moment; swapped as a whole when the catalog moved."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._shells: dict[str, Shell] = {}
        self._lock = Lock()

    def __call__(self, catalog: Catalog, base_url: str) -> Shell:
        """The shell of a catalog; makes it when it is not there yet: a second for the first, then 50 ms."""
        known = self._shells.get(base_url)
        if known is not None and known.catalog is catalog:
            return known
        with deadline.holding(self._lock):
            known = self._shells.get(base_url)
            if known is not None and known.catalog is catalog:
                return known
            with deadline.at_least(BUILDING_S), self._database.public() as connection:
                intervals = _intervals(connection, catalog)
            shell = Shell(catalog, self._settings, base_url, intervals)
            current = {url: one for url, one in self._shells.items() if one.catalog is catalog}
            if len(current) < MOST_ADDRESSES:
                self._shells = {**current, base_url: shell}
            return shell


class _Quiet:
    """pygeoapi sets up logging to standard output unless somebody else has; for that moment, somebody has."""

    def __enter__(self) -> None:
        self._handler = logging.NullHandler()
        logging.getLogger().addHandler(self._handler)
        logging.getLogger("pygeoapi").setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)


def _in_language(config: Document, language: str) -> Document:
    """A copy whose first language, the only one that the OpenAPI document is written in, is this one."""
    copy = deepcopy(config)
    copy["server"]["languages"].sort(key=lambda one: one != language)
    return copy


def _intervals(connection: Connection, catalog: Catalog) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for collection in catalog.collections.values():
        name = collection.type.time_field
        if name is None:
            continue
        statement = sql.SQL("SELECT min({field}), max({field}) FROM {table}").format(
            field=sql.Identifier(name), table=sql.Identifier("layers", collection.table)
        )
        row = connection.execute(statement).fetchone()
        found[collection.id] = (row[0], row[1]) if row else (None, None)
    return found
