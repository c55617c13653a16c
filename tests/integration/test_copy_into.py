"""PostgreSQL reads back by COPY exactly what was handed over."""

from datetime import UTC, date, datetime

import psycopg

from geo import copy_text

TEXTS = [
    None,
    "",
    " ",
    r"\N",
    r"\.",
    "\\",
    "\\\\t",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\b\f\v\x01\x7f",
    "Zażółć gęślą jaźń",
    "№ ½ 🏠",
    "'\"{},;%",
    "NULL",
    "null",
]


def test_every_text_survives_in_a_column_with_and_without_others(database):
    with psycopg.connect(database.owner) as connection:
        connection.execute("CREATE TEMPORARY TABLE t (n int, a text, b text)")
        for start, texts in enumerate([TEXTS, *([text] for text in TEXTS)]):
            columns = [range(start * 100, start * 100 + len(texts)), texts, texts[::-1]]
            with connection.cursor().copy("COPY t FROM STDIN") as copy:
                copy.write(copy_text.block(columns))
        read = connection.execute("SELECT a, b FROM t ORDER BY n").fetchall()

    assert read == [*zip(TEXTS, TEXTS[::-1], strict=True), *((text, text) for text in TEXTS)]


def test_every_other_type_survives(database):
    moment = datetime(2025, 11, 6, 14, 1, 26, 500, tzinfo=UTC)
    row = (True, 2**62, 0.1 + 0.2, 1e-300, date(999, 1, 2), moment, [18.9, 1e22])

    with psycopg.connect(database.owner) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE t (a boolean, b bigint, c float8, d float8, e date, f timestamptz, g float8[])"
        )
        with connection.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write(copy_text.block([[value, None] for value in row]))
        read = connection.execute("SELECT * FROM t").fetchall()

    assert read == [row, (None,) * len(row)]
