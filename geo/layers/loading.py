"""From RawFeatures to rows: cut to the gmina, put in place, checked; every feature is accounted for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import batched, compress
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.feature import GeometryKind
from geo.geometry import LngLatBbox
from geo.layers import gmina, values
from geo.layers.model import Finding, RawFeature, Severity
from geo.layers.reader import validity
from geo.layers.reader.placement import MARGIN_DEGREES, Placement, decide, sample
from geo.layers.reader.source import Source
from geo.layers.store import Rows
from geo.registry import LayerEntry
from geo.settings import Municipality
from geo.texts import Number, Text

TYPES: dict[GeometryKind, frozenset[str]] = {
    "point": frozenset({"Point"}),
    "line": frozenset({"LineString", "MultiLineString"}),
    "polygon": frozenset({"Polygon", "MultiPolygon"}),
    "any": frozenset(),
}
_TO_MULTI: dict[GeometryKind, tuple[int, Callable[..., Any]]] = {
    "line": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
    "polygon": (shapely.GeometryType.POLYGON, shapely.multipolygons),
}
# Enough to decide the axis order on and to keep COPY busy; little enough to hold in memory.
BATCH = 5000
# A finding takes about a kilobyte, and a register may have one for each of its 300 000 features.
MOST_OF_A_CODE = 1000
MOST_UNITS = 8
# Features that cannot prove their gmina wait for those that can; so many take some tens of megabytes.
MOST_WAITING = 20_000


@dataclass(frozen=True)
class Where:
    """Which place the file must be of."""

    municipality: Municipality
    extent: LngLatBbox
    # The file is of another place: the format's axis rule is believed, nothing lies outside.
    anywhere: bool = False

    @property
    def cut(self) -> bool:
        """Whether features of other gminas are left out: only where the extent is the town's own."""
        return not self.anywhere and self.extent == self.municipality.bbox


@dataclass
class Tally:
    """The account of one layer: read = stored + refused + cut + closed."""

    read: int = 0
    refused: int = 0
    cut: int = 0
    findings: list[Finding] = field(default_factory=list)
    # The gminas that what was cut belongs to, as the file names them.
    others: Counter[str] = field(default_factory=Counter)
    # Of what was cut: what names no gmina, and was judged by its place.
    unnamed: int = 0
    _seen: Counter[tuple[Severity, str]] = field(default_factory=Counter)

    def note(self, finding: Finding) -> None:
        """Keep a finding: every refusal, of the others the first thousand of a kind."""
        kind = (finding.severity, finding.code)
        self._seen[kind] += 1
        if finding.severity is Severity.REFUSED or self._seen[kind] <= MOST_OF_A_CODE:
            self.findings.append(finding)

    def rest(self) -> Iterator[Finding]:
        """One finding for each kind of which not all were kept, with the number of the others."""
        for (severity, code), count in self._seen.items():
            if severity is not Severity.REFUSED and count > MOST_OF_A_CODE:
                yield Finding(severity, code, Text("… and {n} more of this kind.", n=count - MOST_OF_A_CODE))

    def of_others(self) -> Iterator[Finding]:
        """Of which gminas the features are that were cut, and how to load them all the same."""
        if self.others:
            units = [f"{name} ({count})" for name, count in self.others.most_common(MOST_UNITS)]
            text = Text(
                "{n} feature belongs to another municipality and was left out: {units}."
                " With --anywhere, or --extent and a box around it, it is loaded too.",
                "{n} features belong to other municipalities and were left out: {units}."
                " With --anywhere, or --extent and a box around them, they are loaded too.",
                n=self.others.total(),
                units=", ".join(units) + (", …" if len(self.others) > MOST_UNITS else ""),
            )
            yield Finding(Severity.NOTE, "other-municipality", text)
        if self.unnamed:
            text = Text(
                "{n} feature names no municipality and does not lie in this one; it was left out.",
                "{n} features name no municipality and do not lie in this one; they were left out.",
                n=self.unnamed,
            )
            yield Finding(Severity.NOTE, "gmina-unknown-outside", text)

    def refuse(self, raw: RawFeature, code: str, text: Text) -> None:
        """Count and name a feature that is not stored."""
        self.refused += 1
        self.note(Finding(Severity.REFUSED, code, text, raw.name, raw.line))


