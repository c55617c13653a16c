"""Where a file lies: one reading may fit, and every refusal names both."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.geometry import LngLatBbox
from geo.layers.model import Severity
from geo.layers.reader import AxisRule
from geo.layers.reader.placement import Misplaced, decide, sample, srid_of

TOWN = LngLatBbox(18.776, 50.146, 18.948, 50.246)
PLACE = (50.19, 18.86)  # latitude first, as the authority has it


def northing_first(srid):
    x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{srid}").transform(*PLACE)
    # 3857 puts x first by its authority, all others here northing.
    return np.array([[y, x] if srid == 3857 else [x, y]])


def place(points, srs, extent=TOWN, rule=AxisRule.XY, **more):
    return decide(np.asarray(points, dtype=float), srs, extent, rule, file="file.gml", **more)


@pytest.mark.parametrize("srid", [2176, 2177, 2178, 2179, 2180, 3857, 4326])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_every_crs_is_recognised_in_both_orders_named_or_not(srid, swapped, named):
    points = northing_first(srid)
    points = points if swapped else points[:, ::-1]

    placement = place(points, f"EPSG:{srid}" if named else None)

    assert (placement.srid, placement.swapped) == (srid, swapped)
    assert placement.to_wgs84(points)[0] == pytest.approx(PLACE[::-1], abs=1e-8)


@pytest.mark.parametrize(
    ("srs", "srid"),
    [
        ("EPSG:2180", 2180),
        ("epsg:2180", 2180),
        ("urn:ogc:def:crs:EPSG::2177", 2177),
        ("urn:ogc:def:crs:EPSG:9.9:2177", 2177),
        ("urn:x-ogc:def:crs:EPSG:2177", 2177),
        ("http://www.opengis.net/gml/srs/epsg.xml#4258", 4258),
        ("http://www.opengis.net/def/crs/EPSG/0/2176", 2176),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", 4326),
        ("CRS84", 4326),
        (None, None),
        ("", None),
    ],
)
def test_every_way_to_write_a_crs_is_understood(srs, srid):
    assert srid_of(srs) == srid


def test_a_crs_that_is_not_known_is_refused_by_name():
    with pytest.raises(Misplaced, match="The CRS 'local grid' is not known"):
        place([[1, 2]], "local grid")
    with pytest.raises(Misplaced, match="EPSG:999999"):
        place([[1, 2]], "EPSG:999999")


def test_when_neither_reading_fits_both_are_named_in_degrees_and_metres():
    with pytest.raises(Misplaced) as caught:
        place([[216691.39, 505645.69]], "EPSG:2180")

    sentence = str(caught.value)
    assert sentence.startswith("file.gml: No reading of the coordinates lies in the extent 18.776-18.948° E")
    assert "coordinates as they stand: 14.8" in sentence
    assert "E 216691 m, N 505646 m" in sentence
    assert "second coordinate first: 19.0" in sentence
    assert "E 505646 m, N 216691 m" in sentence
    assert "--extent or --anywhere" in sentence


def test_a_wrong_crs_is_said_together_with_the_one_that_would_fit():
    points = northing_first(2177)

    with pytest.raises(
        Misplaced, match=r"It would lie there as EPSG:2177, second coordinate first: 18\.8600° E 50\.1900° N"
    ):
        place(points, "urn:ogc:def:crs:EPSG::2178", rule=AxisRule.AUTHORITY)


def test_when_both_readings_fit_the_file_is_refused():
    everywhere = LngLatBbox(-180, -90, 180, 90)

    with pytest.raises(Misplaced, match="More than one reading") as caught:
        place([[20.0, 30.0]], "EPSG:4326", everywhere)

    assert "20.0000° E 30.0000° N" in str(caught.value)
    assert "30.0000° E 20.0000° N" in str(caught.value)


def test_a_mixed_sample_is_refused_and_says_how_much_fits():
    good = northing_first(2180)[:, ::-1]

    with pytest.raises(Misplaced, match=r"60 % inside.*40 % inside"):
        place(np.vstack([good] * 6 + [good[:, ::-1]] * 4), "EPSG:2180")


def test_few_strays_do_not_matter():
    good = northing_first(2180)[:, ::-1]

    placement = place(np.vstack([good] * 97 + [good[:, ::-1]] * 3), "EPSG:2180")

    assert not placement.swapped
    assert "(97 %)" in placement.finding.text.say("en")


def test_an_order_against_the_formats_rule_is_accepted_with_a_warning():
    placement = place(northing_first(2180), "EPSG:2180", rule=AxisRule.XY)

    assert placement.swapped
    assert (placement.finding.severity, placement.finding.code) == (Severity.WARNING, "axes-against-rule")


def test_anywhere_believes_the_rule_and_says_so():
    by_authority = place([[505645.69, 216691.39]], "EPSG:2180", rule=AxisRule.AUTHORITY, anywhere=True)
    as_written = place([[216691.39, 505645.69]], "EPSG:2180", rule=AxisRule.XY, anywhere=True)

    assert (by_authority.swapped, as_written.swapped) == (True, False)
    assert by_authority.finding.code == "placed-by-rule"
    assert "14.8" in by_authority.finding.text.say("en")
    assert by_authority.to_wgs84(np.array([[505645.69, 216691.39]]))[0] == pytest.approx(
        as_written.to_wgs84(np.array([[216691.39, 505645.69]]))[0]
    )


def test_anywhere_needs_a_crs():
    with pytest.raises(Misplaced, match="names no CRS"):
        place([[1, 2]], None, anywhere=True)


def test_a_file_without_coordinates_is_refused():
    with pytest.raises(Misplaced, match="No feature has coordinates"):
        place(np.empty((0, 2)), "EPSG:2180")


def test_apply_turns_whole_columns_and_keeps_what_is_none():
    placement = place(northing_first(2177), "EPSG:2177")
    north, east = northing_first(2177)[0]
    square = shapely.Polygon([(north, east), (north, east + 10), (north + 10, east + 10)], None)

    placed = placement.apply([square, None, shapely.Point(north, east)])

    assert placed[1] is None
    assert placed[2].coords[0] == pytest.approx(PLACE[::-1], abs=1e-8)
    assert placed[0].geom_type == "Polygon"


def test_a_sample_is_small_and_finite():
    points = sample([shapely.Point(n, n) for n in range(10_000)] + [None, shapely.Point(np.nan, 1), shapely.Point()])

    assert len(points) == 2000
    assert np.isfinite(points).all()
    assert points[-1][0] > 9000


def test_a_file_from_anywhere_whose_crs_cannot_be_true_is_refused():
    """Numbers of EPSG:2180 under the name of EPSG:2177 would lie in the Atlantic."""
    points = np.array([[238651.83, 519741.27], [216691.39, 505645.69]])

    with pytest.raises(Misplaced, match="EPSG:2177 is not used"):
        decide(points, "EPSG:2177", LngLatBbox(18, 50, 19, 51), AxisRule.AUTHORITY, file="f", anywhere=True)


@pytest.mark.parametrize("anywhere", [False, True])
@pytest.mark.parametrize(
    "place_of_file", [(1e7, 2e7), (180.0, 90.0), (90.0, 18.9), (1e300, 0.0), (5e5, 1e9), (-90.0, 50.0)]
)
@pytest.mark.parametrize("srs", [None, "EPSG:2180", "EPSG:2177", "EPSG:4326", "EPSG:3857"])
def test_no_message_names_a_place_that_is_no_number(srs, place_of_file, anywhere):
    try:
        said = place([place_of_file], srs, anywhere=anywhere).finding.text
    except Misplaced as refused:
        said = refused.text

    assert not re.search(r"\b(inf|nan)\b", said.say("pl")), said.say("pl")


def test_metres_of_the_national_grid_are_named_only_where_it_is_used():
    with pytest.raises(Misplaced) as refused:
        place([(2.0, 48.0)], "EPSG:4326")

    assert "2.0000° E 48.0000° N - 0 % inside" in str(refused.value)
    assert "EPSG:2180" not in str(refused.value)
