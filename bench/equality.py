"""Do two answers hold the same? A page is held against the rows of the plain table, a tile against another's tile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.fixtures import mvt

# A centimetre on the ground, in degrees of longitude and latitude at 50 degrees north.
CENTIMETRE = (1.39e-7, 0.89e-7)

# GeoJSON as `json` reads it: values of any kind.
type Feature = Mapping[str, Any]


class Unequal(Exception):
    """The answers differ; the message says in what."""


def same_page(features: Sequence[Feature], truth: Mapping[str, Feature], key: str, count: int) -> None:
    """Hold a page against the truth: so many features, no two alike, values and places those of the truth.

    Raises:
        Unequal: says what differs first.
    """
    if len(features) != count:
        raise Unequal(f"{len(features)} features instead of {count}")
    names = [str(feature["properties"][key]) for feature in features]
    if len(set(names)) != len(names):
        raise Unequal("a feature stands twice")
    for name, feature in zip(names, features, strict=True):
        true = truth.get(name)
        if true is None:
            raise Unequal(f"{name} was not asked for")
        for field, value in true["properties"].items():
            if feature["properties"].get(field) != value:
                raise Unequal(f"{name}: {field} is {feature['properties'].get(field)!r}, not {value!r}")
        if not same_place(feature["geometry"], true["geometry"]):
            raise Unequal(f"{name} lies elsewhere")


def same_place(one: Feature, other: Feature) -> bool:
    """Whether two geometries have the same positions within a centimetre; a multi-geometry of one part is that part."""
    mine, theirs = (np.array(list(_positions(geometry["coordinates"]))) for geometry in (one, other))
    return mine.shape == theirs.shape and bool((abs(mine - theirs) <= CENTIMETRE).all())


@dataclass(frozen=True)
class TileDifference:
    """How many features of the first tile the second lacks, has beside, draws otherwise or describes otherwise."""

    features: int
    missing: int
    beside: int
    drawn: int
    described: int

    def __add__(self, other: TileDifference) -> TileDifference:
        """Of two tiles together."""
        return TileDifference(
            self.features + other.features,
            self.missing + other.missing,
            self.beside + other.beside,
            self.drawn + other.drawn,
            self.described + other.described,
        )

    @property
    def none(self) -> bool:
        """Whether both hold the same."""
        return not (self.missing or self.beside or self.drawn or self.described)

    def __str__(self) -> str:
        """In words."""
        if self.none:
            return f"the same {self.features} features"
        return (
            f"of {self.features} features {self.missing} missing, {self.drawn} drawn and {self.described} described"
            f" otherwise; {self.beside} beside"
        )


def tile_difference(one: bytes, other: bytes, key: str) -> TileDifference:
    """How the second tile differs from the first; both plain MVT, features known by an attribute."""
    mine, theirs = _by_key(one, key), _by_key(other, key)
    both = mine.keys() & theirs.keys()
    return TileDifference(
        features=len(mine),
        missing=len(mine.keys() - theirs.keys()),
        beside=len(theirs.keys() - mine.keys()),
        drawn=sum(mine[name].parts != theirs[name].parts for name in both),
        # A peer may add attributes, such as the number of the row.
        described=sum(not mine[name].properties.items() <= theirs[name].properties.items() for name in both),
    )


def _by_key(tile: bytes, key: str) -> dict[str, mvt.Drawn]:
    return {str(drawn.properties[key]): drawn for layer in mvt.decode(tile) for drawn in layer.features}


def _positions(coordinates: Any) -> Iterable[tuple[float, float]]:  # nested as deep as the geometry
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
        return
    for part in coordinates:
        yield from _positions(part)
