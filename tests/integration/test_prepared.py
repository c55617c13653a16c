"""Statements by name: values travel apart from the text, and none is left behind."""

import tracemalloc

import psycopg
import pytest

from geo import prepared


@pytest.fixture(scope="module")
def connection(postgis):
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as made:
        yield made


@pytest.mark.parametrize("anew", [False, True])
def test_values_arrive_as_they_are(connection, anew):
    statement = prepared.numbered(
        b"SELECT %(t)s::text, %(b)s::bytea, %(n)s::int8 %% 7, %(f)s::float8, %(y)s::bool, %(t)s::text, NULL"
    )
    values = {"t": "Łąka 'x' %(b)s $1 \\", "b": b"\0\xff", "n": -8, "f": 0.1, "y": True}

    for _ in range(7):
        row = prepared.first_row(connection, statement, values, plan_anew=anew)

        assert row == ("Łąka 'x' %(b)s $1 \\".encode(), b"\\x00ff", b"-1", b"0.1", b"t", row[0], None)


def test_no_row_is_none(connection):
    assert prepared.first_row(connection, prepared.numbered(b"SELECT 1 WHERE false"), {}) is None


def test_errors_are_those_of_a_cursor(connection):
    for text, kind in ((b"SELECT 1/0", psycopg.errors.DivisionByZero), (b"SELEKT", psycopg.errors.SyntaxError)):
        for _ in range(2):
            with pytest.raises(kind):
                prepared.first_row(connection, prepared.numbered(text), {})


def test_a_lost_connection_is_an_operational_error(postgis):
    with psycopg.connect(postgis.admin_dsn, autocommit=True) as lost:
        for _ in range(2):
            with pytest.raises(psycopg.OperationalError):
                prepared.first_row(lost, prepared.numbered(b"SELECT pg_terminate_backend(pg_backend_pid())"), {})


def test_a_connection_keeps_no_more_than_so_many(connection):
    for number in range(prepared.MOST_STATEMENTS + 20):
        assert prepared.first_row(connection, prepared.numbered(b"SELECT %d" % number), {}) == (b"%d" % number,)

    kept = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'geo_%'").fetchone()
    assert kept == (prepared.MOST_STATEMENTS,)
    assert prepared.first_row(connection, prepared.numbered(b"SELECT 0"), {}) == (b"0",)


def test_the_texts_of_statements_are_remembered_up_to_a_limit_of_memory():
    tracemalloc.start()
    try:
        for number in range(200):
            prepared.numbered(b"SELECT %d WHERE %s" % (number, b"x OR " * 20_000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # Twenty megabytes went by.
    assert held < 3 << 20
