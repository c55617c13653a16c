"""A collection of points and one of polygons, made by hand as publishing makes them; nobody writes to them."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import psycopg
import pytest
from ogc_places import NAMED, PLACES, RANDOM_POINTS, Api, make_collection, random_points
from psycopg import sql

from geo.db import PUBLIC_ROLE
from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from server import cluster


class Database(NamedTuple):
    """The addresses of the tests' database: the owner's and the public role's."""

    owner: str
    public: str


@pytest.fixture(scope="session")
def items_database(postgis: cluster.Cluster, template: str) -> Database:
    """One migrated database for all tests of items, which only read."""
    name = "ogc_items"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as admin:
        admin.execute(create.format(*map(sql.Identifier, (name, template, cluster.OWNER))))
    return Database(postgis.dsn(cluster.OWNER, name), postgis.dsn(PUBLIC_ROLE, name))


@pytest.fixture(scope="session")
def places(items_database: Database) -> Iterator[Api]:
    """`NAMED` and `RANDOM_POINTS` points, read as the public role reads."""
    with psycopg.connect(items_database.owner) as owner, owner.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE layers.miejsca_e1 (fid bigint PRIMARY KEY, id text UNIQUE NOT NULL,"
            " geom geometry(Geometry, 4326) NOT NULL,"
            " geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,"
            " nazwa text, rodzaj text, liczba bigint, wysokosc double precision, czynny boolean,"
            " od_dnia date, zmieniono timestamptz)"
        )
        insert = (
            "INSERT INTO layers.miejsca_e1 (fid, id, nazwa, rodzaj, liczba, wysokosc, czynny, od_dnia, zmieniono, geom)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326))"
        )
        rows = [*NAMED]
        for number, (lng, lat) in enumerate(random_points(), start=len(NAMED) + 1):
            rows.append((f"p{number}", f"Punkt {number}", None, number, None, None, None, None, lng, lat))
        cursor.executemany(insert, [(fid, *row) for fid, row in enumerate(rows, start=1)])
        cursor.execute("CREATE INDEX ON layers.miejsca_e1 USING gist (geom)")
        cursor.execute("GRANT SELECT ON layers.miejsca_e1 TO geo_public")
    collection = make_collection(PLACES, "miejsca_e1", len(NAMED) + RANDOM_POINTS)
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        # A session far from UTC: times must not depend on it.
        connection.execute("SET TimeZone = 'America/New_York'")
        yield Api(connection, collection)


@pytest.fixture(scope="session")
def areas(items_database: Database) -> Iterator[Api]:
    """Four squares of 0.01 degrees in a row, each touching the next, and a parcel without geometry."""
    squares = [(18.90, 18.91), (18.91, 18.92), (18.92, 18.93), (18.93, 18.94)]
    with psycopg.connect(items_database.owner) as owner, owner.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE layers.dzialki_e1 (fid bigint PRIMARY KEY, id text UNIQUE NOT NULL,"
            " geom geometry(Geometry, 4326), numer text)"
        )
        for fid, (west, east) in enumerate(squares, start=1):
            cursor.execute(
                "INSERT INTO layers.dzialki_e1 VALUES (%s, %s, ST_MakeEnvelope(%s, 50.17, %s, 50.18, 4326), %s)",
                (fid, f"d{fid}", west, east, f"{fid}/1"),
            )
        cursor.execute("INSERT INTO layers.dzialki_e1 VALUES (5, 'bez-geometrii', NULL, '5')")
        cursor.execute("GRANT SELECT ON layers.dzialki_e1 TO geo_public")
    kind = FeatureType((Field("numer", "text", {"pl": "Numer"}),), "polygon", geometry_required=False)
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        yield Api(connection, make_collection(kind, "dzialki_e1", 5))


@pytest.fixture(scope="session")
def faraway(items_database: Database) -> Iterator[Api]:
    """One point on the equator, which no Polish CRS can express."""
    with psycopg.connect(items_database.owner) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE layers.daleko_e1 (fid bigint PRIMARY KEY, id text, geom geometry(Geometry, 4326))")
        cursor.execute("INSERT INTO layers.daleko_e1 VALUES (1, 'daleko', 'SRID=4326;POINT(108 0)')")
        cursor.execute("GRANT SELECT ON layers.daleko_e1 TO geo_public")
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        yield Api(connection, make_collection(FeatureType((), "point"), "daleko_e1", 1))


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Asks for something wrong; gives the parameter that was named and what was said in English."""

    def ask(api: Api, **parameters: str) -> tuple[str, str]:
        with pytest.raises(BadRequest) as caught:
            api.document(**parameters)
        return str(caught.value.values["parameter"]), str(caught.value)

    return ask
