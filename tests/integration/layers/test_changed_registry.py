"""The registry changed after a load: what the table has is served, the rest waits for the next load."""

import gzip
import json
import logging

import pytest
from werkzeug.test import Client

from geo.config_file import Texts
from geo.layers import service, uploads
from geo.registry import FieldEntry, LayerEntry
from geo.tiles import covering
from server import app
from tests.fixtures.gml import collection, member
from tests.fixtures.mvt import decode

pytestmark = pytest.mark.usefixtures("read_freely")


@pytest.fixture
def changed(deps):
    """The registry with a new field of roads, in tiles, label and time, and another type for an old one."""
    roads = deps.registry.layers["roads"]
    title = Texts(pl="Nowe", en="New")
    fields = {
        **roads.fields,
        "nowe": FieldEntry(type="text", title=title),
        "od_dnia": FieldEntry(type="date", title=title),
        "zarzadca": FieldEntry(type="integer", title=title),
    }
    tiles = roads.tiles.model_copy(update={"attributes": {0: ("nowe", "nazwa")}})
    update = {"fields": fields, "tiles": tiles, "label": "{nazwa} {nowe}", "time_field": "od_dnia"}
    return deps.registry.model_copy(
        update={"layers": {**deps.registry.layers, "roads": roads.model_copy(update=update)}}
    )


def test_a_layer_whose_fields_changed_is_served_as_it_was_loaded(
    deps, database, load, publish, road_file, changed, caplog
):
    load(road_file, "roads")
    publish("roads")
    whole = app.create(deps.settings, changed, database.owner, database.public)
    client = Client(whole)
    one = "/ogc/collections/roads"

    with caplog.at_level(logging.WARNING):
        paths = (one, *(f"{one}/{end}" for end in ("items", "items/1", "schema", "queryables", "sortables", "tiles")))
        answers = {path: client.get(path).status_code for path in paths}
        pages = {path: client.get(path, query_string={"f": "html"}).status_code for path in paths}
    feature = json.loads(client.get(f"{one}/items/1").data)
    by_text = json.loads(client.get(f"{one}/items", query_string={"zarzadca": "Urząd"}).data)
    timed = client.get(f"{one}/items", query_string={"datetime": "2024-05-01"}).status_code
    collection = whole.doors.catalog().collection("roads")
    tile = next(covering(collection.extent, 14).tiles())
    drawn = client.get(f"/tiles/roads/{collection.version}/14/{tile.x}/{tile.y}", headers={"Accept-Encoding": "gzip"})
    whole.doors.tiles.deps.close()

    assert answers == dict.fromkeys(paths, 200)
    assert pages == dict.fromkeys(paths, 200)
    assert set(feature["properties"]) == set(deps.registry.layers["roads"].fields)
    assert by_text["numberMatched"] == 1
    assert timed == 200
    assert drawn.status_code == 200
    assert decode(gzip.decompress(drawn.data))[0].features[0].properties == {"nazwa": "Lipowa"}
    warned = [record for record in caplog.records if record.message.startswith("reload needed")]
    assert warned[0].fields == ["nowe", "od_dnia", "zarzadca"]


def test_a_rollback_to_a_table_of_an_older_registry_is_served(deps, database, load, publish, road_file, changed):
    load(road_file, "roads")
    publish("roads")
    known = changed.model_copy(
        update={"layers": {**changed.layers, "roads": changed.layers["roads"].model_copy(
            update={"search": None, "fields": {**deps.registry.layers["roads"].fields, **{
                name: changed.layers["roads"].fields[name] for name in ("nowe", "od_dnia")}}})}}
    )  # fmt: skip
    upload = uploads.keep(road_file, deps.settings.data_dir / "uploads")
    with deps.database.transaction() as connection:
        service.load(connection, known, deps.settings.town.municipality, upload, service.Options(layers=("roads",)))
        service.publish(connection, known, "roads")
    whole = app.create(deps.settings, known, database.owner, database.public)
    client = Client(whole)
    address = "/ogc/collections/roads/items/1"

    newer = json.loads(client.get(address).data)["properties"]
    with deps.database.transaction() as connection:
        service.rollback(connection, known, "roads")
    older = json.loads(client.get(address).data)["properties"]
    whole.doors.tiles.deps.close()

    assert newer.keys() - older.keys() == {"nowe", "od_dnia"}
    assert older["nazwa"] == "Lipowa"


def test_a_layer_takes_every_kind_of_a_file_that_its_entry_names(deps, tmp_path):
    written = "".join(
        member(
            f"x:{cls}", f"{cls}.1",
            f"<x:{column}>{cls}</x:{column}><x:geom><gml:Point srsName='EPSG:2180'><gml:pos>255869 492968</gml:pos>"
            "</gml:Point></x:geom>",
        )
        for cls, column in (("przystanki", "kod"), ("parkingi", "symbol"))
    )  # fmt: skip
    path = tmp_path / "wfs.gml"
    path.write_text(collection(written, "https://example.org/x"), encoding="utf-8")
    texts = Texts(pl="Miejsca", en="Places")
    field = FieldEntry(type="text", title=texts, required=True)
    places = LayerEntry.model_validate(
        {
            "title": texts, "description": texts, "source": "town", "geometry": "point", "key": "kod",
            "label": "{kod}", "fields": {"kod": field}, "tiles": {"min_zoom": 10, "max_zoom": 14},
            "from": {"wfs.przystanki": {}, "wfs.parkingi": {"kod": "symbol"}},
        }
    )  # fmt: skip
    known = deps.registry.model_copy(update={"layers": {**deps.registry.layers, "places": places}})
    upload = uploads.keep(path, deps.settings.data_dir / "uploads")

    with deps.database.transaction() as connection:
        town = deps.settings.town.municipality
        (loaded,) = service.load(connection, known, town, upload, service.Options())
        ids = connection.execute("SELECT id FROM layers.places_e1 ORDER BY 1").fetchall()

    assert (loaded.read, loaded.stored) == (2, 2)
    assert ids == [("parkingi",), ("przystanki",)]
