"""A geometry in words, on the page of one feature."""

import pytest

from geo.ogc.pages import geometry_words


@pytest.mark.parametrize(
    ("kind", "parts", "polish", "english"),
    [
        ("Point", None, "punkt", "point"),
        ("MultiPoint", 5, "5 punktów", "5 points"),
        ("LineString", None, "linia", "line"),
        ("MultiLineString", 1, "linia", "line"),
        ("MultiLineString", 3, "3 linie", "3 lines"),
        ("MultiPolygon", 1, "wielokąt", "polygon"),
        ("MultiPolygon", 12, "12 wielokątów", "12 polygons"),
    ],
)
def test_a_geometry_is_said_in_words_and_of_several_parts_by_their_number(kind, parts, polish, english):
    geometry = {"type": kind, "coordinates": [[]] * parts if parts else [18.9, 50.17]}

    assert (geometry_words(geometry, "pl"), geometry_words(geometry, "en")) == (polish, english)


def test_no_geometry_is_a_dash_and_a_mixed_one_a_collection():
    assert geometry_words(None, "pl") == "–"
    assert geometry_words({"type": "GeometryCollection", "geometries": []}, "pl") == "zbiór geometrii"