class Loader:
    """Turns the features of one file into rows of its layers; the decision on axes is kept for each CRS named."""

    def __init__(self, source: Source, layers: dict[str, tuple[tuple[str, ...], LayerEntry]], where: Where) -> None:
        """`layers`: our layer's id -> (the reader's kinds that fill it, its entry)."""
        self.source = source
        self.where = where
        self.layers = layers
        self.tallies = {layer: Tally() for layer in layers}
        self._placements: dict[str | None, Placement] = {}
        # Layers and kinds whose columns were held against the first batch.
        self._compared: set[tuple[str, str]] = set()

    def rows(self) -> Iterator[tuple[str, Rows]]:
        """Batches of rows with the layer that they belong to.

        Raises:
            Unreadable: the file breaks off, or does not lie where it must.
        """
        kinds = frozenset(kind for of_layer, _ in self.layers.values() for kind in of_layer)
        for batch in batched(self._proven_first(self._wanted(self.source.features(kinds))), BATCH):
            for layer, (of_layer, entry) in self.layers.items():
                for kind in of_layer:
                    of_kind = [raw for raw in batch if raw.kind == kind]
                    if of_kind and len(rows := self._checked(layer, entry, kind, of_kind)):
                        yield layer, rows

    def _wanted(self, features: Iterable[RawFeature]) -> Iterator[RawFeature]:
        """Count everything, drop what belongs to other gminas."""
        by_kind = defaultdict(list)
        for layer, (kinds, _) in self.layers.items():
            for kind in kinds:
                by_kind[kind].append(self.tallies[layer])
        for raw in features:
            tallies = by_kind[raw.kind]
            ours = not self.where.cut or gmina.is_ours(self.where.municipality, raw) is not False
            for tally in tallies:
                tally.read += 1
                if not ours:
                    tally.cut += 1
                    tally.others[gmina.said(raw)] += 1
            if ours:
                yield raw

    def _unproven(self, raw: RawFeature) -> bool:
        """Whether a feature should name its gmina, which files of many gminas do, and does not."""
        of_many = self.where.cut and raw.kind.startswith("prg.")
        return of_many and gmina.is_ours(self.where.municipality, raw) is None

    def _proven_first(self, features: Iterable[RawFeature]) -> Iterator[RawFeature]:
        """Let what cannot prove its gmina wait: whose the file is, and where it lies, the others tell."""
        waiting: list[RawFeature] = []
        for raw in features:
            if not self._unproven(raw):
                yield raw
                continue
            waiting.append(raw)
            if len(waiting) == MOST_WAITING:
                yield from waiting
                waiting.clear()
        yield from waiting

    def _checked(self, layer: str, entry: LayerEntry, kind: str, batch: list[RawFeature]) -> Rows:
        """What can be stored of a batch; the rest is named in the tally."""
        if (layer, kind) not in self._compared:
            self._compared.add((layer, kind))
            if missing := values.missing_columns(entry, kind, batch):
                self.tallies[layer].note(missing)
        placed = self._placed(batch)
        batch, placed = self._cut_unnamed(self.tallies[layer], batch, placed)
        columns, problems = values.columns_of(entry, entry.from_[kind], batch)
        self._add_geometry_problems(entry, placed, problems)
        refused = self._accounted(self.tallies[layer], batch, problems)
        rows = Rows(
            numbers=[raw.number for raw in batch],
            names=[raw.name for raw in batch],
            lines=[raw.line for raw in batch],
            ids=[str(value) for value in columns[entry.key]],
            ewkb=_ewkb(placed, entry),
            values=list(columns.values()),
        )
        return rows.without(refused) if refused else rows

    def _placed(self, batch: list[RawFeature]) -> NDArray[np.object_]:
        """The geometries in degrees, longitude first; decided anew for each CRS that the file names."""
        geometries = np.array([raw.geometry for raw in batch], dtype=object)
        for srs in {raw.srs for raw in batch if raw.geometry is not None}:
            of_srs = np.array([raw.srs == srs and raw.geometry is not None for raw in batch])
            if srs not in self._placements:
                proven = of_srs & ~np.array([self._unproven(raw) for raw in batch])
                placement = decide(
                    sample(geometries[proven if proven.any() else of_srs]),
                    srs,
                    self.where.extent,
                    self.source.axis_rule,
                    file=self.source.file,
                    anywhere=self.where.anywhere,
                )
                self._placements[srs] = placement
                for tally in self.tallies.values():
                    tally.note(placement.finding)
            geometries[of_srs] = self._placements[srs].apply(geometries[of_srs])
        return geometries

    def _cut_unnamed(
        self, tally: Tally, batch: list[RawFeature], placed: NDArray[np.object_]
    ) -> tuple[list[RawFeature], NDArray[np.object_]]:
        """Cut what names no gmina and lies elsewhere, or nowhere in a file that has other gminas too."""
        unproven = np.array([self._unproven(raw) for raw in batch])
        elsewhere = self._outside(placed)
        if any(one.others for one in self.tallies.values()):
            elsewhere |= shapely.is_missing(placed)
        kept = ~(unproven & elsewhere)
        cut = len(batch) - int(kept.sum())
        tally.cut += cut
        tally.unnamed += cut
        return list(compress(batch, kept)), placed[kept]

    def _add_geometry_problems(self, entry: LayerEntry, placed: NDArray[np.object_], problems: values.Problems) -> None:
        kinds = TYPES[entry.geometry]
        doubtful = validity.doubtful(placed, kinds)
        if not entry.geometry_required:
            doubtful &= ~shapely.is_missing(placed)
        outside = self._outside(placed)
        for position in map(int, np.flatnonzero(doubtful | outside)):
            geometry = placed[position]
            if doubtful[position] and (problem := validity.problem_of(geometry, kinds)):
                problems[position].append((Severity.REFUSED, "bad-geometry", problem))
            elif outside[position]:
                place = Text("It lies outside the municipality, at {place}.", place=_place(geometry))
                problems[position].append((Severity.REFUSED, "outside", place))

    def _outside(self, placed: NDArray[np.object_]) -> NDArray[np.bool_]:
        if self.where.anywhere:
            return np.zeros(len(placed), dtype=bool)
        west, south, east, north = self.where.extent.grown(MARGIN_DEGREES)
        left, bottom, right, top = shapely.bounds(placed).T
        outside: NDArray[np.bool_] = (left > east) | (right < west) | (bottom > north) | (top < south)
        return outside

    def _accounted(self, tally: Tally, batch: list[RawFeature], problems: values.Problems) -> set[int]:
        """Write what is wrong into the tally, in the order of the file; gives the positions that are refused.

        A feature is refused for one reason, the first; what its reader said of it stays beside.
        """
        refused = set()
        for position in sorted(problems.keys() | {i for i, raw in enumerate(batch) if raw.findings}):
            raw, found = batch[position], problems.get(position, [])
            for one in raw.findings:
                tally.note(one)
            reason = next(((code, text) for severity, code, text in found if severity is Severity.REFUSED), None)
            if any(one.severity is Severity.REFUSED for one in raw.findings):
                tally.refused += 1
                refused.add(position)
            elif reason is not None:
                tally.refuse(raw, *reason)
                refused.add(position)
            else:
                for severity, code, text in found:
                    tally.note(Finding(severity, code, text, raw.name, raw.line))
        return refused


def _ewkb(geometries: NDArray[np.object_], entry: LayerEntry) -> list[str | None]:
    """EWKB in hex, multi-geometries where the layer stores them; None stays None."""
    whole = geometries.copy()
    if entry.geometry in _TO_MULTI:
        single_type, collect = _TO_MULTI[entry.geometry]
        single = np.flatnonzero(shapely.get_type_id(whole) == single_type)
        if len(single):
            whole[single] = collect(whole[single], indices=np.arange(len(single)))
    return list(shapely.to_wkb(shapely.set_srid(whole, 4326), hex=True, include_srid=True))


def _place(geometry: BaseGeometry) -> Text:
    point = geometry.representative_point()
    return Text("{lng}° E {lat}° N", lng=Number(point.x, 5), lat=Number(point.y, 5))
