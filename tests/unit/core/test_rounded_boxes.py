"""Boxes as documents say them: 8 decimals, and nothing that lay inside lies outside."""

import random

import pytest

from geo.geometry import LngLatBbox

CHANCE = random.Random(8)  # noqa: S311 - repeatable numbers are wanted
BOXES = [
    LngLatBbox(18.776, 50.146, 18.948, 50.246),
    LngLatBbox(-180.0, -90.0, 180.0, 90.0),
    LngLatBbox(18.123456784999999, 50.1, 18.123456784999999, 50.1),
    LngLatBbox(-18.123456785, -50.123456781, -18.1, -50.123456781),
    *(
        LngLatBbox(CHANCE.uniform(-180, 0), CHANCE.uniform(-90, 0), CHANCE.uniform(0, 180), CHANCE.uniform(0, 90))
        for _ in range(200)
    ),
]


@pytest.mark.parametrize("box", BOXES, ids=str)
def test_a_rounded_box_is_short_and_no_smaller(box: LngLatBbox) -> None:
    rounded = box.rounded()

    assert all(round(value, 8) == value for value in rounded)
    assert rounded.west <= box.west
    assert rounded.south <= box.south
    assert rounded.east >= box.east
    assert rounded.north >= box.north
    assert [*rounded] == pytest.approx([*box], abs=1.1e-8)
    assert rounded.rounded() == rounded
