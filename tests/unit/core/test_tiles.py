"""The WebMercatorQuad grid."""

import pytest

from geo.geometry import LngLatBbox
from geo.tiles import WORLD_HALF_M, TileId, covering, pixel_m


def test_the_root_tile_is_the_world():
    assert TileId(0, 0, 0).bounds == pytest.approx((-WORLD_HALF_M, -WORLD_HALF_M, WORLD_HALF_M, WORLD_HALF_M))


@pytest.mark.parametrize(("z", "x", "y"), [(1, 2, 0), (1, 0, -1), (25, 0, 0), (-1, 0, 0)])
def test_what_the_grid_lacks_does_not_exist(z, x, y):
    assert not TileId(z, x, y).exists


def test_a_covering_holds_the_tile_of_each_corner():
    town = LngLatBbox(18.776, 50.146, 18.948, 50.246)

    tiles = covering(town, 14)

    assert {tile.z for tile in tiles.tiles()} == {14}
    assert tiles.size == len(list(tiles.tiles())) == 9 * 8
    assert tiles.holds(TileId(14, tiles.min_x, tiles.max_y))
    assert not tiles.holds(TileId(14, tiles.min_x - 1, tiles.max_y))
    assert not tiles.holds(TileId(13, tiles.min_x, tiles.max_y))


def test_a_pixel_halves_with_each_zoom():
    assert pixel_m(0) == pytest.approx(156543.03392804097)
    assert pixel_m(19) == pytest.approx(0.29858214173896974)


def test_a_tile_covers_the_four_below_it():
    child, above = TileId(14, 9050, 5561), TileId(13, 4525, 2780)

    left, bottom, right, top = above.bounds

    assert left <= child.bounds.left < child.bounds.right <= right
    assert bottom <= child.bounds.bottom < child.bounds.top <= top
