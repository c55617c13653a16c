"""What is odd in a file is said by name, in both languages, and stays beside its edition."""

import json
from collections import Counter

import psycopg
import pytest

from geo.layers import checks, service, store, tally
from geo.layers.model import Severity
from geo.layers.service import NoSuchEdition

pytestmark = pytest.mark.usefixtures("read_freely")


def test_a_missing_column_refuses_each_feature_by_name(load, places):
    (loaded,) = load(places("Lipowa", zarzadca=None), "roads")

    assert loaded.edition is None
    (refused,) = service.refusals(loaded)
    assert refused.code == "missing-value"
    assert "zarzadca" in refused.text.say("pl")


def test_a_word_that_the_register_does_not_know_is_a_warning(load, places):
    (loaded,) = load(places("Lipowa", kategoria="wewnętrzna"), "roads")

    assert loaded.stored == 1
    (warning,) = [found for found in loaded.findings if found.code == "odd-value"]
    assert "wewnętrzna" in warning.text.say("pl")


def test_findings_stay_beside_their_edition_and_speak_both_languages(load, deps, places):
    load(places("Lipowa", kategoria="wewnętrzna"), "roads")

    with deps.database.transaction() as connection:
        found = store.findings(connection, "roads", 1)

    texts = [(one.text.say("pl"), one.text.say("en")) for one in found]
    assert any("wewnętrzna" in pl and pl != en for pl, en in texts)


def test_a_withdrawn_edition_takes_its_findings_along(load, deps, places):
    for name in ("Lipowa", "Polna"):
        load(places(name, kategoria="wewnętrzna"), "roads")

    with deps.database.transaction() as connection:
        kept = connection.execute("SELECT DISTINCT edition FROM geo.finding").fetchall()
        newest = service.findings(connection, deps.registry, "roads")
        with pytest.raises(NoSuchEdition):
            service.findings(connection, deps.registry, "roads", 1)

    assert kept == [(2,)]
    assert newest


@pytest.fixture
def sheets(tmp_path):
    """Sheets of one place, each over all others, all of one name; the register has them too small."""
    ring = [[18.90, 50.17], [18.91, 50.17], [18.91, 50.18], [18.90, 50.18], [18.90, 50.17]]
    features = [
        {
            "type": "Feature",
            "properties": {"id_dzialki": f"240802_1.0001.{n}", "numer": "1", "pole_ewidencyjne_ha": 1.0},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for n in range(1, 8)
    ]
    path = tmp_path / "sheets.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_of_a_checks_many_findings_the_first_leave_the_database_and_the_rest_is_counted(
    load, deps, sheets, monkeypatch
):
    entry = deps.registry.layers["parcels"].model_copy(
        update={"checks": ("register_area", "overlaps", "same_label"), "label": "{numer}", "search": None}
    )
    (loaded,) = load(sheets, "parcels")
    fetched: list[int] = []

    with deps.database.transaction() as connection:
        execute = connection.execute

        def counted(*query: object) -> psycopg.Cursor:
            cursor = execute(*query)
            fetched.append(cursor.rowcount)
            return cursor

        monkeypatch.setattr(connection, "execute", counted)
        monkeypatch.setattr(checks, "MOST_FINDINGS_OF_A_CHECK", 5)
        found = list(checks.of_layer(connection, entry, loaded.edition.table))
        monkeypatch.undo()

    assert Counter(one.code for one in found) == {"register_area": 5 + 1, "overlaps": 5 + 1, "same_label": 1}
    assert [one.text.say("en") for one in found if one.feature is None] == [
        "… and 2 more of this kind.",
        "… and 16 more of this kind.",
    ]
    assert max(fetched) == 5


def test_a_file_with_much_less_than_is_public_is_a_warning(load, publish, places):
    load(places("A", "B", "C", "D", "E"), "roads")
    publish("roads")

    (enough,) = load(places("A", "B", "C", "D"), "roads")
    (fewer,) = load(places("A", "B", "C"), "roads")

    assert [found for found in enough.findings if found.code == "much-fewer"] == []
    (warning,) = [found for found in fewer.findings if found.code == "much-fewer"]
    assert warning.severity is Severity.WARNING
    assert warning.text.say("en").startswith("The published edition has 5 features, this file only 3;")


def test_of_a_thousand_equal_warnings_the_rest_is_counted_and_every_refusal_is_named(load, places, monkeypatch):
    monkeypatch.setattr(tally, "MOST_OF_A_CODE", 3)
    names = "ABCDEFGH"

    (odd,) = load(places(*names, kategoria="polna"), "roads")
    (refused,) = load(places(*names, nazwa=None, kategoria=None), "roads")

    said = [found.text.say("en") for found in odd.findings if found.code == "odd-value"]
    assert (len(said), said[-1]) == (4, "… and 5 more of this kind.")
    assert len([found for found in refused.findings if found.severity is Severity.REFUSED]) == refused.refused == 8
