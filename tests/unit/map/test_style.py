"""The style document: valid, complete, in the right order, with our own addresses."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from geo.errors import Misconfigured
from geo.http import frontend, palette
from geo.http.frontend import Frontend
from geo.map import legend, style, styles, tilejson
from geo.map.model import STYLE_SLOTS
from geo.map.styles import Styles

ROOT = Path(__file__).parents[3]
VALIDATOR = ROOT / "web/node_modules/@maplibre/maplibre-gl-style-spec/dist/gl-style-validate.mjs"
BUILT = Frontend(
    ROOT,
    "assets/main.js",
    (),
    (),
    {f"noto-sans-{s}-{v}.woff2": f"assets/{s}-{v}.woff2" for s in ("latin", "latin-ext") for v in ("400-normal",)},
)


@pytest.fixture(scope="module")
def drawn(ours, entries):
    return styles.read(ours.config_dir, (*entries.layers, *entries.flights))


@pytest.fixture(params=palette.THEMES)
def document(request, ours, catalog, drawn):
    return style.document(ours.town, ours.base_url, catalog, drawn, BUILT, request.param)


def test_the_style_obeys_the_specification(document, tmp_path):
    node = shutil.which("node")
    assert node, "Node is not installed: run make web."
    assert VALIDATOR.is_file(), "The validator of the style specification is not installed: run make web."
    path = tmp_path / "style.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    checked = subprocess.run([node, VALIDATOR, path], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_collection_without_a_style_is_drawn_and_obeys_too(ours, catalog, tmp_path):
    node = shutil.which("node")
    assert node, "Node is not installed: run make web."
    assert VALIDATOR.is_file(), "The validator of the style specification is not installed: run make web."
    path = tmp_path / "style.json"
    plain = style.document(ours.town, ours.base_url, catalog, Styles({}), BUILT, "light")
    path.write_text(json.dumps(plain), encoding="utf-8")

    checked = subprocess.run([node, VALIDATOR, path], capture_output=True, text=True, check=False)

    assert (checked.returncode, checked.stdout) == (0, "")
    assert {layer.get("source") for layer in plain["layers"]} >= set(catalog.collections)


def test_every_collection_is_drawn_from_its_own_immutable_tiles(document, catalog):
    for collection in catalog.collections.values():
        source = document["sources"][collection.id]
        assert source["tiles"] == [f"https://gis.example/tiles/{collection.id}/3-abc/{{z}}/{{x}}/{{y}}"]
        assert source["bounds"] == list(collection.extent)
    assert {layer.get("source") for layer in document["layers"]} >= set(catalog.collections)


def test_layers_follow_the_order_of_the_slots(document):
    slots = [layer["metadata"]["geo:slot"] for layer in document["layers"] if "metadata" in layer]

    assert [STYLE_SLOTS.index(slot) for slot in slots] == sorted(STYLE_SLOTS.index(slot) for slot in slots)


def test_orthophotos_are_hidden_until_they_are_chosen(document):
    rasters = [layer for layer in document["layers"] if layer["type"] == "raster"]

    assert rasters
    assert {layer["layout"]["visibility"] for layer in rasters} == {"none"}


def test_no_colour_of_the_palette_is_left_unresolved(document):
    assert "$" not in json.dumps(document)


def test_letters_come_from_our_own_files(document):
    assert "glyphs" not in document
    assert document["font-faces"]["Noto Sans Regular"][0]["url"] == "https://gis.example/assets/latin-400-normal.woff2"


def test_what_every_legend_says_exists_in_both_languages(catalog, drawn):
    for language in ("pl", "en"):
        listed = legend.entries(catalog.collections.values(), drawn, language)

        assert [entry.id for entry in listed] == [c.id for c in catalog.collections.values() if not c.raster]
        assert all(line.title for entry in listed for line in entry.lines)


def test_road_signs_of_the_legend_are_the_colours_of_the_map(catalog, drawn):
    roads = next(e for e in legend.entries(catalog.collections.values(), drawn, "pl") if e.id == "roads")

    national = roads.lines[-1]

    assert (national.title, national.fill, national.edge) == (
        "Droga krajowa",
        "var(--road-national)",
        "var(--road-national-edge)",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("layers: {parcells: []}", "Did you mean 'parcels'?"),
        ("outside: boundry\nlayers: {}", "Did you mean 'boundary'?"),
        ("layers: {parcels: [{type: line, slot: parcels, paint: {line-color: $parcell}}]}", "Did you mean '$parcel'"),
        (
            "layers: {parcels: [{type: line, slot: parcels, paint: {fill-color: $parcel}}]}",
            "no property of a line layer",
        ),
        ("layers: {parcels: [{type: lien, slot: parcels}]}", "Did you mean 'line'?"),
        ("layers: {parcels: [{type: line, slot: parcel}]}", "Did you mean 'parcels'?"),
    ],
)
def test_a_mistake_in_the_styles_is_named_with_the_right_word(tmp_path, entries, wrong, said):
    (tmp_path / "styles.yaml").write_text(wrong, encoding="utf-8")

    with pytest.raises(Misconfigured) as caught:
        styles.read(tmp_path, tuple(entries.layers))

    assert said in str(caught.value)
    assert "styles.yaml" in str(caught.value)


def test_tilejson_tells_zooms_bounds_and_the_fields_that_tiles_carry(catalog):
    document = tilejson.document("https://gis.example", catalog.collections["parcels"], "en")

    assert document["tilejson"] == "3.0.0"
    assert document["bounds"] == [18.776, 50.146, 18.948, 50.246]
    assert document["vector_layers"][0]["id"] == "parcels"
    assert set(document["vector_layers"][0]["fields"]) == {"numer", "id_dzialki"}


def test_a_collection_with_label_points_is_named_from_them_and_tilejson_tells_of_them(document, catalog):
    districts = [layer for layer in document["layers"] if layer.get("source") == "districts"]
    told = tilejson.document("https://gis.example", catalog.collections["districts"], "pl")["vector_layers"]

    assert {layer["type"]: layer["source-layer"] for layer in districts} == {
        "line": "districts",
        "symbol": "districts-labels",
    }
    assert [(layer["id"], set(layer["fields"])) for layer in told] == [
        ("districts", {"id_obrebu", "nazwa"}),
        ("districts-labels", {"id_obrebu", "nazwa"}),
    ]


def test_tilejson_of_an_orthophoto_has_no_vector_layers(catalog):
    assert tilejson.document("https://gis.example", catalog.collections["ortho-2024"], "pl")["vector_layers"] == []


def test_tilejson_of_a_collection_without_an_extent_claims_none(catalog):
    nowhere = replace(catalog.collections["parcels"], extent=None)

    assert "bounds" not in tilejson.document("https://gis.example", nowhere, "pl")


def test_without_a_build_the_pages_name_no_files(tmp_path):
    missing = frontend.read(tmp_path)

    assert (missing.script, missing.styles, missing.fonts) == (None, (), {})


def test_the_style_of_one_collection_lies_over_anything(document, catalog):
    for collection in catalog.collections.values():
        alone = style.alone(document, collection)

        assert list(alone["sources"]) == [collection.id]
        assert {layer["source"] for layer in alone["layers"]} == {collection.id}
        assert not any(layer.get("layout", {}).get("visibility") == "none" for layer in alone["layers"])


def test_choices_are_written_so_that_qgis_understands_them(document):
    """QGIS 3.22 passes over `in` with a literal, and takes a label of `match` that is no list for nothing."""
    written = list(expressions(document["layers"]))

    assert "match" in {expression[0] for expression in written}
    for expression in written:
        assert expression[0] not in {"in", "literal"}
        if expression[0] == "match":
            assert all(isinstance(label, list) for label in expression[2:-1:2]), expression


def expressions(value):
    """Every list that begins with a word, however deep."""
    if isinstance(value, dict):
        for part in value.values():
            yield from expressions(part)
    if isinstance(value, list):
        if value and isinstance(value[0], str):
            yield value
        for part in value:
            yield from expressions(part)
