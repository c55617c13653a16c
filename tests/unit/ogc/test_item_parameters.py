"""The query string of items: what is taken, what is refused and by which name."""

import pytest

from geo.crs import CRS84, PL_2000_ZONE_6, SERVED, WGS84
from geo.errors import BadRequest
from geo.feature import FeatureType, Field
from geo.ogc.parameters import ITEMS_PARAMETERS, parse_item, parse_items

KIND = FeatureType(
    fields=(
        Field("nazwa", "text", {}),
        Field("liczba", "integer", {}),
        Field("wysokosc", "number", {}),
        Field("czynny", "boolean", {}),
        Field("dzien", "date", {}),
        Field("kiedy", "datetime", {}),
    ),
    geometry="point",
)


def _parse(**parameters: str):
    return parse_items([(name.replace("__", "-"), value) for name, value in parameters.items()], KIND)


def test_nothing_asked_for_is_the_first_hundred_in_crs84():
    query = _parse()

    assert (query.limit, query.offset, query.after, query.area, query.crs) == (100, 0, None, None, CRS84)
    assert not query.is_filtered


@pytest.mark.parametrize(
    ("sent", "taken"), [("1", 1), ("007", 7), ("10000", 10000), ("10001", 10000), ("9" * 40, 10000)]
)
def test_a_limit_is_taken_and_clamped(sent, taken):
    assert _parse(limit=sent).limit == taken


@pytest.mark.parametrize("crs", SERVED, ids=lambda crs: crs.name)
def test_a_crs_is_named_by_uri_or_curie(crs):
    curie = "OGC:CRS84" if crs is CRS84 else crs.name

    for name in (crs.uri, crs.uri.replace("http:", "https:"), curie, f"[{curie}]"):
        assert _parse(crs=name).crs == crs


def test_boxes_are_read_in_the_order_of_their_crs():
    lng_first = _parse(bbox="18,50,19,51").area
    lat_first = _parse(bbox="50,18,51,19", bbox__crs=WGS84.uri).area
    grid = _parse(bbox="5559000,6564000,5560000,6565000", bbox__crs=PL_2000_ZONE_6.uri).area

    assert lng_first.equals(lat_first)
    assert lng_first.bounds == pytest.approx((18, 50, 19, 51), abs=1e-8)
    assert grid.bounds == pytest.approx((18.8957, 50.1634, 18.9099, 50.1727), abs=2e-3)


@pytest.mark.parametrize(
    ("sent", "order"),
    [
        ("+nazwa,-liczba", (("nazwa", False), ("liczba", True))),
        (" nazwa", (("nazwa", False),)),
        ("-id", (("id", True),)),
    ],
)
def test_sorting_is_upward_or_downward(sent, order):
    assert _parse(sortby=sent).sortby == order


def test_property_filters_have_the_fields_types():
    query = _parse(
        nazwa="5", liczba="5", wysokosc="5", czynny="true", dzien="2020-01-01", kiedy="2020-01-01T01:00:00+01:00"
    )

    assert [value for _, value in query.where] == ["5", 5, 5.0, True, "2020-01-01", "2020-01-01T00:00:00+00:00"]


