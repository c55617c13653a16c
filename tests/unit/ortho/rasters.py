"""What the tests of orthophotos share: a corner in the town, a picture that is known for every place."""

import numpy as np

from geo.geometry import LngLatBbox

# A corner in the middle of the town, EPSG:2177: easting, northing.
CORNER = (6_561_000.0, 5_562_000.0)
PIXEL_M = 0.5


def picture(width, height, bands=3):
    """Smooth waves with a few sharp edges; deterministic, different in each band."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (40 + 7 * b)) * 50 + np.cos(y / (30 + 5 * b)) * 50 + 128 for b in range(bands)]
    stacked = np.stack(waves).astype("uint8")
    stacked[:, (x // 100 + y // 100) % 5 == 0] = 220
    return stacked


def quiet(_share, _message):
    """A progress that nobody watches."""


TOWN = LngLatBbox(18.776, 50.146, 18.948, 50.246)
