"""A few of the schedules of `make prove-editions`, on the cluster of the tests."""

from dataclasses import replace

import pytest
from werkzeug import Response
from werkzeug.test import Client

from server import cluster, postgres
from tests.conftest import FAST
from tests.prove import reader
from tests.prove.actor import How
from tests.prove.reader import Seen
from tests.prove.schedules import Proof, Schedule, kill_at_once
from tests.prove.steps import WORD
from tests.prove.town import Place, Town, write_register

STOPPED = [
    ("load", "file: os.rename", How.PROCESS),
    ("load", WORD, How.CHILD),
    ("load", "sql: INSERT INTO geo.edition", How.DATABASE),
    ("publish", "before the commit", How.PROCESS),
    ("publish", "after the commit", How.DATABASE),
    ("convert", "file: subprocess.Popen", How.CHILD),
]


@pytest.fixture
def proof(postgis, database, tmp_path):
    def restart() -> None:
        kill_at_once(postgres.server_pid(postgis.place))
        cluster.ensure(postgis, settings=FAST)

    begun = Proof(Place(tmp_path / "data", database.owner, database.public), tmp_path, restart)
    begun.begin()
    yield begun
    begun.town.close()


def test_work_that_is_stopped_loses_nothing_mixes_nothing_and_comes_to_its_end(proof):
    proof.rehearse(["load", "publish", "convert"])

    with proof.reading() as seen:
        for operation, wanted, how in STOPPED:
            # The last commit of a publication is the one that makes it public.
            step = [step for step in proof.steps[operation] if step.startswith(wanted)][-1]
            occurrence = proof.steps[operation].count(step) - 1
            acted = proof.run(Schedule(operation, step, occurrence, how))
            assert (step, acted.stopped) == (step, True)

    assert seen.wrong == []
    assert len(seen.generations) > 1


def feature(code: str) -> dict:
    return {"properties": {"kod_pocztowy": code}}


@pytest.mark.parametrize(
    ("codes", "wrong"),
    [
        (["43-001"] * 41, []),
        (["43-001"] * 40, ["addresses of -001: 40 features, 40 matched, 41 exist"]),
        (["43-001", "43-002"], ["addresses: features of ['-001', '-002'] in one answer"]),
    ],
)
def test_the_reader_sees_what_is_lost_and_what_is_mixed(codes, wrong):
    seen = Seen()

    reader._judge("addresses", [feature(code) for code in codes], len(codes), seen)

    assert seen.wrong == wrong


@pytest.mark.parametrize(
    ("status", "may_be_replaced", "wrong"), [(503, False, 0), (404, True, 0), (404, False, 1), (500, True, 1)]
)
def test_a_public_collection_that_is_gone_is_no_excuse_for_the_reader(status, may_be_replaced, wrong):
    seen, client = Seen(), Client(Response("gone", status))

    reader._answer(client, "/ogc/collections/addresses/items", seen, may_be_replaced=may_be_replaced)

    assert len(seen.wrong) == wrong


def test_an_edition_that_lost_a_feature_is_seen_at_rest(load, publish, deps, database, tmp_path):
    load(write_register(1, tmp_path), anywhere=True)
    publish("addresses")
    town = Town(Place(tmp_path / "data", database.owner, database.public))
    town.is_whole()
    with deps.database.transaction() as connection:
        connection.execute("DELETE FROM layers.streets_e1 WHERE fid = 1")

    with pytest.raises(AssertionError, match="streets_e1"):
        town.is_whole()

    town.close()


def test_a_schedule_is_told_so_that_it_can_be_found_again():
    schedule = Schedule("load", "before the commit", 0, How.PROCESS)

    assert str(replace(schedule, occurrence=1)) == "load: the process ends at 'before the commit' (2)"
