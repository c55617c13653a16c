"""Collections of points, polygons and everything, made by hand as publishing makes them; nobody writes to them."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from ogc_places import NAMED, PLACES, RANDOM_POINTS, Api, make_collection, random_points

from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from tests.databases import Database

WITH_A_HOLE = "(18.9 50.1, 19 50.1, 19 50.2, 18.9 50.1), (18.95 50.12, 18.97 50.12, 18.97 50.14, 18.95 50.12)"


@pytest.fixture(scope="session")
def items_database(lasting_database: Callable[[], Database]) -> Database:
    """One migrated database for all tests of items, which only read."""
    return lasting_database()


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


@pytest.fixture(scope="session")
def mixed(items_database):
    """Every kind of geometry, none, and what a spreadsheet takes for a formula."""
    shapes = [
        ("punkt", "POINT(18.9 50.17)", "=1+1"),
        ("linia", "LINESTRING(18.9 50.17, 18.91 50.18, 18.92 50.17)", "+48 32 324 85 00"),
        ("linie", "MULTILINESTRING((18.9 50.17, 18.91 50.18), (18.92 50.17, 18.93 50.18, 18.94 50.19))", "'=1"),
        ("plac", f"POLYGON({WITH_A_HOLE})", "-2"),
        ("place", f"MULTIPOLYGON(((18 50, 18.1 50, 18.1 50.1, 18 50)), ({WITH_A_HOLE}))", '"a", b\nc'),
        ("punkty", "MULTIPOINT((18.9 50.1), (18.8 50.2))", ""),
        ("zbiór", "GEOMETRYCOLLECTION(POINT(18.9 50.1), LINESTRING(18 50, 19 51))", "-cmd|' /C calc'!A1"),
        ("nikt", None, None),
        ("średnik", None, 'abc;=HYPERLINK("http://x")'),
        ("wiersz", None, "abc\n+a\r\n@b\t-c"),
        ("cudzysłów", None, 'abc;"=1+1"'),
        ("apostrof", None, "abc;'=1"),
        ("szerokie", None, "＝1+1;＠a"),
        ("tabulator", None, "\t=1"),
        ("lista", None, "a; b;-2;+48 32 324;c;"),
    ]  # fmt: skip
    with psycopg.connect(items_database.owner) as owner:
        owner.execute(
            "CREATE TABLE layers.rozne_e1 (fid bigint PRIMARY KEY, id text UNIQUE NOT NULL,"
            " geom geometry(Geometry, 4326), opis text)"
        )
        for fid, (name, wkt, text) in enumerate(shapes, start=1):
            owner.execute(
                "INSERT INTO layers.rozne_e1 VALUES (%s, %s, ST_GeomFromText(%s, 4326), %s)", (fid, name, wkt, text)
            )
        owner.execute("GRANT SELECT ON layers.rozne_e1 TO geo_public")
    kind = FeatureType((Field("opis", "text", {"pl": "Opis"}),), "any", geometry_required=False)
    with psycopg.connect(items_database.public, autocommit=True) as connection:
        yield connection, make_collection(kind, "rozne_e1", len(shapes))


@pytest.fixture(params=["places", "areas", "mixed"])
def asked(request):
    """A connection and a collection."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, tuple) else (found.connection, found.collection)
