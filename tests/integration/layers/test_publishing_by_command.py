"""What `geo layers publish`, `discard` and `rollback` say, and when."""

import contextlib
import re

import pytest

from geo import db
from geo.errors import Unavailable
from tests.integration.layers.bad_files import collection, feature


def test_list_findings_publish_and_rollback_say_what_stands_where(make_town, write):
    town = make_town()
    good = write("łąki.geojson", collection(feature(1), feature(2, None, liczba="x")))

    load = town.geo("layers", "load", good, "--layer", "anything", lang="en")
    staged = town.geo("layers", "list")
    findings = town.geo("layers", "findings", "anything", lang="en")
    publish = town.geo("layers", "publish", "anything", lang="en")
    again = town.geo("layers", "publish", "anything")
    back = town.geo("layers", "rollback", "anything")
    listed = town.geo("layers", "list", lang="en")

    assert "anything: edition 1 is staged." in load.stdout
    assert re.search(r"anything  \(Cokolwiek\)\n +1  przygotowane +2  .*łąki\.geojson  GeoJSON", staged.stdout)
    assert "warning feature 2, line 3: liczba: 'x' is no whole number." in findings.stdout
    assert publish.stdout.startswith("anything: edition 1 is published.\nPublic for the first time: anything. ")
    assert (again.returncode, again.stderr.startswith("„anything” nie ma przygotowanego wydania")) == (1, True)
    assert (back.returncode, back.stderr.startswith("„anything” nie ma poprzedniego wydania")) == (1, True)
    assert re.search(r"anything  \(Anything\)\n +1  published +2  ", listed.stdout)


def test_a_publication_says_which_editions_of_its_bundle_come_from_another_file_and_stay_staged(make_town, shared_data):
    town = make_town()
    town.geo("layers", "load", shared_data / "addresses" / "sample_model2021.gml", "--anywhere")
    town.geo("layers", "load", shared_data / "addresses" / "sample_model2012.xml", "--layer", "streets", "--anywhere")

    answer = town.geo("layers", "publish", "streets", lang="en")

    assert "streets: edition 2 is published." in answer.stdout
    assert "addresses: edition 1 comes from another file, sample_model2021.gml, and stays staged." in answer.stdout


def test_only_a_first_publication_says_that_a_running_geoportal_learns_of_a_new_entry_at_its_next_start(
    make_town, write
):
    town = make_town()

    said = []
    for number in (1, 2):
        good = write(f"{number}.geojson", collection(feature(number)))
        town.geo("layers", "load", good, "--layer", "anything")
        said.append(town.geo("layers", "publish", "anything").stdout)

    assert "Publiczne po raz pierwszy: anything." in said[0]
    assert "uruchom go ponownie" in said[0]
    assert said[1] == "anything: wydanie 2 jest opublikowane.\n"


@pytest.mark.parametrize("verb", ["publish", "discard", "rollback"])
def test_no_success_is_said_before_it_is_committed(make_town, write, verb, monkeypatch):
    town, good = make_town(), write("good.geojson", collection(feature(1)))
    for last in ("publish", "publish", "list"):
        town.geo("layers", "load", good, "--layer", "anything")
        town.geo("layers", last, "anything")
    before = town.public()
    real = db.Database.transaction

    @contextlib.contextmanager
    def failing_at_its_end(self):
        with real(self) as connection:
            yield connection
            raise Unavailable

    monkeypatch.setattr(db.Database, "transaction", failing_at_its_end)
    answer = town.geo("layers", verb, "anything")

    assert (answer.returncode, answer.stdout) == (1, "")
    assert town.public() == before
