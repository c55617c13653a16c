"""What is published: Field, FeatureType, Collection. The registry makes them, every door reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from geo.geometry import LngLatBbox

type FieldType = Literal["text", "integer", "number", "boolean", "date", "datetime"]
type GeometryKind = Literal["point", "line", "polygon", "any"]
# A text in each language of the catalogue: {"pl": "Działki", "en": "Parcels"}.
type Localised = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A property of a feature, as the registry names it."""

    name: str
    type: FieldType
    title: Localised
    required: bool = False
    # Permitted values with their titles; empty when any value is permitted.
    enum: dict[str, Localised] = field(default_factory=dict)
    unit: str | None = None
    # JSON Schema role of OGC API Features Part 5, such as "primary-instant".
    role: str | None = None


@dataclass(frozen=True, slots=True)
class FeatureType:
    """The shape of a collection's features."""

    fields: tuple[Field, ...]
    geometry: GeometryKind
    geometry_required: bool = True
    # The field that answers `datetime=`; None when features carry no time.
    time_field: str | None = None

    def field(self, name: str) -> Field | None:
        """The field with a name."""
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, slots=True)
class TileRules:
    """How a collection becomes tiles."""

    min_zoom: int
    max_zoom: int
    # Vector only. From this zoom on, these attributes; the entry with the greatest zoom <= z counts.
    attributes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    # Vector only. Below this zoom features are thinned so that a tile stays under 300 kB.
    whole_from_zoom: int = 0
    # Vector only. Each area has one point more, for its name: in a layer of its own, in the one tile that holds it.
    label_points: bool = False

    @staticmethod
    def label_layer(collection: str) -> str:
        """The name, inside the tiles, of the layer of a collection's label points."""
        return f"{collection}-labels"


@dataclass(frozen=True, slots=True)
class Collection:
    """A published collection at one edition: what OGC clients, tiles, the map and the search read.

    The table has the columns `fid bigint` (primary key, spatial order from 1), `id text` (unique, what the
    public calls the feature), `geom` (SRID 4326), `geom_3857`, and one column for each field.
    """

    id: str
    title: Localised
    description: Localised
    type: FeatureType
    table: str  # in the schema `layers`
    edition: int
    # Changes with whatever changes the bytes: edition, tile rules. Part of tile addresses and of ETags.
    version: str
    count: int
    extent: LngLatBbox | None
    published_at: datetime
    tiles: TileRules
    raster: bool = False
    data_date: date | None = None
    synthetic: bool = False
    licence: str = ""
    licence_url: str = ""
    attribution: Localised = field(default_factory=dict)
    update_frequency: Localised = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    # The name of one feature as its register has it, from its fields, such as "{ulica} {numer}".
    label: str = ""
    # What stands above one feature, for people: "Działka {numer}"; empty where the label says it already.
    heading: Localised = field(default_factory=dict)
    # The column of its table of finished text (see geo.ogc.finished); empty while there is none.
    text_column: str = ""
