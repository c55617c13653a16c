"""What a request for items asks for, after every parameter was understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry

from geo.crs import CRS84, Crs
from geo.feature import Field
from geo.ogc.condition import Condition
from geo.ogc.instants import Period

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
# Deeper than any town's register; PostgreSQL would walk all the rows before it.
MAX_OFFSET = 1_000_000_000

type Pairs = tuple[tuple[str, str], ...]
type PropertyValue = str | int | float | bool


class Place(NamedTuple):
    """How far the pages of one edition have come: such a number means nothing in the next.

    It is the last feature's fid; of sorted pages, how many features they held.
    """

    edition: int
    reached: int

    def __str__(self) -> str:
        return f"{self.edition}.{self.reached}"


class ItemsQuery(NamedTuple):
    """A request for items of one collection."""

    # The parameters as sent, in their order; links repeat them.
    pairs: Pairs = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    # Where the previous page ended; pages in the order of the table follow this, not `offset`.
    after: int | None = None
    # The edition that the page continues; None when it continues none.
    edition: int | None = None
    # Longitude, latitude; empty when the box lies where its CRS means nothing; None when no box was given.
    area: BaseGeometry | None = None
    period: Period | None = None
    crs: Crs = CRS84
    # The fields wanted, in the registry's order; None for all.
    properties: tuple[str, ...] | None = None
    skip_geometry: bool = False
    # Field (or "id") and whether downward.
    sortby: tuple[tuple[str, bool], ...] = ()
    filter: Condition | None = None
    where: tuple[tuple[Field, PropertyValue], ...] = ()
    hits: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether fewer features may match than the collection has."""
        return bool(self.where) or not (self.area is None and self.period is None and self.filter is None)


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """A request for one feature."""

    pairs: Pairs = ()
    crs: Crs = CRS84
