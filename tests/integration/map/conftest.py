"""A small town in a real database, and a client that asks the map's pages."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, jsonify
from psycopg import sql

from geo import gazetteer, http, registry, settings
from geo.deps import Deps
from geo.errors import GeoError
from geo.gazetteer import Entry
from geo.geometry import LngLatBbox
from geo.map import views

ROOT = Path(__file__).parents[3]
PARCEL = "240802_1.0001.AR_3.123/4"
LAYERS = ("addresses", "streets", "parcels", "localities")
HERE = (18.9, 50.17)

ADDRESSES = [
    ("a1", "Rynek", "1"),
    ("a2", "Rynek", "2"),
    ("a16", "Rynek", "16"),
    ("a16a", "Rynek", "16a"),
    ("a160", "Rynek", "160"),
    ("k12", "Tadeusza Kościuszki", "12A"),
    ("m4", "3 Maja", "4"),
]
STREETS = ["Rynek", "ulica Tadeusza Kościuszki", "ulica 3 Maja", "ulica Łąkowa", "plac Wolności"]


@pytest.fixture
def deps(database, tmp_path):
    """The house on an empty database."""
    ours = settings.load({"GEO_DATA_DIR": str(tmp_path), "GEO_PUBLIC_URL": "https://gis.example"}, ROOT)
    made = Deps.make(ours, registry.read(ours.config_dir), database.owner, database.public)
    yield made
    made.close()


@pytest.fixture
def find(deps):
    """Searches as the public role in the layers that are published."""

    def find_(query, limit=10, layers=LAYERS):
        with deps.database.public() as connection:
            return gazetteer.search(connection, query, layers, limit)

    return find_


@pytest.fixture
def search(find):
    """Searches as the public role and gives the labels."""

    def search_(query, limit=10):
        return [hit.label for hit in find(query, limit).hits]

    return search_


@pytest.fixture
def filled(deps):
    """A gazetteer with streets, houses, parcels and a town."""
    houses = [
        Entry(
            i,
            "address",
            f"{street} {number}",
            "43-190 Mikołów",
            HERE,
            keys=(f"{street} {number} Mikołów", "43-190 Mikołów"),
        )
        for i, street, number in ADDRESSES
    ]
    streets = [Entry(f"s{n}", "street", name, "Mikołów", HERE) for n, name in enumerate(STREETS)]
    parcels = [
        Entry(i, "parcel", i, "obręb 0001", HERE, keys=(i, i.rsplit(".", 1)[-1]))
        for i in (PARCEL, "240802_1.0001.AR_3.1234", "240802_1.0002.AR_1.7")
    ]
    towns = [Entry("m1", "locality", "Mikołów", "", HERE, LngLatBbox(18.8, 50.1, 19.0, 50.2))]
    with deps.database.transaction() as connection:
        for layer, entries in (
            ("addresses", houses),
            ("streets", streets),
            ("parcels", parcels),
            ("localities", towns),
        ):
            gazetteer.replace(connection, layer, entries)


@pytest.fixture
def town(deps, request):
    """One published parcel with a building, a house number and a street, as the loader would leave them."""
    request.getfixturevalue("filled")
    ring = "POLYGON((18.9 50.17,18.901 50.17,18.901 50.171,18.9 50.171,18.9 50.17))"
    house = "POLYGON((18.9004 50.1704,18.9006 50.1704,18.9006 50.1706,18.9004 50.1706,18.9004 50.1704))"
    with deps.database.transaction() as connection:
        _publish(connection, deps, "boundary", "2408021", {"teryt": "2408021", "nazwa": "Mikołów"}, ring)
        _publish(connection, deps, "parcels", PARCEL, {"id_dzialki": PARCEL, "numer": "123/4"}, ring)
        _publish(connection, deps, "buildings", "b1", {"id_budynku": "b1", "rodzaj_kst": "m"}, house)
        fields = {"lokalny_id": "a16", "numer_porzadkowy": "16", "ulica": "Rynek", "data_nadania": "2001-05-09"}
        _publish(connection, deps, "addresses", "a16", fields, "POINT(18.9005 50.1705)")
        line = "LINESTRING(18.9 50.16995,18.901 50.16995)"
        _publish(connection, deps, "streets", "s0", {"lokalny_id": "s0", "nazwa": "Rynek"}, line)
        connection.execute("UPDATE geo.revision SET revision = revision + 1")


def _publish(connection, deps, layer, feature_id, fields, wkt):
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(
            sql.Identifier(f.name), sql.SQL({"text": "text", "date": "date"}.get(f.type, "numeric"))
        )
        for f in deps.registry.layers[layer].feature_type().fields
        if f.type != "datetime"
    )
    table = sql.Identifier("layers", f"{layer}_e1")
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} (fid bigint PRIMARY KEY, id text UNIQUE, {}, geom geometry(Geometry, 4326),"
            " geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED)"
        ).format(table, columns)
    )
    connection.execute(sql.SQL("GRANT SELECT ON {} TO geo_public").format(table))
    names = sql.SQL(", ").join(map(sql.Identifier, fields))
    statement = sql.SQL("INSERT INTO {} (fid, id, geom, {}) VALUES (1, %s, ST_GeomFromText(%s, 4326), {})").format(
        table, names, sql.SQL(", ").join(sql.Placeholder() * len(fields))
    )
    connection.execute(statement, [feature_id, wkt, *fields.values()])
    connection.execute(
        "INSERT INTO geo.edition (collection, number, state, file_name, file_sha256, format, read, stored, refused,"
        " cut, closed, synthetic, data_date, extent, loaded_at, published_at)"
        " VALUES (%s, 1, 'published', 'x', 'x', 'x',"
        " 1, 1, 0, 0, 0, true, '2026-11-12', '{18.9,50.169,18.901,50.171}', now(), now())",
        [layer],
    )


@pytest.fixture
def client(deps, request):
    """Asks the map's pages; errors are answered as plainly as they come."""
    request.getfixturevalue("town")
    app = Flask(__name__)
    app.register_blueprint(views.blueprint(deps))
    app.register_error_handler(GeoError, lambda e: (jsonify({"code": e.code, "title": str(e)}), e.status))
    return app.test_client()


@pytest.fixture
def proxied(deps, request):
    """Asks the map's pages of an installation that knows its proxies instead of its own address."""
    request.getfixturevalue("town")
    ours = deps.settings.model_copy(update={"public_url": None, "trusted_proxies": ("10.0.0.0/8",)})
    app = Flask(__name__)
    http.install(app, ours)
    app.register_blueprint(views.blueprint(replace(deps, settings=ours)))
    return app.test_client()
