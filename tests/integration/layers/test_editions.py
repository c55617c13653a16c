"""Editions are swapped as a whole; what the public reads is never half of one."""

import json
from collections import Counter
from threading import Thread

import psycopg
import pytest

from geo import editions
from geo.editions import EditionMoved, EditionState, NothingStaged, NothingToDiscard, NothingToRollBackTo
from geo.layers import checks, service, store, tally
from geo.layers.model import Severity
from geo.layers.service import NoSuchEdition

TOWN = (18.90, 50.17)


@pytest.fixture
def places(tmp_path):
    """Writes a GeoJSON file of named road sections in the town."""

    def write(*names: str, **properties):
        path = tmp_path / f"{'-'.join(names) or 'empty'}.geojson"
        features = [
            {
                "type": "Feature",
                "id": name,
                "properties": {"id": name, "nazwa": name, "kategoria": "gminna", "zarzadca": "Urząd", **properties},
                "geometry": {"type": "LineString", "coordinates": [TOWN, (TOWN[0] + 0.001 * n, TOWN[1] + 0.001)]},
            }
            for n, name in enumerate(names, start=1)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        return path

    return write


def names(rows, deps) -> list[str]:
    table = deps.catalog().collection("roads").table
    return [name for (name,) in rows(f"SELECT nazwa FROM layers.{table} ORDER BY nazwa")]


def test_a_published_edition_is_served_by_the_next_request(load, publish, rows, deps, places):
    load(places("Lipowa", "Polna"), "roads")
    assert "roads" not in deps.catalog().collections

    publish("roads")

    assert names(rows, deps) == ["Lipowa", "Polna"]
    assert deps.catalog().collection("roads").count == 2


def test_rollback_returns_to_the_edition_before_and_again_to_the_newer(load, publish, rows, deps, places):
    load(places("Lipowa"), "roads")
    publish("roads")
    load(places("Polna"), "roads")
    publish("roads")

    seen = [names(rows, deps)]
    for _ in range(2):
        with deps.database.transaction() as connection:
            service.rollback(connection, deps.registry, "roads")
        seen.append(names(rows, deps))

    assert seen == [["Polna"], ["Lipowa"], ["Polna"]]


def test_the_public_role_cannot_read_a_staged_edition(load, deps, places):
    load(places("Lipowa"), "roads")

    with deps.database.public() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM layers.roads_e1")


def test_the_public_role_cannot_read_the_schema_geo(deps):
    with deps.database.public() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM geo.edition")


def test_a_discarded_edition_is_gone_with_its_table_and_the_published_one_stays(load, publish, rows, deps, places):
    load(places("Lipowa"), "roads")
    publish("roads")
    load(places("Polna"), "roads")

    with deps.database.transaction() as connection:
        (discarded,) = service.discard(connection, deps.registry, "roads")

    with deps.database.transaction() as connection:
        assert connection.execute("SELECT to_regclass(%s)", [f"layers.{discarded.table}"]).fetchone() == (None,)
        with pytest.raises(NothingToDiscard):
            service.discard(connection, deps.registry, "roads")
        with pytest.raises(NothingStaged):
            editions.publish(connection, "roads")
    assert names(rows, deps) == ["Lipowa"]


def test_a_discard_takes_along_what_the_same_file_staged_in_the_bundle(load, deps, shared_data):
    load(shared_data / "addresses" / "sample_model2021.gml", anywhere=True)
    load(shared_data / "addresses" / "sample_model2012.xml", "streets", anywhere=True)

    with deps.database.transaction() as connection:
        discarded = service.discard(connection, deps.registry, "addresses")
        left = editions.in_state(connection, "streets", EditionState.STAGED)

    assert {edition.collection for edition in discarded} == {"addresses", "localities"}
    assert left.file_name == "sample_model2012.xml"


def test_a_publication_takes_along_only_what_the_same_file_staged_in_the_bundle(load, publish, deps, shared_data):
    load(shared_data / "addresses" / "sample_model2021.gml", anywhere=True)
    load(shared_data / "addresses" / "sample_model2012.xml", "streets", anywhere=True)

    published = publish("streets")

    with deps.database.transaction() as connection:
        left = {name: editions.in_state(connection, name, EditionState.STAGED) for name in ("addresses", "localities")}
    assert [edition.collection for edition in published] == ["streets"]
    assert {edition.file_name for edition in left.values()} == {"sample_model2021.gml"}


def test_the_edition_before_the_last_is_gone_with_its_table(load, publish, deps, places):
    for name in ("a", "b", "c"):
        load(places(name), "roads")
        publish("roads")

    with deps.database.transaction() as connection:
        states = {e.number: e.state for e in editions.listing(connection, ["roads"])}
        gone = connection.execute("SELECT to_regclass('layers.roads_e1')").fetchone()
    assert states == {1: EditionState.WITHDRAWN, 2: EditionState.PREVIOUS, 3: EditionState.PUBLISHED}
    assert gone == (None,)


def test_a_load_that_dies_leaves_nothing_behind(load, publish, rows, deps, places, monkeypatch):
    load(places("Lipowa"), "roads")
    publish("roads")

    def die(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "save_findings", die)
    with pytest.raises(KeyboardInterrupt):
        load(places("Polna"), "roads")

    assert names(rows, deps) == ["Lipowa"]
    with deps.database.transaction() as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'layers'").fetchone()
        assert tables == (1,)
        assert [e.number for e in editions.listing(connection, ["roads"])] == [1]


def test_a_second_load_replaces_the_staged_edition(load, deps, places):
    load(places("Lipowa"), "roads")
    load(places("Polna"), "roads")

    with deps.database.transaction() as connection:
        staged = editions.in_state(connection, "roads", EditionState.STAGED)
    assert staged.file_name == "Polna.geojson"


def test_nothing_can_be_published_or_rolled_back_that_is_not_there(deps):
    with deps.database.transaction() as connection:
        with pytest.raises(NothingStaged):
            service.publish(connection, deps.registry, "roads")
        with pytest.raises(NothingToRollBackTo):
            service.rollback(connection, deps.registry, "roads")
        with pytest.raises(service.NoSuchLayer, match="Did you mean 'roads'"):
            service.publish(connection, deps.registry, "road")


def test_one_id_twice_is_refused_by_name_and_the_first_is_kept(load, publish, rows, deps, places):
    path = places("Lipowa", "Lipowa", "Polna")

    (loaded,) = load(path, "roads")
    publish("roads")

    assert (loaded.read, loaded.stored, loaded.refused) == (3, 2, 1)
    (refused,) = service.refusals(loaded)
    assert (refused.code, "Lipowa" in str(refused.text.values)) == ("double-id", True)
    assert names(rows, deps) == ["Lipowa", "Polna"]


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


def waits_for_a_lock(deps) -> bool:
    with deps.database.transaction() as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return bool(count)


def test_a_load_that_ends_during_a_publication_leaves_the_published_edition_alone(load, publish, rows, deps, places):
    load(places("Lipowa"), "roads")
    publish("roads")
    load(places("Polna"), "roads")
    newer = places("Nowa")
    loading = Thread(target=load, args=(newer, "roads"))

    with deps.database.transaction() as connection:
        service.publish(connection, deps.registry, "roads")
        loading.start()
        while loading.is_alive() and not waits_for_a_lock(deps):
            loading.join(0.02)
    loading.join(60)

    with deps.database.transaction() as connection:
        states = {edition.number: edition.state for edition in editions.listing(connection, ["roads"])}
    assert states == {3: EditionState.STAGED, 2: EditionState.PUBLISHED, 1: EditionState.PREVIOUS}
    assert names(rows, deps) == ["Polna"]


def test_an_edition_is_not_moved_from_a_state_that_it_has_left(load, deps, places, monkeypatch):
    load(places("Lipowa"), "roads")
    with deps.database.transaction() as connection:
        seen = editions.in_state(connection, "roads", EditionState.STAGED)
        editions.publish(connection, "roads")
        monkeypatch.setattr(editions, "in_state", lambda *_: seen)

        with pytest.raises(EditionMoved, match="no longer staged"):
            editions.discard(connection, "roads")


def test_the_public_role_does_not_learn_the_names_of_the_office_s_files(load, publish, rows, places):
    load(places("Lipowa"), "roads")
    publish("roads")

    (public,) = rows("SELECT e::text FROM published.edition AS e")

    assert "Lipowa.geojson" not in public[0]
    assert "roads" in public[0]


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
