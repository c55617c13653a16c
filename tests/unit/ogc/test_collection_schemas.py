"""The JSON Schemas that QGIS and GDAL take a layer's shape from."""

from datetime import UTC, datetime

import pytest

from geo.feature import Collection, FeatureType, Field, TileRules
from geo.ogc.schemas import queryables, schema, sortables

BASE = "https://gis.example.pl/ogc"
FIELDS = (
    Field("numer", "text", {"pl": "Numer", "en": "Number"}, required=True),
    Field("rodzaj", "integer", {"pl": "Rodzaj"}, enum={"1": {"pl": "dom", "en": "house"}, "2": {"pl": "garaż"}}),
    Field("pow", "number", {"pl": "Powierzchnia"}, unit="m2"),
    Field("dnia", "date", {}),
    Field("kiedy", "datetime", {"pl": "Kiedy"}),
)


def _collection(geometry: str = "polygon") -> Collection:
    kind = FeatureType(FIELDS, geometry, time_field="kiedy")
    return Collection(
        id="parcels",
        title={"pl": "Działki", "en": "Parcels"},
        description={"pl": "Opis"},
        type=kind,
        table="parcels_e1",
        edition=1,
        version="1",
        count=0,
        extent=None,
        published_at=datetime(2026, 1, 1, tzinfo=UTC),
        tiles=TileRules(10, 16),
    )


def test_the_schema_tells_everything_of_the_features():
    document = schema(_collection(), "pl", BASE)

    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"{BASE}/collections/parcels/schema"
    assert (document["type"], document["title"]) == ("object", "Działki")
    assert document["required"] == ["id", "geometry", "numer"]
    assert document["properties"] == {
        "id": {
            "title": "Identyfikator",
            "type": "string",
            "readOnly": True,
            "x-ogc-role": "id",
            "x-ogc-propertySeq": 1,
        },
        "geometry": {
            "title": "Geometria",
            "format": "geometry-polygon-or-multipolygon",
            "x-ogc-role": "primary-geometry",
            "x-ogc-propertySeq": 2,
        },
        "numer": {"title": "Numer", "type": "string", "x-ogc-propertySeq": 3},
        "rodzaj": {
            "title": "Rodzaj",
            "type": "integer",
            "format": "int64",
            "oneOf": [{"const": 1, "title": "dom"}, {"const": 2, "title": "garaż"}],
            "x-ogc-propertySeq": 4,
        },
        "pow": {
            "title": "Powierzchnia",
            "type": "number",
            "format": "double",
            "x-ogc-unit": "m2",
            "x-ogc-propertySeq": 5,
        },
        "dnia": {"title": "dnia", "type": "string", "format": "date", "x-ogc-propertySeq": 6},
        "kiedy": {
            "title": "Kiedy",
            "type": "string",
            "format": "date-time",
            "x-ogc-role": "primary-instant",
            "x-ogc-propertySeq": 7,
        },
    }


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        ("point", "geometry-point"),
        ("line", "geometry-linestring-or-multilinestring"),
        ("polygon", "geometry-polygon-or-multipolygon"),
        ("any", "geometry-any"),
    ],
)
def test_the_geometrys_format_is_as_exact_as_the_register(geometry, expected):
    entry = queryables(_collection(geometry), "en", BASE)["properties"]["geometry"]

    assert entry["format"] == expected
    assert "type" not in entry


def test_titles_are_in_the_language_asked_for_else_in_the_other():
    properties = queryables(_collection(), "en", BASE)["properties"]

    assert properties["numer"]["title"] == "Number"
    assert properties["rodzaj"]["title"] == "Rodzaj"
    assert [one["title"] for one in properties["rodzaj"]["oneOf"]] == ["house", "garaż"]


def test_only_what_is_listed_can_be_queried_and_sorted():
    assert queryables(_collection(), "en", BASE)["additionalProperties"] is False
    assert list(sortables(_collection(), "en", BASE)["properties"]) == ["id", *(field.name for field in FIELDS)]
