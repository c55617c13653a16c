"""The public role is the wall: signed in with it, everything that the database has is tried, one by one.

What is open is said here in full; whatever else a migration, a package or an extension brings is tried by itself.
"""

import json
from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from psycopg import conninfo, errors, sql

from server import migrate

# Read by everybody in every database with PostGIS: the lists of geometry columns and of coordinate systems.
OF_POSTGIS = {"public.geometry_columns", "public.geography_columns", "public.spatial_ref_sys"}
SYSTEM = ("pg_catalog", "information_schema", "pg_toast")
# PostgreSQL lets every role change the settings of its own session, also through this view.
OWN_SESSION = {("UPDATE", "pg_catalog.pg_settings")}
# What succeeds and changes nothing: the lock on that view, and PostGIS's list, whose rules do nothing instead.
IN_VAIN = {
    ("LOCK", "pg_catalog.pg_settings"),
    *((verb, "public.geometry_columns") for verb in ("INSERT", "UPDATE", "DELETE")),
}
# `{it}` is a relation, `{column}` its first column.
WRITING = {
    "INSERT": "INSERT INTO {it} DEFAULT VALUES",
    "UPDATE": "UPDATE {it} SET {column} = DEFAULT",
    "DELETE": "DELETE FROM {it}",
    "TRUNCATE": "TRUNCATE {it}",
    "COPY": "COPY {it} FROM STDIN",
    "LOCK": "LOCK TABLE {it} IN SHARE MODE",
    "DROP": "DROP TABLE {it}",
    "ALTER": "ALTER TABLE {it} ADD another int",
    "INDEX": "CREATE INDEX ON {it} ({column})",
    "TRIGGER": "CREATE TRIGGER t BEFORE INSERT ON {it} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
}
PRIVILEGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# What a file on the server, a program, another server or another role would be reached by.
OUT_OF_BOUNDS = [
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/dev/null'",
    "CREATE TEMP TABLE t (line text)",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('PG_VERSION')",
    "SELECT pg_ls_logdir()",
    "SELECT pg_ls_waldir()",
    "SELECT pg_current_logfile()",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_export(1, '/dev/null')",
    "SHOW data_directory",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "SELECT pg_promote()",
    "SELECT pg_create_restore_point('x')",
    "ALTER SYSTEM SET log_statement = 'all'",
    "CHECKPOINT",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE EXTENSION hstore",
    "CREATE EXTENSION file_fdw",
    "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
    "CREATE PUBLICATION p FOR ALL TABLES",
    "SELECT dblink_connect('dbname=postgres')",
    "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (n int)",
    "SELECT query FROM pg_stat_statements",
    "CREATE FUNCTION layers.f() RETURNS int LANGUAGE c AS '/lib/libc.so', 'getpid'",
    "CREATE LANGUAGE plpython3u",
    "SET ROLE geo_owner",
    "SET ROLE pg_read_all_data",
    "SET SESSION AUTHORIZATION geo_owner",
    "GRANT geo_owner TO geo_public",
    "ALTER ROLE geo_public SUPERUSER",
    "ALTER ROLE geo_owner PASSWORD 'x'",
    "CREATE ROLE another",
    "CREATE DATABASE another",
    "CREATE SCHEMA another",
    "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION f()",
    # PostGIS answers with the rights of whoever installed it: it would tell where the features of a staged edition lie.
    "SELECT ST_EstimatedExtent('layers', 'roads_e4', 'geom')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
]
REFUSED = (
    errors.InsufficientPrivilege,
    # There is no such function, table, role or file, or not of a kind with which this could be done.
    errors.UndefinedFunction,
    errors.UndefinedTable,
    errors.UndefinedObject,
    errors.UndefinedFile,
    errors.WrongObjectType,
    errors.ObjectNotInPrerequisiteState,
    errors.FeatureNotSupported,
)


@pytest.fixture
def editions(database, load, publish, tmp_path) -> str:
    """A database with editions in every state; gives the address of the public role."""
    for name in ("withdrawn", "previous", "published", "staged"):
        feature = {
            "type": "Feature",
            "properties": {"id": name, "nazwa": name, "kategoria": "gminna", "zarzadca": "Urząd"},
            "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.91, 50.18]]},
        }
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
        load(path, "roads")
        if name != "staged":
            publish("roads")
    # As each start does.
    migrate.upgrade(database.owner)
    return database.public


@pytest.fixture
def public(editions: str) -> Iterator[psycopg.Connection]:
    """Signed in as the public role, with none of the options that the pool gives."""
    with psycopg.connect(editions, autocommit=True) as connection:
        yield connection


def done(public: psycopg.Connection, statement: LiteralString | sql.Composed) -> bool:
    """Whether a statement was carried out, or failed of anything but a refusal; its doing is undone."""
    try:
        with public.transaction(force_rollback=True):
            public.execute(statement)
    except REFUSED:
        return False
    except psycopg.Error:
        return True
    return True


def relations(public: psycopg.Connection, kinds: str) -> list[tuple[str, str, str]]:
    """Every relation of these kinds: schema, name, first column."""
    question = """
        SELECT n.nspname, c.relname, a.attname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
        WHERE c.relkind = ANY (%s) ORDER BY 1, 2
    """
    return public.execute(question, [list(kinds)]).fetchall()


