"""How a collection is drawn: StyleLayer, and where each has its place in the pile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from geo.feature import Localised

type StyleType = Literal["fill", "line", "circle", "symbol", "raster"]
# Where a style layer is drawn, lowest first: data under labels, casings under all roads.
type StyleSlot = Literal[
    "bg",
    "ortho",
    "landuse",
    "water",
    "buildings",
    "roads-casing",
    "streets",
    "roads",
    "parcels",
    "boundaries",
    "labels-house",
    "labels-road",
    "labels-place",
]
STYLE_SLOTS: tuple[StyleSlot, ...] = get_args(StyleSlot.__value__)
# What JSON can hold; MapLibre's expressions are nested lists.
type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


@dataclass(frozen=True, slots=True)
class StyleLayer:
    """One way in which a collection is drawn: a layer of the MapLibre style specification.

    Strings such as "$road" in `filter`, `paint` and `layout` name a colour of the palette, which is
    different in the light and in the dark map.
    """

    type: StyleType
    slot: StyleSlot
    minzoom: float | None = None
    maxzoom: float | None = None
    filter: list[Json] | None = None
    paint: dict[str, Json] = field(default_factory=dict)
    layout: dict[str, Json] = field(default_factory=dict)
    # Its line in the legend; None when another layer of the collection has it.
    legend: Localised | None = None
    # Over an orthophoto, areas would hide what the photograph shows.
    on_ortho: Literal["keep", "hide"] = "keep"
    # Paint that is different over an orthophoto.
    paint_on_ortho: dict[str, Json] = field(default_factory=dict)
