"""Axis order and boxes, in and out, against known points and brute force."""

import json
import random

import pytest
from ogc_places import BASE, NAMED, random_points
from pyproj import Transformer

from geo.ogc.items import item
from geo.ogc.parameters import parse_item

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
# 18.90 E 50.17 N as each authority writes it.
KNOWN = {
    CRS84: [18.90, 50.17],
    EPSG + "4326": [50.17, 18.90],
    EPSG + "2180": [255869.22, 492860.74],
    EPSG + "2177": [5559715.95, 6564292.94],
    EPSG + "3857": [2103938.38, 6475769.06],
}


@pytest.mark.parametrize("crs", KNOWN)
def test_a_known_point_is_served_in_the_order_of_the_authority(places, crs):
    document = places.document(crs=crs, id="centrum")

    coordinates = json.loads(document.body)["features"][0]["geometry"]["coordinates"]
    tolerance = 1e-9 if crs in {CRS84, EPSG + "4326"} else 0.006
    assert coordinates == pytest.approx(KNOWN[crs], abs=tolerance)
    assert document.headers["Content-Crs"] == f"<{crs}>"


@pytest.mark.parametrize("crs", KNOWN)
def test_one_feature_is_served_in_the_order_of_the_authority(places, crs):
    document = item(places.connection, places.collection, "centrum", parse_item([("crs", crs)]), BASE)

    feature = json.loads(document.body)
    assert feature["geometry"]["coordinates"] == pytest.approx(KNOWN[crs], abs=0.006)
    assert document.headers["Content-Crs"] == f"<{crs}>"
    assert [link["rel"] for link in feature["links"]] == ["self", "alternate", "collection"]


@pytest.mark.parametrize("crs", KNOWN)
def test_what_was_served_is_found_again_by_a_box_of_its_own_coordinates(places, crs):
    first, second = places.json(crs=crs, id="centrum")["features"][0]["geometry"]["coordinates"]

    found = places.ids(bbox=f"{first},{second},{first},{second}", bbox_crs=crs)

    assert found == ["centrum"]


def test_a_box_in_the_wrong_axis_order_finds_nothing_and_is_no_error(places):
    for srid in ("2180", "2177"):
        north, east = KNOWN[EPSG + srid]
        box = f"{east - 500},{north - 500},{east + 500},{north + 500}"
        assert places.ids(bbox=box, bbox_crs=EPSG + srid) == []


@pytest.mark.parametrize("srid", ["2177", "2180", "3857"])
def test_boxes_of_a_projected_crs_find_exactly_what_lies_in_them(places, srid):
    """Corners alone, or the envelope of the corners, lose and add features at the rim."""
    project = Transformer.from_crs(4326, int(srid), always_xy=True).transform
    points = [(row[0], row[8], row[9]) for row in NAMED]
    points += [(f"p{number}", *point) for number, point in enumerate(random_points(), start=len(NAMED) + 1)]
    placed = [(name, *project(lng, lat)) for name, lng, lat in points]
    chance = random.Random(srid)  # noqa: S311 - repeatable numbers are wanted
    xs, ys = [x for _, x, _ in placed], [y for _, _, y in placed]
    boxes = [(min(xs), min(ys), max(xs), max(ys))]
    for _ in range(12):
        (left, right), (bottom, top) = (sorted(chance.sample(values, 2)) for values in (xs, ys))
        boxes.append((left, bottom, right, top))

    for left, bottom, right, top in boxes:
        sides = (left, bottom, right, top) if srid == "3857" else (bottom, left, top, right)
        found = places.ids(bbox=",".join(map(repr, sides)), bbox_crs=EPSG + srid)
        assert set(found) == {name for name, x, y in placed if left <= x <= right and bottom <= y <= top}


