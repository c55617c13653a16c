"""The legend: what each collection's signs mean, drawn in the palette's colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from geo.feature import Collection
from geo.geometry import LngLatBbox
from geo.http import palette
from geo.map.model import Json, StyleLayer
from geo.map.styles import Styles

_SAMPLES = {"labels-house": "12", "labels-road": "Abc", "labels-place": "Abc"}


@dataclass(frozen=True, slots=True)
class Line:
    """One sign with its meaning. Colours are CSS: the page's own palette, so that they follow light and dark."""

    title: str
    type: str
    fill: str
    edge: str | None
    dashes: str | None
    sample: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One collection in the list of layers."""

    id: str
    title: str
    minzoom: float
    # Where it lies; None when it holds nothing.
    extent: LngLatBbox | None
    lines: list[Line]


def entries(collections: Iterable[Collection], styles: Styles, language: str) -> list[Entry]:
    """The list of layers; orthophotos are no layers but grounds."""
    return [
        Entry(
            collection.id,
            collection.title[language],
            max(collection.tiles.min_zoom, min((layer.minzoom or 0 for layer in styles.of(collection)), default=0)),
            collection.extent,
            list(_lines(styles.of(collection), language)),
        )
        for collection in collections
        if not collection.raster
    ]


def _lines(layers: tuple[StyleLayer, ...], language: str) -> Iterator[Line]:
    for layer in layers:
        if layer.legend is None:
            continue
        dashes = layer.paint.get("line-dasharray")
        yield Line(
            title=layer.legend[language],
            type=layer.type,
            fill=_colour(layer.paint.get("text-color" if layer.type == "symbol" else f"{layer.type}-color"), "$ink"),
            edge=_edge(layer),
            dashes=" ".join(str(float(str(length)) * 2) for length in dashes) if isinstance(dashes, list) else None,
            sample=_SAMPLES.get(layer.slot, "Abc"),
        )


def _edge(layer: StyleLayer) -> str | None:
    """The outline of an area, or the casing of a road: the colour beside it in the palette, named with -edge."""
    if layer.type == "fill":
        outline = layer.paint.get("fill-outline-color")
        return None if outline is None else _colour(outline, "$ink")
    name = _reference(layer.paint.get("line-color"))
    return f"var(--{name}-edge)" if name and f"{name}-edge" in palette.NAMES else None


def _colour(value: Json, otherwise: str) -> str:
    name = _reference(value)
    if name:
        return f"var(--{name})"
    return value if isinstance(value, str) else f"var(--{otherwise[1:]})"


def _reference(value: Json) -> str | None:
    """The palette's name that a paint value is, or that its expression mentions first."""
    if isinstance(value, str):
        return value[1:] if value.startswith("$") else None
    if isinstance(value, list):
        return next((name for part in value if (name := _reference(part))), None)
    return None
