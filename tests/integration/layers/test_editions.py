"""Editions are swapped as a whole; what the public reads is never half of one."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from geo import editions
from geo.editions import EditionMoved, EditionState, NothingStaged, NothingToDiscard, NothingToRollBackTo
from geo.layers import service, store
from tests.databases import until_it_waits

pytestmark = pytest.mark.usefixtures("read_freely")


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


def test_a_load_that_ends_during_a_publication_leaves_the_published_edition_alone(load, publish, rows, deps, places):
    load(places("Lipowa"), "roads")
    publish("roads")
    load(places("Polna"), "roads")
    newer = places("Nowa")

    with ThreadPoolExecutor(1) as threads:
        with deps.database.transaction() as connection:
            service.publish(connection, deps.registry, "roads")
            loading = threads.submit(load, newer, "roads")
            until_it_waits(deps, loading)
        loading.result(60)

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