@pytest.mark.parametrize(
    ("box", "crs"),
    [
        ("0,0,1,1", EPSG + "2180"),
        ("-1e300,-1e300,-1e299,-1e299", EPSG + "2177"),
        ("9e9,9e9,1e10,1e10", EPSG + "3857"),
        ("-60,-30,-59,-29", CRS84),
        ("400,80,500,90", CRS84),
        ("-30,-60,-29,-59", EPSG + "4326"),
    ],
)
def test_a_box_far_from_the_town_is_empty_and_no_error(places, box, crs):
    answer = places.json(bbox=box, bbox_crs=crs)

    assert (answer["features"], answer["numberMatched"], answer["numberReturned"]) == ([], 0, 0)


@pytest.mark.parametrize(
    ("box", "crs"),
    [
        ("-1e12,-1e12,1e12,1e12", EPSG + "2177"),
        ("-1e300,-1e300,1e300,1e300", EPSG + "2180"),
        ("-3e7,-3e7,3e7,3e7", EPSG + "3857"),
        ("-180,-90,180,90", CRS84),
        ("-1e9,-1e9,1e9,1e9", CRS84),
        ("-90,-180,90,180", EPSG + "4326"),
        ("18,50,0,20,51,100", CRS84),
        ("18,50,-50", None),
        ("170,-90,19.5,90", CRS84),
    ],
)
def test_a_box_over_everything_finds_everything(places, refusal, box, crs):
    if crs is None:
        assert refusal(places, bbox=box)[0] == "bbox"
        return

    hits = places.json(bbox=box, bbox_crs=crs, resultType="hits")
    assert hits["numberMatched"] == len(places.ids(bbox=box, bbox_crs=crs)) == places.collection.count


def test_a_box_across_the_180th_meridian_leaves_the_rest_of_the_world_out(places):
    assert places.json(bbox="170,40,-170,60")["numberMatched"] == 0


def test_polygons_at_the_rim_are_met_and_features_without_geometry_are_not(areas):
    touching = areas.ids(bbox="18.85,50.1,18.90,50.2")
    everything = areas.ids()

    assert touching == ["d1"]
    assert everything == ["d1", "d2", "d3", "d4", "bez-geometrii"]
    assert areas.json()["features"][4]["geometry"] is None


def test_geometry_literals_are_read_in_the_order_of_the_filters_crs(places):
    for crs, (first, second) in KNOWN.items():
        step = 0.0001 if first < 100 else 10
        box = f"S_INTERSECTS(geometry, BBOX({first - step},{second - step},{first + step},{second + step}))"
        ring = [(-step, -step), (-step, step), (step, step), (step, -step), (-step, -step)]
        corners = ",".join(f"{first + a} {second + b}" for a, b in ring)
        polygon = f"S_WITHIN(geometry, POLYGON(({corners})))"

        assert places.ids(filter=box, filter_crs=crs) == ["centrum"]
        assert places.ids(filter=polygon, filter_crs=crs) == ["centrum"]


def test_a_geometry_literal_outside_of_its_crs_matches_nothing(places):
    # Longitude and latitude taken for metres of PL-1992.
    literal = "POLYGON((18 50, 19 50, 19 51, 18 51, 18 50))"

    assert places.ids(filter=f"S_INTERSECTS(geometry, {literal})", filter_crs=EPSG + "2177") == []
    assert places.ids(filter="S_INTERSECTS(geometry, POINT(1e300 1e300))", filter_crs=EPSG + "2180") == []
    assert places.ids(filter="S_WITHIN(geometry, BBOX(400,80,500,90))") == []


def test_a_feature_that_a_crs_cannot_express_is_said_by_its_parameter(faraway, refusal):
    assert faraway.ids() == ["daleko"]
    assert refusal(faraway, crs=EPSG + "2177")[0] == "crs"
    assert refusal(faraway, crs=EPSG + "2180", filter="id = 'daleko'")[0] == "crs"
    assert faraway.ids(bbox="-1e9,-1e9,1e9,1e9", bbox_crs=EPSG + "2177") == []
