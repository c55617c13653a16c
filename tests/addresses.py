"""Every address of the application, out of its URL map: a route that somebody adds is walked by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import mercantile
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from geo import registry, settings
from geo.auth.gate import STAFF
from geo.deps import Deps
from geo.layers import service as layers
from geo.reports import categories, forms, service
from geo.reports.model import Channel, Status, Surroundings
from geo.reports.moves import Actor
from geo.settings import Settings
from server import app, database, worker
from server.door import FrontDoor
from server.guard import Guard
from tests.running import ROOT, Installation

# What an address must be asked to answer with 200.
QUERIES = {
    "/api/search": "q=Rynek",
    "/api/here": "lng=18.9&lat=50.17&zoom=17",
    "/szukaj": "q=Rynek",
    "/wmts": "service=WMTS&request=GetCapabilities&version=1.0.0",
}
# Rules that answer for flights alone.
OF_FLIGHTS = ("/wmts/1.0.0/<layer>/",)
# Rules that answer for vector layers alone.
OF_LAYERS = ("/downloads/<layer>",)
# A vector layer and a flight.
COLLECTIONS = ("addresses", "ortho-2024")
# Behind this proxy the town is at another address.
PROXY = "10.20.30.40"
OUTSIDE = "https://gis.example/mapa"
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example", "X-Forwarded-Prefix": "/mapa"}


@dataclass(frozen=True)
class Address:
    """One address of a rule of the URL map, and the methods that its rule knows."""

    rule: str
    path: str
    methods: frozenset[str]

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Town:
    """The whole application in this process, as it is served, over the data of an installation."""

    application: Guard[FrontDoor]
    settings: Settings
    addresses: tuple[Address, ...]

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **more: object
    ) -> TestResponse:
        """The answer of what is served; headers that hold underscores are meant with hyphens."""
        # Read to its end, as a server does: an answer on its way keeps its place among those that may take long.
        client = Client(self.application)
        return client.open(path, method=method, headers=dict(headers or {}), buffered=True, **more)

    def ask_behind_a_proxy(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """The answer to who asks at `OUTSIDE`."""
        return self.ask(path, headers={**FORWARDED, **(headers or {})}, environ_base={"REMOTE_ADDR": PROXY})

    def forms(self, address: Address) -> list[str]:
        """The address with each `f=` that it takes, out of what it says of one that it does not take."""
        stem = f"{address.path}{'&' if '?' in address.path else '?'}f="
        refused = self.ask(f"{stem}nothing", headers={"Accept": "application/json", "Accept-Language": "en"})
        # The detail of a problem about `f`; an address that takes no form says something else.
        known = re.search(
            r"^Parameter f: .* is not one of: (.+)\.$", (refused.get_json(silent=True) or {}).get("detail", "")
        )
        return [stem + word for word in known[1].split(", ")] if known else []

    def close(self) -> None:
        """Give back the connections."""
        self.application.doors.tiles.deps.close()

    @property
    def readable(self) -> Iterator[Address]:
        """Those that can be read."""
        return (address for address in self.addresses if "GET" in address.methods)


def town_of(installed: Installation) -> Town:
    """The application of an installation that runs; close its database after use."""
    ours = settings_of(installed)
    where = database.addresses(ours)
    served = app.create(ours, registry.read(ours.config_dir), where.owner, where.public)
    made, client = served.doors, Client(served)
    # Its worker may not have come to it yet.
    worker.handlers(made.tiles.deps, made.tiles.cache)[layers.DOWNLOADS_JOB](layer=COLLECTIONS[0])
    # Those of staff are walked with every role in tests/integration/auth/test_gate.py.
    public = (rule for rule in made.behind.url_map.iter_rules() if not rule.rule.startswith(STAFF))
    rules = sorted(public, key=lambda rule: rule.rule)
    report = _reported(made.tiles.deps)
    values = [{**_values(client, name), **report} for name in COLLECTIONS]
    # A form and what takes it are two rules of one address.
    methods: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        for one in _fitting(rule, values):
            methods.setdefault((_path(rule, one), rule.rule), set()).update(rule.methods or ())
    found = [Address(rule, path, frozenset(known)) for (path, rule), known in methods.items()]
    return Town(served, ours, tuple(sorted(found, key=lambda address: address.path)))


def settings_of(installed: Installation) -> Settings:
    """Its settings, with a proxy that it trusts."""
    environ = {name: value for name, value in installed.environ.items() if name.startswith("GEO_")}
    return settings.load({**environ, "GEO_TRUSTED_PROXIES": PROXY}, ROOT)


def _reported(deps: Deps) -> dict[str, str]:
    """What stands for the number and the token of a report that everybody may read; the same one each time."""
    rules = categories.read(deps.settings.config_dir, deps.registry)
    fields = {"uuid": str(UUID(int=5)), "category": "nawierzchnia", "description": "Dziura w jezdni."}
    sent = forms.read({**fields, "lng": 18.905, "lat": 50.175}, rules, Channel.API)
    with deps.database.transaction() as connection:
        received = service.submit(connection, rules, sent, Surroundings(), "a test", OUTSIDE)
        if received.status is Status.NEW:
            move = {"actor": Actor.MODERATOR, "by": None, "base_url": OUTSIDE}
            service.move(connection, rules, received.number, Status.VERIFIED, **move)
    return {"number": str(received.number), "token": received.tracking}


def _values(client: Client, collection: str) -> dict[str, str]:
    """What stands for each argument of a rule, for one collection."""
    tilejson = json.loads(client.get(f"/tiles/{collection}.json").data)
    lng, lat, zoom = tilejson["center"]
    tile = mercantile.tile(lng, lat, zoom)
    features = json.loads(client.get(f"/ogc/collections/{collection}/items?limit=1").data)["features"]
    z, x, y = str(tile.z), str(tile.x), str(tile.y)
    return {
        "collection_id": collection,
        "layer": collection,
        "feature_id": quote(features[0]["id"], safe=""),
        "matrix_set": "WebMercatorQuad",
        "matrix": z,
        "row": y,
        "column": x,
        "version": tilejson["tiles"][0].split("/")[-4],
        "z": z,
        "x": x,
        "y": y,
        "name": "favicon.svg",
        "style": "default",
        "ending": "jpeg",
        "extension": "gpkg",
    }


def _fitting(rule: Rule, values: list[dict[str, str]]) -> list[dict[str, str]]:
    if rule.rule.startswith(OF_FLIGHTS):
        return values[1:]
    return values[:1] if rule.rule.startswith(OF_LAYERS) else values


def _path(rule: Rule, values: Mapping[str, str]) -> str:
    unknown = sorted(rule.arguments - set(values))
    assert not unknown, (
        f"{rule.rule}: say in tests/addresses.py what {', '.join(unknown)} may be, so that it is walked."
    )
    path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", lambda argument: values[argument[1]], rule.rule)
    return f"{path}?{QUERIES[rule.rule]}" if rule.rule in QUERIES else path