def test_it_reads_what_is_published_and_what_was_a_moment_ago_and_nothing_else(public: psycopg.Connection):
    tables = [one for one in relations(public, "rpvmf") if one[0] not in SYSTEM]
    names = {f"{schema}.{name}" for schema, name, _ in tables}

    readable = {
        f"{schema}.{name}"
        for schema, name, _ in tables
        if done(public, sql.SQL("SELECT * FROM {} LIMIT 1").format(sql.Identifier(schema, name)))
    }

    assert {"layers.roads_e4", "geo.edition", "geo.finding", "public.procrastinate_jobs"} < names
    of_the_town = {name for name in names if name.startswith("published.")}
    assert readable == of_the_town | {"layers.roads_e2", "layers.roads_e3"} | OF_POSTGIS


def test_it_writes_nothing(public: psycopg.Connection):
    tables = [one for one in relations(public, "rpvmf") if one[0] not in {"pg_toast", "information_schema"}]

    written = {
        (verb, f"{schema}.{name}")
        for schema, name, column in tables
        for verb, statement in WRITING.items()
        if done(
            public,
            sql.SQL(statement).format(it=sql.Identifier(schema, name), column=sql.Identifier(column)),
        )
    }
    permitted = public.execute(
        "SELECT verb, format('%%I.%%I', n.nspname, c.relname)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(%s::text[]) AS verb"
        " WHERE c.relkind = ANY ('{r,p,v,m,f}') AND (has_table_privilege(c.oid, verb)"
        " OR verb IN ('INSERT', 'UPDATE') AND has_any_column_privilege(c.oid, verb))",
        [list(PRIVILEGES)],
    ).fetchall()

    assert len(tables) > 100
    assert written == OWN_SESSION | IN_VAIN
    assert set(permitted) == OWN_SESSION


def test_it_moves_no_sequence_and_makes_nothing_in_any_schema(public: psycopg.Connection):
    sequences = [f"{schema}.{name}" for schema, name, _ in relations(public, "S")]
    schemas = [row[0] for row in public.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_t'")]

    moved = [
        one
        for one in sequences
        for question in ("SELECT nextval({})", "SELECT setval({}, 1)", "SELECT currval({})", "SELECT * FROM {}")
        if done(public, sql.SQL(question).format(_named(question, one)))
    ]
    made = [
        (schema, kind)
        for schema in schemas
        for kind in (
            "TABLE {}.another (n int)",
            "VIEW {}.another AS SELECT 1",
            "SEQUENCE {}.another",
            "TYPE {}.another AS (n int)",
            "FUNCTION {}.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
        if done(public, sql.SQL("CREATE " + kind).format(sql.Identifier(schema)))
    ]

    assert "geo.finding_id_seq" in sequences
    assert {"geo", "layers", "published", "public"} < set(schemas)
    assert (moved, made) == ([], [])


def test_of_our_functions_the_search_s_alone_is_open_and_none_lends_the_rights_of_another(public: psycopg.Connection):
    question = """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
            AND (p.prosecdef OR n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'))
        ORDER BY 1
    """

    assert public.execute(question).fetchall() == [("published.gazetteer_words(text)",)]


def test_nothing_leads_out_of_what_it_may_read(public: psycopg.Connection):
    for statement in OUT_OF_BOUNDS:
        # Not in a transaction: some may not stand in one.
        with pytest.raises(REFUSED):
            public.execute(statement)


def test_a_session_of_the_owner_cannot_be_ended_or_read(public: psycopg.Connection, database):
    with psycopg.connect(database.owner) as owner:
        pid = owner.info.backend_pid
        ended = [done(public, f"SELECT {verb}_backend({pid})") for verb in ("pg_cancel", "pg_terminate")]
        seen = public.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchall()
        owner.execute("SELECT 1")

    assert ended == [False, False]
    assert seen == [("<insufficient privilege>",)]


def test_where_a_superuser_owns_the_database_our_routines_alone_are_closed(make_database, postgis):
    name = conninfo.conninfo_to_dict(make_database().owner)["dbname"]
    owner = conninfo.make_conninfo(postgis.admin_dsn, dbname=name)
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE PROCEDURE geo.tidy() LANGUAGE sql AS 'SELECT 1'")
        connection.execute("CREATE FUNCTION layers.one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute("CREATE FUNCTION public.of_the_office() RETURNS int LANGUAGE sql AS 'SELECT 1'")

    migrate.upgrade(owner)

    with psycopg.connect(owner) as connection:
        question = (
            "SELECT name, has_function_privilege('public', name::regprocedure, 'EXECUTE')"
            " FROM unnest(%s::text[]) AS name"
        )
        names = ["geo.tidy()", "layers.one()", "public.of_the_office()", "lower(text)", "st_area(geometry)"]
        opened = dict(connection.execute(question, [names]).fetchall())
    assert opened == {
        "geo.tidy()": False,
        "layers.one()": False,
        "public.of_the_office()": True,
        "lower(text)": True,
        "st_area(geometry)": True,
    }


def _named(question: str, sequence: str) -> sql.Composable:
    return sql.Identifier(*sequence.split(".")) if "FROM" in question else sql.Literal(sequence)
