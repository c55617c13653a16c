"""From features to rows: cut to the gmina, put in place, checked; every feature is accounted for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.feature import GeometryKind
from geo.geometry import LngLatBbox
from geo.layers import gmina, values
from geo.layers.model import Features, Finding, Severity
from geo.layers.reader import validity
from geo.layers.reader.placement import MARGIN_DEGREES, Misplaced, Placement, Points, decide, sample
from geo.layers.reader.source import Source
from geo.layers.store import Rows
from geo.layers.tally import Tally
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
# Written out: some long texts or lines fill a batch sooner. Rows take several times as much while they are made.
BATCH_BYTES = 64 << 20
# Features that cannot prove their gmina wait for those that can; so many take some tens of megabytes.
MOST_WAITING = 20_000
# Names of CRSs in one file, for each of which the axes are decided anew; a register writes one, perhaps two.
MOST_CRS = 20


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
        for batch in self._batches(self._proven_first(self._wanted(self.source.columns(kinds)))):
            for layer, (of_layer, entry) in self.layers.items():
                for kind in of_layer:
                    if kind in batch and len(rows := self._checked(layer, entry, batch[kind])):
                        yield layer, rows

    def _wanted(self, features: Iterable[Features]) -> Iterator[Features]:
        """Count everything, drop what belongs to other gminas."""
        by_kind = defaultdict(list)
        for layer, (kinds, _) in self.layers.items():
            for kind in kinds:
                by_kind[kind].append(self.tallies[layer])
        for some in features:
            ours = self._ours(some)
            others = Counter(gmina.said(some, position) for position, own in enumerate(ours) if own is False)
            for tally in by_kind[some.kind]:
                tally.read += len(some)
                tally.leave_out(others)
            yield some.only(np.array([own is not False for own in ours])) if others else some

    def _ours(self, features: Features) -> list[bool | None]:
        """Of each feature whether it is the town's; all are where nothing is cut."""
        return gmina.are_ours(self.where.municipality, features) if self.where.cut else [True] * len(features)

    def _unproven(self, features: Features) -> NDArray[np.bool_]:
        """Which features should name their gmina, which files of many gminas do, and do not."""
        if not (self.where.cut and features.kind.startswith("prg.")):
            return np.zeros(len(features), dtype=bool)
        return np.array([own is None for own in self._ours(features)], dtype=bool)

    def _proven_first(self, features: Iterable[Features]) -> Iterator[Features]:
        """Let what cannot prove its gmina wait: whose the file is, and where it lies, the others tell."""
        waiting: list[Features] = []
        size = 0
        for some in features:
            unproven = self._unproven(some)
            if unproven.any():
                waiting.append(some.only(unproven))
                size += waiting[-1].size
                some = some.only(~unproven)  # noqa: PLW2901 - the others wait
            yield some
            if sum(map(len, waiting)) >= MOST_WAITING or size >= BATCH_BYTES:
                yield from waiting
                waiting.clear()
                size = 0
        yield from waiting

    def _batches(self, features: Iterable[Features]) -> Iterator[dict[str, Features]]:
        """Some thousand features at once, by kind; fewer where they are large."""
        waiting: list[Features] = []
        size = 0
        for some in features:
            waiting.append(some)
            size += some.size
            if sum(map(len, waiting)) >= BATCH or size >= BATCH_BYTES:
                yield _by_kind(waiting)
                waiting, size = [], 0
        yield _by_kind(waiting)

    def _checked(self, layer: str, entry: LayerEntry, batch: Features) -> Rows:
        """What can be stored of a batch; the rest is named in the tally."""
        if (layer, batch.kind) not in self._compared:
            self._compared.add((layer, batch.kind))
            if missing := values.missing_columns(entry, batch):
                self.tallies[layer].note(missing)
        placed = self._placed(batch)
        batch, placed = self._cut_unnamed(self.tallies[layer], batch, placed)
        columns, problems = values.columns_of(entry, entry.from_[batch.kind], batch)
        self._add_geometry_problems(entry, placed, problems)
        refused = self._accounted(self.tallies[layer], batch, problems)
        rows = Rows(
            numbers=batch.numbers,
            names=batch.names,
            lines=batch.lines,
            ids=[str(value) for value in columns[entry.key]],
            ewkb=_ewkb(placed, entry),
            values=list(columns.values()),
        )
        return rows.without(refused) if refused else rows

    def _placed(self, batch: Features) -> NDArray[np.object_]:
        """The geometries in degrees, longitude first; decided anew for each CRS that the file names."""
        geometries = batch.geometries.copy()
        there = ~shapely.is_missing(geometries)
        for srs in dict.fromkeys(compress(batch.srs, there)):
            of_srs = there & np.array([name == srs for name in batch.srs])
            if srs not in self._placements:
                proven = of_srs & ~self._unproven(batch)
                self._decide(srs, sample(geometries[proven if proven.any() else of_srs]))
            geometries[of_srs] = self._placements[srs].apply(geometries[of_srs])
        return geometries

    def _decide(self, srs: str | None, points: Points) -> None:
        """Where the features lie that name a CRS, by some of their points; noted once, for all layers."""
        if len(self._placements) >= MOST_CRS:
            raise Misplaced(
                file=self.source.file,
                problem=Text("It names more than {most} coordinate reference systems.", most=MOST_CRS),
                remedy=Text("Export the file again with one CRS for all features."),
            )
        where = self.where
        placement = decide(
            points, srs, where.extent, self.source.axis_rule, file=self.source.file, anywhere=where.anywhere
        )
        self._placements[srs] = placement
        for tally in self.tallies.values():
            tally.note(placement.finding)

    def _cut_unnamed(
        self, tally: Tally, batch: Features, placed: NDArray[np.object_]
    ) -> tuple[Features, NDArray[np.object_]]:
        """Cut what names no gmina and lies elsewhere, or nowhere in a file that has other gminas too."""
        unproven = self._unproven(batch)
        if not unproven.any():
            return batch, placed
        elsewhere = self._outside(placed)
        if any(one.others for one in self.tallies.values()):
            elsewhere |= shapely.is_missing(placed)
        kept = ~(unproven & elsewhere)
        cut = len(batch) - int(kept.sum())
        tally.cut += cut
        tally.unnamed += cut
        return batch.only(kept), placed[kept]

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

    def _accounted(self, tally: Tally, batch: Features, problems: values.Problems) -> set[int]:
        """Write what is wrong into the tally, in the order of the file; gives the positions that are refused.

        A feature is refused for one reason, the first; what its reader said of it stays beside.
        """
        refused = set()
        for position in sorted(problems.keys() | batch.findings.keys()):
            name, line, found = batch.names[position], batch.lines[position], problems.get(position, [])
            said = batch.findings.get(position, [])
            for one in said:
                tally.note(one)
            reason = next(((code, text) for severity, code, text in found if severity is Severity.REFUSED), None)
            if any(one.severity is Severity.REFUSED for one in said):
                tally.refused += 1
                refused.add(position)
            elif reason is not None:
                tally.refuse(name, line, *reason)
                refused.add(position)
            else:
                for severity, code, text in found:
                    tally.note(Finding(severity, code, text, name, line))
        return refused


def _by_kind(features: Iterable[Features]) -> dict[str, Features]:
    parts = defaultdict(list)
    for some in features:
        if len(some):
            parts[some.kind].append(some)
    return {kind: Features.together(of_kind) for kind, of_kind in parts.items()}


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
