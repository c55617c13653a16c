"""Names of indexes: equal names are equal definitions, and none is cut by PostgreSQL."""

import pytest
from psycopg import sql

from geo.editions import table_name
from geo.ogc import indexes
from geo.registry import LONGEST_ID

# As long as PostgreSQL keeps a name.
NAME_BYTES = 63
COLUMN = sql.Identifier("ulica")


@pytest.mark.parametrize("number", [1, 99_999, 999_999_999])
def test_the_name_of_an_index_of_the_longest_collection_is_kept_whole(number):
    table = table_name("a" * LONGEST_ID, number)

    name = indexes.index_name(table, COLUMN)

    assert name.startswith(f"{table}_by_")
    assert len(name.encode()) <= NAME_BYTES


def test_another_column_and_another_rule_make_another_name(monkeypatch):
    first = indexes.index_name("roads_e1", COLUMN)
    same = indexes.index_name("roads_e1", COLUMN)
    other = indexes.index_name("roads_e1", sql.Identifier("nazwa"))
    monkeypatch.setattr(indexes, "RULE", indexes.RULE + "a")

    assert first == same
    assert len({first, other, indexes.index_name("roads_e1", COLUMN)}) == 3
