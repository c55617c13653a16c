"""config/styles.yaml: how each collection is drawn, and how one is drawn that the file does not know."""

from __future__ import annotations

from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from geo import config_file
from geo.config_file import Strict, Texts
from geo.errors import Misconfigured
from geo.feature import Collection
from geo.http import palette
from geo.map.model import Json, StyleLayer, StyleSlot, StyleType
from geo.texts import Text

FILE = "styles.yaml"


@dataclass(frozen=True, slots=True)
class Styles:
    """What config/styles.yaml says."""

    layers: Mapping[str, tuple[StyleLayer, ...]]
    # The collection whose areas are the town; what lies outside is veiled. None: nothing is.
    outside: str | None = None

    def of(self, collection: Collection) -> tuple[StyleLayer, ...]:
        """How a collection is drawn; one without an entry is drawn plainly, by its geometry."""
        if collection.raster:
            return (StyleLayer("raster", "ortho", paint={"raster-fade-duration": 150}),)
        return self.layers.get(collection.id) or plain(collection)


class _Entry(Strict):
    """One style layer; the keys of the MapLibre style specification and three of ours."""

    type: StyleType
    slot: StyleSlot
    minzoom: float | None = Field(default=None, ge=0, le=24)
    maxzoom: float | None = Field(default=None, ge=0, le=24)
    filter: list[JsonValue] | None = None
    paint: dict[str, JsonValue] = Field(default={})
    layout: dict[str, JsonValue] = Field(default={})
    legend: Texts | None = None
    on_ortho: Literal["keep", "hide"] = "keep"
    paint_on_ortho: dict[str, JsonValue] = Field(default={})

    @model_validator(mode="after")
    def _is_drawable(self) -> Self:
        prefixes = {"symbol": ("text-", "icon-", "symbol-")}.get(self.type, (f"{self.type}-",))
        for name in (*self.paint, *self.paint_on_ortho, *self.layout):
            if not name.startswith(prefixes) and name != "visibility":
                raise ValueError(f"'{name}' is no property of a {self.type} layer")
        for colour in _references([self.filter, self.paint, self.layout, self.paint_on_ortho]):
            if colour not in palette.NAMES:
                hint = config_file.nearest(f"${colour}", [f"${name}" for name in palette.NAMES]).say("en")
                raise ValueError(f"'${colour}' is no colour of the palette. {hint}")
        return self

    def style_layer(self) -> StyleLayer:
        """As it is drawn."""
        values = self.model_dump(exclude={"legend"})
        return StyleLayer(**values, legend=self.legend.both() if self.legend else None)


class _File(Strict):
    outside: str | None = None
    layers: dict[str, list[_Entry]]


def read(config_dir: Path, known: Names[str]) -> Styles:
    """The styles of an installation.

    Args:
        config_dir: holds styles.yaml.
        known: the ids of the registry; a style for anything else is a mistake.

    Raises:
        Misconfigured: the file is wrong; says file, line or key, and the nearest right word.
    """
    path = config_dir / FILE
    content = config_file.read(path, _File)
    for name in (*content.layers, *([content.outside] if content.outside else [])):
        if name not in known:
            problem = Text("There is no collection '{name}'.", name=name)
            raise Misconfigured(where=str(path), problem=problem, remedy=config_file.nearest(name, known))
    layers = {name: tuple(entry.style_layer() for entry in entries) for name, entries in content.layers.items()}
    return Styles(layers, content.outside)


def _references(value: Json) -> Iterator[str]:
    """The palette's names inside an expression."""
    if isinstance(value, str):
        if value.startswith("$"):
            yield value[1:]
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _references(part)


def plain(collection: Collection) -> tuple[StyleLayer, ...]:
    """A quiet style for a collection that styles.yaml does not name: a new layer shows without a line of style."""
    edge: dict[str, Json] = {"line-color": "$accent", "line-width": 1.5}
    area = StyleLayer(
        "fill",
        "landuse",
        paint={"fill-color": "$accent", "fill-opacity": 0.15},
        legend=collection.title,
        on_ortho="hide",
    )
    point = StyleLayer(
        "circle",
        "boundaries",
        filter=["==", ["geometry-type"], "Point"],
        paint={
            "circle-color": "$accent",
            "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 18, 6],
            "circle-stroke-color": "$halo",
            "circle-stroke-width": 1.5,
        },
        legend=collection.title,
    )
    kind = collection.type.geometry
    if kind == "point":
        return (point,)
    if kind == "polygon":
        return (area, StyleLayer("line", "boundaries", paint=edge))
    line = StyleLayer("line", "boundaries", paint=edge, legend=collection.title)
    return (line,) if kind == "line" else (line, point)
