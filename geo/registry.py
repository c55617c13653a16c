"""The one registry, config/layers.yaml: an entry for each collection, from which everything follows.

From an entry come the table, the loader's field mapping, the checks, the OGC collection with its schema and
queryables, the tiles, the search keys. A misspelt key, an unknown type or a double id stops the start with
file, line and the nearest right word. docs/layers.md explains every key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from geo import config_file, feature
from geo.config_file import At, Strict, Texts
from geo.feature import FeatureType, FieldType, GeometryKind, TileRules
from geo.templates import template_fields
from geo.texts import Text

type Check = Literal["register_area", "overlaps", "same_label"]

# PostgreSQL cuts names at 63 bytes; `_e<number>` and index suffixes need their share.
LONGEST_ID = 40
# Columns of each edition's table, and what CQL2 calls the geometry.
_EDITION_HAS = {"fid", "id", "geom", "geom_3857", "geometry"}
_LOADING_HAS = {"loaded_number", "loaded_name", "loaded_line"}
_POSTGRESQL_HAS = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
RESERVED_NAMES = frozenset(_EDITION_HAS | _LOADING_HAS | _POSTGRESQL_HAS)
TEMPLATE_EXAMPLE = "{ulica|miejscowosc} {numer}"


class Source(Strict):
    """Where data comes from and on what terms; shared by the layers that name it."""

    title: Texts
    licence: str
    licence_url: str
    update: Texts


class FieldEntry(Strict):
    """A property of the layer's features."""

    type: FieldType
    title: Texts
    required: bool = False
    # A regular expression that the whole text should match; what breaks it is a warning, in the key a refusal.
    pattern: str | None = None
    enum: dict[str, Texts] = Field(default={})
    unit: str | None = None
    role: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as exc:
                problem = Text("'{value}' is no regular expression ({detail}).", value=value, detail=str(exc))
                raise At(problem, Text("Correct the pattern.")) from exc
        return value


class TileEntry(Strict):
    """Zooms, thinning and attributes of the layer's tiles."""

    min_zoom: int = Field(ge=0, le=22)
    max_zoom: int = Field(ge=0, le=22)
    whole_from_zoom: int = Field(default=0, ge=0, le=22)
    attributes: dict[int, tuple[str, ...]] = Field(default={})
    label_points: bool = False

    def rules(self) -> TileRules:
        """As `geo.feature` keeps it."""
        return TileRules(self.min_zoom, self.max_zoom, self.attributes, self.whole_from_zoom, self.label_points)


class SearchEntry(Strict):
    """What the search box finds of this layer. Templates name fields in braces."""

    kind: Literal["address", "street", "locality", "parcel", "building", "district", "road", "place"]
    # More templates by which a feature is found, beside its label.
    keys: tuple[str, ...] = ()
    detail: str = ""
    # Where a feature lies that nobody has drawn: at the features of another layer with the same values in these fields.
    place_from: dict[str, tuple[str, ...]] = Field(default={}, max_length=1)


class LayerEntry(Strict):
    """A vector layer."""

    title: Texts
    description: Texts
    source: str
    geometry: GeometryKind
    geometry_required: bool = True
    # The field whose value names a feature in public; unique within an edition.
    key: str
    # A person's name for one feature, from its fields: "{ulica} {numer_porzadkowy}".
    label: str
    # What stands above a feature where people read of it, when the label is only a number: "Działka {numer}".
    heading: Texts | None = None
    fields: dict[str, FieldEntry]
    time_field: str | None = None
    # Which kinds of a reader fill this layer; for each, our field -> the file's field where names differ.
    from_: dict[str, dict[str, str]] = Field(alias="from")
    # Whether `geo layers load FILE` recognises the layer by itself, or only with --layer.
    recognise: bool = True
    # Layers of one bundle are published and rolled back together.
    bundle: str | None = None
    checks: tuple[Check, ...] = ()
    tiles: TileEntry
    search: SearchEntry | None = None
    keywords: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for name in self.fields:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,58}", name) or name in RESERVED_NAMES:
                raise At(
                    Text("'{name}' cannot be a field's name.", name=name),
                    Text(
                        "Use small letters, digits and _; reserved: {reserved}.",
                        reserved=", ".join(sorted(RESERVED_NAMES)),
                    ),
                    "fields",
                    name,
                )
        for name, *path in self._references():
            if name not in self.fields:
                problem = Text("This layer has no field '{name}'.", name=name)
                raise At(problem, config_file.nearest(name, self.fields), *path)
        if not self.fields[self.key].required:
            problem = Text("The key '{name}' may be missing.", name=self.key)
            raise At(problem, Text("Write required: true."), "fields", self.key)
        if "register_area" in self.checks and self.registered_area is None:
            raise At(Text("No number has the unit ha."), Text("Remove the check register_area."), "checks")
        if (self.search or "same_label" in self.checks) and not template_fields(self.label):
            problem = Text("'{template}' names no field, so all features have one label.", template=self.label)
            raise At(problem, Text("Write it like {example}.", example=TEMPLATE_EXAMPLE), "label")
        if self.tiles.min_zoom > self.tiles.max_zoom:
            raise At(Text("min_zoom is greater than max_zoom."), Text("Exchange them."), "tiles", "min_zoom")
        if self.tiles.label_points and self.geometry != "polygon":
            raise At(Text("Only areas have label points."), Text("Remove label_points."), "tiles", "label_points")
        return self

    @property
    def registered_area(self) -> str | None:
        """The field with the area in hectares, against which the check register_area measures."""
        return next(
            (name for name, field in self.fields.items() if field.unit == "ha" and field.type == "number"), None
        )

    def _references(self) -> Iterator[tuple[str, ...]]:
        """Each field that the entry names, and the keys under which it names it."""
        yield self.key, "key"
        if self.time_field:
            yield self.time_field, "time_field"
        yield from _named(self.label, "label")
        if self.heading:
            for language, template in self.heading.both().items():
                yield from _named(template, "heading", language)
        if self.search:
            yield from _named(self.search.detail, "search", "detail")
            for template in self.search.keys:
                yield from _named(template, "search", "keys")
        for zoom, names in self.tiles.attributes.items():
            yield from ((name, "tiles", "attributes", str(zoom)) for name in names)
        for kind, mapping in self.from_.items():
            yield from ((name, "from", kind, name) for name in mapping)

    def feature_type(self) -> FeatureType:
        """The shape of its features."""
        fields = tuple(
            feature.Field(
                name,
                entry.type,
                entry.title.both(),
                required=entry.required,
                enum={value: title.both() for value, title in entry.enum.items()},
                unit=entry.unit,
                role=entry.role or ("primary-instant" if name == self.time_field else None),
            )
            for name, entry in self.fields.items()
        )
        return FeatureType(fields, self.geometry, self.geometry_required, self.time_field)


