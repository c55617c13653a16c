"""What a publication puts into the search."""

from tests import sample


def test_a_street_that_nobody_has_drawn_is_found_where_its_addresses_are(deps, load, publish, rows, shared_data):
    load(sample.file_of(shared_data), anywhere=True)
    publish("addresses")
    with deps.database.public() as connection:
        tables = {name: kind.table for name, kind in deps.catalog().collections.items()}
        undrawn = connection.execute(
            f"SELECT id, simc, ulic FROM layers.{tables['streets']} WHERE geom IS NULL"
        ).fetchall()

    assert undrawn
    for street, simc, ulic in undrawn:
        houses = rows(
            "SELECT ST_Collect(geom) FROM layers." + tables["addresses"] + f" WHERE simc = '{simc}' AND ulic = '{ulic}'"
        )
        ((placed, beside),) = rows(
            f"SELECT geom IS NOT NULL, ST_Intersects(geom, '{houses[0][0]}') FROM published.gazetteer"
            f" WHERE layer = 'streets' AND feature_id = '{street}'"
            if houses[0][0]
            else f"SELECT geom IS NOT NULL, NULL::boolean FROM published.gazetteer WHERE feature_id = '{street}'"
        )
        assert (placed, beside) == ((True, True) if houses[0][0] else (False, None))


def test_every_published_street_and_address_is_in_the_search(load, publish, rows, shared_data, deps):
    load(sample.file_of(shared_data), anywhere=True)
    publish("addresses")

    counts = {name: kind.count for name, kind in deps.catalog().collections.items()}
    found = dict(rows("SELECT layer, count(*) FROM published.gazetteer GROUP BY layer"))

    assert found == {name: counts[name] for name in ("localities", "streets", "addresses")}
