"""Raw files: what is kept is what was read, and only what an edition came from is kept."""

import sqlite3
from contextlib import closing

import pytest

from geo.errors import Unreadable
from geo.layers import service, uploads
from geo.layers.reader import open_file
from tests.integration.layers.bad_files import collection, feature, geopackage, shapefile


def kept(deps):
    return sorted(path.name for path in (deps.settings.data_dir / "uploads").iterdir())


@pytest.fixture
def roads(tmp_path):
    """A file of one road section in the town."""
    line = {"type": "LineString", "coordinates": [[18.90, 50.17], [18.91, 50.17]]}
    path = tmp_path / "drogi.geojson"
    path.write_text(collection(feature(1, line, kategoria="gminna", zarzadca="Urząd")), encoding="utf-8")
    return path


@pytest.fixture
def load_kept(deps):
    """Stages what a kept file holds."""

    def load_kept_(upload, layer="roads"):
        with deps.database.transaction() as connection:
            town = deps.settings.town.municipality
            return service.load(connection, deps.registry, town, upload, service.Options(layers=(layer,)))

    return load_kept_


def test_a_bare_shapefile_is_kept_whole_and_can_be_read_again(tmp_path):
    path = shapefile(tmp_path / "punkty.shp")
    upload = uploads.keep(path, tmp_path / "uploads")
    for part in tmp_path.glob("punkty.*"):
        part.unlink()

    with open_file(upload.copy, upload.name) as source:
        features = list(source.features({"table"}))

    assert (source.file, source.format) == ("punkty.shp", "Shapefile")
    assert [feature.fields["nazwa"] for feature in features] == ["x0", "x1"]


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_geopackage_that_a_program_has_open_is_not_loaded_as_it_was_before(tmp_path, mode):
    path = geopackage(tmp_path / "punkty.gpkg")
    with closing(sqlite3.connect(path)) as editor:
        editor.execute(f"PRAGMA journal_mode={mode}")
        # So little room that what was not saved yet reaches the disk.
        editor.execute("PRAGMA cache_size=1")
        editor.execute("CREATE TABLE much (text)")
        editor.execute("INSERT INTO much VALUES (hex(randomblob(1000000)))")
        if mode == "WAL":
            editor.commit()

        with pytest.raises(Unreadable, match="A program has it open") as caught:
            uploads.keep(path, tmp_path / "uploads")

    assert "zamknij" in caught.value.text.say("pl").lower()
    assert uploads.keep(path, tmp_path / "uploads").copy.read_bytes() == path.read_bytes()


def test_the_same_shapefile_is_kept_once(tmp_path):
    path = shapefile(tmp_path / "punkty.shp")

    for _ in range(2):
        upload = uploads.keep(path, tmp_path / "uploads")
        uploads.settle(upload)

    assert [each.name for each in (tmp_path / "uploads").iterdir()] == [upload.sha256]


@pytest.mark.parametrize("failing_came_first", [True, False])
def test_of_two_loads_of_one_file_at_a_time_the_failing_one_takes_nothing_from_the_other(
    load_kept, deps, roads, failing_came_first
):
    folder = deps.settings.data_dir / "uploads"
    one, other = uploads.keep(roads, folder), uploads.keep(roads, folder)
    failing, good = (one, other) if failing_came_first else (other, one)

    with pytest.raises(service.NoSuchLayer):
        load_kept(failing, layer="raods")
    (loaded,) = load_kept(good)

    assert loaded.stored == 1
    assert kept(deps) == [loaded.edition.file_sha256]


def test_what_is_loaded_is_the_copy_whatever_becomes_of_the_original(roads, load_kept, tmp_path):
    upload = uploads.keep(roads, tmp_path / "uploads")
    roads.write_text("exported again meanwhile", encoding="utf-8")

    (loaded,) = load_kept(upload)

    assert (loaded.stored, loaded.edition.file_name) == (1, roads.name)


def test_a_file_of_which_nothing_is_staged_is_not_kept(deps, load, tmp_path):
    broken, empty = tmp_path / "broken.geojson", tmp_path / "empty.geojson"
    broken.write_text('{"type": "FeatureCollection", "features": [', encoding="utf-8")
    empty.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")

    with pytest.raises(Unreadable):
        load(broken, "roads")
    (loaded,) = load(empty, "roads")

    assert loaded.edition is None
    assert kept(deps) == []


def test_a_refused_file_that_an_earlier_load_kept_stays(load_kept, roads, tmp_path):
    first = uploads.keep(roads, tmp_path / "uploads")
    load_kept(first)
    again = uploads.keep(roads, tmp_path / "uploads")

    (loaded,) = load_kept(again, layer="boundary")

    assert loaded.edition is None
    assert first.kept.exists()
