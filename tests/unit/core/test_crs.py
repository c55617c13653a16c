"""Axis orders and transformations."""

import numpy as np
import pytest

from geo import crs
from geo.geometry import GridBbox, LngLatBbox, outline

# Published answers for one point of the town (docs/glossary.md names the systems).
LNG, LAT = 18.90, 50.17
NORTHING_2180, EASTING_2180 = 255869.22, 492860.74
NORTHING_2177, EASTING_2177 = 5559715.95, 6564292.94


@pytest.mark.parametrize("srid", [2176, 2177, 2178, 2179, 2180, 4326, 4258])
def test_the_authority_puts_northing_or_latitude_first(srid):
    assert crs.epsg(srid).northing_first


def test_crs84_and_web_mercator_put_longitude_or_easting_first():
    assert not crs.CRS84.northing_first
    assert not crs.WEB_MERCATOR.northing_first


@pytest.mark.parametrize(
    ("srid", "easting", "northing"), [(2180, EASTING_2180, NORTHING_2180), (2177, EASTING_2177, NORTHING_2177)]
)
def test_points_go_in_and_come_out_easting_first(srid, easting, northing):
    (point,) = crs.transform([[LNG, LAT]], 4326, srid)

    assert point == pytest.approx([easting, northing], abs=0.01)
    assert crs.transform([point], srid, 4326)[0] == pytest.approx([LNG, LAT], abs=1e-9)


def test_an_unknown_code_is_a_value_error():
    with pytest.raises(ValueError, match="99999"):
        crs.epsg(99999)


def test_the_outline_of_a_grid_box_bends_in_degrees():
    box = GridBbox(6_540_000, 5_550_000, 6_580_000, 5_570_000)

    ring = outline(box, 2177, 4326)

    assert np.array_equal(ring[0], ring[-1])
    assert len(ring) == 4 * 32 + 1
    # Meridian convergence: the two upper corners lie on different latitudes.
    corners = crs.transform([[box.left, box.top], [box.right, box.top]], 2177, 4326)
    assert abs(corners[0][1] - corners[1][1]) > 0.001


def test_a_box_grows_to_the_edge_of_the_world_and_no_further():
    assert LngLatBbox(-179.9, -89.9, 179.9, 89.9).grown(1) == LngLatBbox(-180, -90, 180, 90)
