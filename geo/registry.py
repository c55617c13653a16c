"""The one registry, config/layers.yaml: an entry for each collection, from which everything follows.

From an entry come the table, the loader's field mapping, the checks, the OGC collection with its schema and
queryables, the tiles, the search keys. A misspelt key, an unknown type or a double id stops the start with
file, line and the nearest right word. docs/layers.md explains every key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from string import Formatter
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from geo import config_file, feature
from geo.feature import FeatureType, FieldType, GeometryKind, TileRules

type Check = Literal["register_area", "overlaps", "same_label"]

# PostgreSQL cuts names at 63 bytes; `_e<number>` and index suffixes need their share.
LONGEST_ID = 40
RESERVED_NAMES = frozenset({"fid", "id", "geom", "geom_3857"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Texts(_Strict):
    """A text in both languages."""

    pl: str
    en: str

    def both(self) -> feature.Localised:
        """As `geo.feature` keeps it."""
        return {"pl": self.pl, "en": self.en}


class Source(_Strict):
    """Where data comes from and on what terms; shared by the layers that name it."""

    title: Texts
    licence: str
    licence_url: str
    update: Texts


class FieldEntry(_Strict):
    """A property of the layer's features."""

    type: FieldType
    title: Texts
    required: bool = False
    # A regular expression that the whole text must match; what breaks it is refused.
    pattern: str | None = None
    enum: dict[str, Texts] = {}
    unit: str | None = None
    role: str | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as exc:
                raise ValueError(f"no regular expression ({exc})") from exc
        return value


class TileEntry(_Strict):
    """Zooms, thinning and attributes of the layer's tiles."""

    min_zoom: int = Field(ge=0, le=22)
    max_zoom: int = Field(ge=0, le=22)
    whole_from_zoom: int = Field(default=0, ge=0, le=22)
    attributes: dict[int, tuple[str, ...]] = {}

    def rules(self) -> TileRules:
        """As `geo.feature` keeps it."""
        return TileRules(self.min_zoom, self.max_zoom, self.attributes, self.whole_from_zoom)


class SearchEntry(_Strict):
    """What the search box finds of this layer. Templates name fields in braces."""

    kind: Literal["address", "street", "locality", "parcel", "building", "district", "road", "place"]
    # More templates by which a feature is found, beside its label.
    keys: tuple[str, ...] = ()
    detail: str = ""


class LayerEntry(_Strict):
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
                raise ValueError(
                    f"field '{name}': small letters, digits and _ only, and none of {sorted(RESERVED_NAMES)}"
                )
        for place, name in self._references():
            if name not in self.fields:
                close = get_close_matches(name, self.fields, n=1, cutoff=0.5)
                hint = f"; did you mean '{close[0]}'?" if close else ""
                raise ValueError(f"{place} names the field '{name}', which this layer does not have{hint}")
        if self.tiles.min_zoom > self.tiles.max_zoom:
            raise ValueError("tiles: min_zoom is greater than max_zoom")
        return self

    def _references(self) -> Iterator[tuple[str, str]]:
        yield "key", self.key
        if self.time_field:
            yield "time_field", self.time_field
        templates = {"label": self.label}
        if self.search:
            templates |= {"search.detail": self.search.detail}
            templates |= {f"search.keys[{i}]": t for i, t in enumerate(self.search.keys)}
        for place, template in templates.items():
            yield from ((place, name) for name in template_fields(template))
        for zoom, names in self.tiles.attributes.items():
            yield from ((f"tiles.attributes[{zoom}]", name) for name in names)
        for kind, mapping in self.from_.items():
            yield from ((f"from.{kind}", name) for name in mapping)

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


class FlightEntry(_Strict):
    """An orthophoto flight; its items are the footprints of its files."""

    title: Texts
    description: Texts
    source: str
    year: int = Field(ge=1900, le=2200)
    keywords: tuple[str, ...] = ()


class Registry(_Strict):
    """config/layers.yaml."""

    sources: dict[str, Source]
    layers: dict[str, LayerEntry]
    flights: dict[str, FlightEntry] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for collection in (*self.layers, *self.flights):
            if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", collection) or len(collection) > LONGEST_ID:
                raise ValueError(f"id '{collection}': small letters, digits and single hyphens, {LONGEST_ID} at most")
        double = self.layers.keys() & self.flights.keys()
        if double:
            raise ValueError(f"'{min(double)}' is both a layer and a flight")
        entries: dict[str, LayerEntry | FlightEntry] = {**self.layers, **self.flights}
        for collection, entry in entries.items():
            if entry.source not in self.sources:
                close = get_close_matches(entry.source, self.sources, n=1, cutoff=0.5)
                hint = f"; did you mean '{close[0]}'?" if close else ""
                raise ValueError(f"{collection}: there is no source '{entry.source}'{hint}")
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


def template_fields(template: str) -> list[str]:
    """The fields that a template such as "{ulica|miejscowosc} {numer}" names."""
    return [name for _, names, _, _ in Formatter().parse(template) if names for name in names.split("|")]


def fill(template: str, values: Mapping[str, object]) -> str:
    """A template with its values; `{a|b}` is the first that is not empty, and no lone blank or comma stays."""

    def value(match: re.Match[str]) -> str:
        found = (values.get(name) for name in match[1].split("|"))
        return next((str(v) for v in found if v not in (None, "")), "")

    text = " ".join(re.sub(r"\{([^{}]*)\}", value, template).split())
    return re.sub(r"\s*,(?:\s*,)+", ",", text).strip(" ,").replace(" ,", ",")


def fingerprint(entry: BaseModel) -> str:
    """Six hex digits that change when an entry changes: part of the version of its tiles and answers."""
    return hashlib.sha256(entry.model_dump_json().encode()).hexdigest()[:6]


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
