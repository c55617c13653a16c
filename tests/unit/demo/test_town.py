"""What the demo town promises of its ground plan."""

import re
from collections import Counter

import numpy as np
import pytest
import shapely

from data.demo.frame import EXTENT, make_frame
from data.demo.model import Town
from geo.crs import transform

PARCEL = re.compile(r"^240802_1\.\d{4}(\.AR_[^.]+)?\.\d+(/\d+)?$")


def test_the_full_size_boundary_has_79_square_kilometres_and_fills_the_true_extent():
    boundary = make_frame(2408021).boundary

    assert boundary.is_valid
    assert boundary.area / 1e6 == pytest.approx(79, abs=1)
    assert boundary.bounds == pytest.approx(EXTENT, abs=1)
    assert len(boundary.exterior.coords) > 500
    degrees = transform(np.array(boundary.exterior.coords), 2177, 4326)
    assert (*degrees.min(0), *degrees.max(0)) == pytest.approx((18.776, 50.146, 18.948, 50.246), abs=0.002)


def test_parcels_tile_the_boundary_without_gap_or_overlap(town: Town):
    polygons = np.array([parcel.polygon for parcel in town.parcels], dtype=object)

    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    whole = shapely.coverage_union_all(polygons)
    assert whole.symmetric_difference(town.boundary).area == 0
    invented = make_frame(town.seed, town.scale).boundary
    assert whole.symmetric_difference(invented).area < 1e-5 * invented.area
    assert len(shapely.get_parts(whole)) == 1
    assert not shapely.get_parts(whole)[0].interiors


def test_parcels_have_unique_register_numbers_some_with_a_map_sheet(town: Town):
    ids = [parcel.id for parcel in town.parcels]

    assert len(set(ids)) == len(ids)
    assert all(PARCEL.match(name) for name in ids)
    assert any(".AR_" in name for name in ids)
    assert any("/" in name for name in ids)


def test_the_registered_area_is_that_of_the_geometry_and_of_the_uses(town: Town):
    for parcel in town.parcels:
        assert parcel.area_ha == pytest.approx(parcel.polygon.area / 1e4, rel=0.01, abs=0.00006)
        assert sum(use.area_ha for use in parcel.uses) == pytest.approx(parcel.area_ha, abs=1e-6)


def test_districts_tile_the_town_and_each_hangs_together(town: Town):
    shapes = [district.geometry for district in town.districts]

    assert len(shapes) == 10
    assert shapely.coverage_is_valid(np.array(shapes, dtype=object))
    assert sum(shape.area for shape in shapes) == pytest.approx(town.boundary.area, rel=1e-5)
    assert all(shape.geom_type == "Polygon" for shape in shapes)


def test_buildings_lie_inside_their_parcel_and_apart_from_each_other(town: Town):
    for building in town.buildings:
        assert town.parcels[building.parcel].polygon.covers(building.polygon), building.id
        assert building.id.startswith(town.districts[town.parcels[building.parcel].district].id)
    outlines = np.array([building.polygon for building in town.buildings], dtype=object)
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    assert (shapely.area(shapely.intersection(outlines[one], outlines[other]))[one != other] < 0.01).all()


def test_the_network_is_one_piece_joined_at_shared_vertices(town: Town):
    parent: dict[tuple[float, float], tuple[float, float]] = {}

    def root(node: tuple[float, float]) -> tuple[float, float]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for street in town.streets:
        nodes = [(round(x, 2), round(y, 2)) for x, y in street.line.coords]
        for node in nodes[1:]:
            parent[root(node)] = root(nodes[0])

    assert len({root(node) for node in list(parent)}) == 1


def test_street_names_do_not_repeat_within_a_locality(town: Town):
    names = Counter((s.locality, s.name) for s in town.streets if s.name and s.role != "square")

    assert len(names) > 40
    assert max(names.values()) == 1
    assert {s.category for s in town.streets} == {"krajowa", "wojewodzka", "powiatowa", "gminna"}
    assert {"DK44", "DK81", "DW928"} <= {s.number for s in town.streets}


def test_addresses_stand_beside_their_street_on_its_two_sides(town: Town):
    sides: Counter[tuple[bool, bool]] = Counter()
    for address in town.addresses:
        street = town.streets[address.near_street]
        assert address.point.distance(street.line) < 40
        if address.street is None:
            continue
        at = min(street.line.project(address.point), street.line.length - 1)
        here, ahead = street.line.interpolate(at), street.line.interpolate(at + 1)
        turn = (ahead.x - here.x) * (address.point.y - here.y) - (ahead.y - here.y) * (address.point.x - here.x)
        odd = int(re.match(r"\d+", address.number)[0]) % 2 == 1
        sides[odd, turn > 0] += 1

    assert sides[True, True] + sides[False, False] > 0.97 * sides.total()


def test_house_numbers_are_text_unique_on_their_street(town: Town):
    numbers = Counter((a.street, a.locality if a.street is None else -1, a.number) for a in town.addresses if a.street)

    assert max(numbers.values()) == 1
    assert all(re.fullmatch(r"\d+[A-E]?", address.number) for address in town.addresses)
    assert any(address.number[-1].isalpha() for address in town.addresses)
    assert all(re.fullmatch(r"43-19[0-6]", address.postcode) for address in town.addresses)


def test_every_address_stands_on_a_parcel_with_a_building(town: Town):
    outlines = shapely.STRtree(np.array([building.polygon for building in town.buildings], dtype=object))

    near = outlines.query([address.point for address in town.addresses], predicate="dwithin", distance=0.5)

    assert set(near[0]) == set(range(len(town.addresses)))
