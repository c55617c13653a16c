"""What the registry takes as a field's name stands in no query's way."""

import gzip
import json
import re
import shutil

import pytest
from werkzeug.test import Client

from geo.layers import service, uploads
from geo.registry import LayerEntry
from geo.tiles import covering
from server import app
from tests.fixtures.mvt import decode

# Words of SQL, functions that we call, and what our own queries have called things.
# fmt: off
NAMES = [
    "all", "area", "box", "cell", "center", "count", "distance", "drawn", "f",
    "feature", "features", "fids", "from", "hit", "id_2", "label", "layer", "left",
    "line", "made", "margin", "n", "name", "number", "order", "other", "others",
    "p", "page", "pairs", "part", "place", "point", "row", "rows", "select",
    "g", "o", "places", "shape", "table", "text", "tile", "time", "title", "town", "type", "user", "whole",
    "wide", "x", "y",
]
# fmt: on


@pytest.fixture
def known(deps):
    """The town's registry with fields of all these names on the districts, in tiles, label, search and checks."""
    text = {"type": "text", "title": {"pl": "Słowo", "en": "Word"}}
    entry = LayerEntry.model_validate(
        {
            **deps.registry.layers["districts"].model_dump(by_alias=True),
            "fields": {
                "klucz": {**text, "required": True},
                "pole_ha": {**text, "type": "number", "unit": "ha"},
                **dict.fromkeys(NAMES, text),
            },
            "key": "klucz",
            "label": "".join(f"{{{name}}} " for name in NAMES),
            "from": {"table": {}},
            "checks": ["register_area", "overlaps", "same_label"],
            "tiles": {"min_zoom": 10, "max_zoom": 14, "whole_from_zoom": 14, "attributes": {0: NAMES}},
            "search": {"kind": "place", "detail": "{box} {p}", "keys": ["{place} {point}"]},
            "bundle": None,
        }
    )
    return deps.registry.model_copy(update={"layers": {**deps.registry.layers, "districts": entry}})


def test_a_layer_is_loaded_found_drawn_and_read_whatever_its_fields_are_called(deps, database, tmp_path, known):
    ring = [[18.90, 50.17], [18.92, 50.17], [18.92, 50.18], [18.90, 50.18], [18.90, 50.17]]
    values = {name: f"słowo {name}" for name in NAMES}
    feature = {
        "type": "Feature",
        "properties": {"klucz": "1", "pole_ha": 1.5, **values},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    twin = {**feature, "properties": {**feature["properties"], "klucz": "2"}}
    path = tmp_path / "odd.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, twin]}), encoding="utf-8")
    upload = uploads.keep(path, deps.settings.data_dir / "uploads")

    with deps.database.transaction() as connection:
        town = deps.settings.town.municipality
        (loaded,) = service.load(connection, known, town, upload, service.Options(layers=("districts",)))
        service.publish(connection, known, "districts")
    # Reports look at the districts by a field that these do not have.
    config = tmp_path / "config"
    shutil.copytree(deps.settings.config_dir, config)
    written = (config / "categories.yaml").read_text(encoding="utf-8")
    (config / "categories.yaml").write_text(re.sub(r"\n  area: .*", "", written), encoding="utf-8")
    whole = app.create(deps.settings.model_copy(update={"config_dir": config}), known, database.owner, database.public)
    client = Client(whole)
    collection = whole.doors.catalog().collection("districts")
    tiles = [next(covering(collection.extent, zoom).tiles()) for zoom in (10, 14)]
    drawn = [
        client.get(
            f"/tiles/districts/{collection.version}/{tile.z}/{tile.x}/{tile.y}", headers={"Accept-Encoding": "gzip"}
        )
        for tile in tiles
    ]
    (item, *_) = client.get("/ogc/collections/districts/items").json["features"]
    hits = client.get("/api/search", query_string={"q": "słowo point"}).json["features"]
    answers = {
        path: client.get(path).status_code
        for path in (
            "/ogc/collections/districts/items/1",
            "/ogc/collections/districts/items/1?f=html",
            "/ogc/collections/districts/items?f=html",
            f"/ogc/collections/districts/items?sortby={','.join(NAMES[:3])}",
            "/ogc/collections/districts/items?box=x&p=y",
            "/ogc/collections/districts/items?filter=box%20%3D%20%27x%27%20AND%20p%20%3D%20%27y%27",
            "/obiekt/districts/1",
            "/api/feature/districts/1",
            "/api/here?lng=18.91&lat=50.175&zoom=14",
        )
    }
    whole.doors.tiles.deps.close()

    assert {found.code for found in loaded.findings} >= {"register_area", "overlaps", "same_label"}
    assert item["properties"] == {"klucz": "1", "pole_ha": 1.5, **values}
    assert [decode(gzip.decompress(answer.data))[0].features[0].properties for answer in drawn] == [values, values]
    assert {hit["properties"]["id"] for hit in hits} == {"1", "2"}
    assert set(answers.values()) == {200}, answers
