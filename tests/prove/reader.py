"""A resident who reads while the town is changed, and notes every answer that is half of two editions."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import psycopg
from werkzeug.test import Client, TestResponse

from geo import registry, settings
from geo.geometry import LngLatBbox
from geo.tiles import covering
from server import app
from tests.fixtures import mvt
from tests.prove.town import BUNDLE, MARKED, ROOT, STREETS, Place, points

# A geoportal whose database is being started again says so.
_BUSY = 503
# A page or a tile of an edition that was replaced meanwhile.
_REPLACED = {400, 404}
_PAGE = 15
_ZOOM = 14
_ONE_FILE = "SELECT count(DISTINCT file_sha256) FROM geo.edition WHERE state = 'published' AND collection = ANY(%s)"


@dataclass
class Seen:
    """What the reader has seen: how many good answers, of which generations, and what was wrong."""

    answers: int = 0
    generations: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def read(place: Place, driver: Connection) -> None:
    """Read until the driver says anything; then tell what was seen."""
    ours = settings.load({"GEO_DATA_DIR": str(place.data_dir), "GEO_LANG": "en"}, ROOT)
    client = Client(app.create(ours, registry.read(ours.config_dir), place.owner, place.public))
    seen = Seen()
    driver.send("ready")
    while not driver.poll():
        for look in (_whole_collections, _pages, _tile, _download, _bundle):
            try:
                look(client, place, seen)
            except psycopg.OperationalError:
                # The reader's own look into the database, which is being started again.
                continue
    driver.send(seen)


def _whole_collections(client: Client, _: Place, seen: Seen) -> None:
    for layer in BUNDLE:
        document = _document(client, f"/ogc/collections/{layer}/items?limit=1000", seen)
        if document:
            _judge(layer, document["features"], document["numberMatched"], seen)


def _pages(client: Client, _: Place, seen: Seen) -> None:
    """Page after page by `next`: all of one generation, or told on the way that it was replaced."""
    features: list[Any] = []
    address = f"/ogc/collections/addresses/items?limit={_PAGE}"
    while address:
        document = _document(client, address, seen, may_be_replaced="after=" in address)
        if document is None:
            return
        features += document["features"]
        following = next((link["href"] for link in document["links"] if link["rel"] == "next"), "")
        address = re.sub(r"^https?://[^/]+", "", following)
    _judge("addresses", features, len(features), seen)


def _tile(client: Client, _: Place, seen: Seen) -> None:
    tilejson = _document(client, "/tiles/streets.json", seen)
    if tilejson is None:
        return
    template = re.sub(r"^https?://[^/]+", "", tilejson["tiles"][0])
    for tile in covering(LngLatBbox(*tilejson["bounds"]), _ZOOM).tiles():
        address = template.format(z=tile.z, x=tile.x, y=tile.y)
        answer = _answer(client, address, seen, may_be_replaced=True)
        if answer is None:
            return
        body = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
        names = [drawn.properties["nazwa"] for layer in mvt.decode(body) for drawn in layer.features]
        marks = {_mark_in(str(name)) for name in names}
        if len(marks) > 1:
            seen.wrong.append(f"{address}: streets of {marks} in one tile")


def _download(client: Client, _: Place, seen: Seen) -> None:
    """The file of a layer is of one generation; until the worker has made the first there is none."""
    document = _document(client, "/downloads/addresses.geojson", seen, may_be_replaced=True)
    if document:
        _judge("addresses", document["features"], len(document["features"]), seen)


def _bundle(_: Client, place: Place, seen: Seen) -> None:
    """What one file brought is public at one moment."""
    with psycopg.connect(place.owner, connect_timeout=5) as connection:
        row = connection.execute(_ONE_FILE, [list(BUNDLE)]).fetchone()
    if row != (1,):
        seen.wrong.append(f"the public editions of the bundle come from {row} files")


def _judge(layer: str, features: list[Any], matched: int, seen: Seen) -> None:
    marks = {_mark_in(str(feature["properties"][MARKED[layer]])) for feature in features}
    if len(marks) != 1:
        seen.wrong.append(f"{layer}: features of {sorted(marks)} in one answer")
        return
    (found,) = marks
    generation = int(found[1:])
    expected = {"addresses": points(generation), "streets": STREETS, "localities": 1}[layer]
    if not len(features) == matched == expected:
        seen.wrong.append(f"{layer} of {found}: {len(features)} features, {matched} matched, {expected} exist")
    seen.generations.add(found)


def _document(client: Client, address: str, seen: Seen, *, may_be_replaced: bool = False) -> Any:
    answer = _answer(client, address, seen, may_be_replaced=may_be_replaced)
    return None if answer is None else json.loads(answer.data)


def _answer(client: Client, address: str, seen: Seen, *, may_be_replaced: bool) -> TestResponse | None:
    answer = client.get(address)
    if answer.status_code == 307:
        # The tile of an edition that has just gone: the newer one's address.
        return None
    if answer.status_code != 200:
        permitted = {_BUSY, *(_REPLACED if may_be_replaced else ())}
        if answer.status_code not in permitted:
            seen.wrong.append(f"{address}: {answer.status_code} {answer.text[:200]}")
        return None
    seen.answers += 1
    return answer


def _mark_in(text: str) -> str:
    found = re.search(r"-\d{3}", text)
    return found[0] if found else text