def _named(template: str, *path: str) -> Iterator[tuple[str, ...]]:
    """Each field that a template names, with the keys under which the template stands."""
    try:
        names = template_fields(template)
    except ValueError as exc:
        problem = Text("The braces of '{template}' do not match.", template=template)
        raise At(problem, Text("Write it like {example}.", example=TEMPLATE_EXAMPLE), *path) from exc
    yield from ((name, *path) for name in names)


class FlightEntry(Strict):
    """An orthophoto flight; its items are the footprints of its files."""

    title: Texts
    description: Texts
    source: str
    year: int = Field(ge=1900, le=2200)
    keywords: tuple[str, ...] = ()


class Registry(Strict):
    """config/layers.yaml."""

    sources: dict[str, Source]
    layers: dict[str, LayerEntry]
    flights: dict[str, FlightEntry] = Field(default={})

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        entries: dict[str, LayerEntry | FlightEntry] = {**self.layers, **self.flights}
        for name, entry in entries.items():
            section = "layers" if name in self.layers else "flights"
            if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > LONGEST_ID:
                problem = Text("'{name}' cannot be a collection's id.", name=name)
                remedy = Text("Use small letters, digits and single hyphens, {longest} at most.", longest=LONGEST_ID)
                raise At(problem, remedy, section, name)
            if entry.source not in self.sources:
                problem = Text("There is no source '{name}'.", name=entry.source)
                raise At(problem, config_file.nearest(entry.source, self.sources), section, name, "source")
        for name, layer in self.layers.items():
            for other, fields in layer.search.place_from.items() if layer.search else ():
                known = self.layers[other].fields.keys() & layer.fields.keys() if other in self.layers else set[str]()
                for field in set(fields) - known:
                    problem = Text("'{name}' is no field of both {layers}.", name=field, layers=f"{name}, {other}")
                    raise At(problem, config_file.nearest(field, known), "layers", name, "search", "place_from")
        for name in self.layers.keys() & self.flights.keys():
            raise At(Text("'{name}' is both a layer and a flight.", name=name), Text("Rename one."), "flights", name)
        return self

    def bundle_of(self, layer: str) -> list[str]:
        """The layers that are published together with a layer, itself included, in registry order."""
        bundle = self.layers[layer].bundle
        return [layer] if bundle is None else [name for name, entry in self.layers.items() if entry.bundle == bundle]


def read(config_dir: Path) -> Registry:
    """The registry of an installation.

    Raises:
        Misconfigured: config/layers.yaml is wrong; says file, line and the nearest right word.
    """
    return config_file.read(config_dir / "layers.yaml", Registry)


def fingerprint(entry: BaseModel, *more: object) -> str:
    """Eight hex digits that change with an entry or with what else is named: part of the version of its tiles."""
    return hashlib.sha256("\0".join((entry.model_dump_json(), *map(str, more))).encode()).hexdigest()[:8]


# What every flight publishes of a file's footprint.
FLIGHT_TYPE = FeatureType(
    (
        feature.Field("nazwa", "text", {"pl": "Plik", "en": "File"}, required=True),
        feature.Field("data_nalotu", "date", {"pl": "Data nalotu", "en": "Date of the flight"}, role="primary-instant"),
        feature.Field("piksel_m", "number", {"pl": "Wielkość piksela", "en": "Pixel size"}, required=True, unit="m"),
    ),
    "polygon",
    time_field="data_nalotu",
)
