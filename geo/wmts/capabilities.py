"""The service metadata document: which flights there are, in which grid, under which addresses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from geo.feature import Collection
from geo.http import pages
from geo.ogc.config import description
from geo.ogc.tiles import MATRIX_SET
from geo.settings import Settings
from geo.tiles import DEEPEST_ZOOM, TILE_PIXELS, WORLD_HALF_M, TileRange, pixel_m
from geo.wmts.asked import FORMATS, STYLE, VERSION

TEMPLATES = Path(__file__).parent / "templates"
# The side of a pixel that a scale denominator stands for (OGC 07-057r7, 6.1).
_STANDARD_PIXEL_M = 0.000_28


class Layer(NamedTuple):
    """A flight with the tiles that it has, by zoom."""

    collection: Collection
    limits: dict[int, TileRange]


class Matrix(NamedTuple):
    """One zoom of the grid."""

    zoom: int
    scale_denominator: float
    side: int  # in tiles


def document(layers: Sequence[Layer], settings: Settings, base_url: str, language: str) -> str:
    """The document in one language; `base_url` is the geoportal's, without a final slash."""
    licences = {layer.collection.licence: None for layer in layers if layer.collection.licence}
    return (
        pages.environment(language, TEMPLATES)
        .get_template("capabilities.xml")
        .render(
            base=f"{base_url}/wmts",
            collections=f"{base_url}/ogc/collections",
            version=VERSION,
            town=settings.town,
            language=language,
            layers=layers,
            description=description,
            licences=list(licences),
            formats=FORMATS.values(),
            style=STYLE,
            matrix_set=MATRIX_SET,
            matrices=_matrices(layers),
            tile_pixels=TILE_PIXELS,
            corner=f"{-WORLD_HALF_M!r} {WORLD_HALF_M!r}",
        )
    )


def _matrices(layers: Sequence[Layer]) -> list[Matrix]:
    """Down to the deepest zoom of any flight: programs enlarge the last matrix, and would ask deeper ones in vain."""
    deepest = max((max(layer.limits) for layer in layers if layer.limits), default=DEEPEST_ZOOM)
    return [Matrix(zoom, pixel_m(zoom) / _STANDARD_PIXEL_M, 1 << zoom) for zoom in range(deepest + 1)]