REFUSED = [
    *(("limit", value) for value in ("0", "-1", "abc", "", "1.5", " 1", "1e3", "00", "١٢")),
    *(("offset", value) for value in ("-1", "abc", "", "1.5", "9" * 30)),
    *(("after", value) for value in ("-1", "x", "5", "1.", ".5", "1.-5", "1.5.5", "1.٥", "1." + "9" * 40)),
    *(("bbox", value) for value in (
        "", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "1,2,3,nan", "1,2,inf,4", "1,2,-inf,4", "1,5,2,4",
        "1,2,3,4,", "1;2;3;4", "1,2,3,1e999", "0x1,2,3,4", "1_0,2,30,4")),
    *((name, value) for name in ("bbox-crs", "crs", "filter-crs") for value in (
        "", "EPSG:4258", "http://www.opengis.net/def/crs/EPSG/0/99999", "2177", "[EPSG:2177", "OGC:CRS83", "EPSG:CRS84",
        "urn:x")),
    *(("datetime", value) for value in (
        "", "abc", "2020", "2020-13-01", "2020-01-01T00:00:00", "2020-01-01 00:00:00Z", "2020-01-02/2020-01-01", "a/b",
        "2020-01-01/2020-01-02/2020-01-03", "2020-01-01T25:00:00Z", "..", "now")),
    *(("properties", value) for value in ("x", "nazwa,x", "fid", "geom")),
    *(("sortby", value) for value in ("", "x", "+", "nazwa,,liczba", "++nazwa", "geometry", "fid")),
    *(("skipGeometry", value) for value in ("", "1", "True", "yes")),
    *(("resultType", value) for value in ("", "all")),
    *(("filter", value) for value in ("", "x", "liczba >", "nieznane = 1")),
    *(("filter-lang", value) for value in ("", "cql", "cql2")),
    *(("liczba", value) for value in ("", "x", "1.5", "9" * 19, "9" * 400)),
    *(("wysokosc", value) for value in ("", "x", "nan", "inf", "1e999")),
    *(("czynny", value) for value in ("", "tak", "1")),
    *(("dzien", value) for value in ("", "2020-02-30", "x")),
    *(("kiedy", value) for value in ("", "2020-01-01", "x")),
    *((name, "1") for name in ("Limit", "fid", "geom", "geometry", "page", "apikey", "", "__class__")),
    *((name, "a\0b") for name in ("nazwa", "filter", "lang")),
    ("nazwa", "\ud800"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_cannot_be_understood_is_refused_by_its_name(name, value):
    with pytest.raises(BadRequest) as caught:
        parse_items([(name, value)], KIND)

    assert caught.value.values["parameter"] == name
    assert caught.value.status == 400
    for language in ("pl", "en"):
        assert caught.value.text.say(language)


def test_an_unknown_parameter_is_answered_with_the_nearest_right_word():
    with pytest.raises(BadRequest) as caught:
        _parse(limt="5")

    assert "Did you mean 'limit'?" in str(caught.value)


@pytest.mark.parametrize("name", ["foo", "miasto", "q", "maxFeatures"])
def test_an_unknown_parameter_that_is_near_to_none_is_answered_with_all_there_are(name):
    with pytest.raises(BadRequest) as caught:
        parse_items([(name, "1")], KIND)

    said = str(caught.value)
    assert said.startswith(f"Parameter {name}: It is not known here. Known here: ")
    assert {*ITEMS_PARAMETERS, "id", *(field.name for field in KIND.fields)} <= set(
        said[:-1].rsplit(": ", maxsplit=1)[-1].split(", ")
    )


def test_a_parameter_may_stand_once():
    with pytest.raises(BadRequest) as caught:
        parse_items([("limit", "5"), ("limit", "5")], KIND)

    assert caught.value.values["parameter"] == "limit"


def test_one_feature_takes_no_parameters_of_a_page():
    assert parse_item([("crs", PL_2000_ZONE_6.uri)]).crs == PL_2000_ZONE_6
    with pytest.raises(BadRequest):
        parse_item([("limit", "5")])


def test_a_page_is_continued_within_its_edition_by_key_and_a_sorted_one_by_count():
    by_key, sorted_ = _parse(after="3.50"), _parse(sortby="nazwa", after="3.50")

    assert (by_key.edition, by_key.after, by_key.offset) == (3, 50, 0)
    assert (sorted_.edition, sorted_.after, sorted_.offset) == (3, None, 50)


def test_a_sorted_page_says_once_where_it_begins():
    with pytest.raises(BadRequest) as caught:
        _parse(sortby="nazwa", after="1.5", offset="5")

    assert caught.value.values["parameter"] == "after"
