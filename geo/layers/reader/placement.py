"""Where on Earth a file's coordinates lie: which CRS, and which axis comes first.

The literal `EPSG:2180` carries both axis orders in official files, and both readings land in Poland. So a
sample is read both ways and held against the extent of the town; exactly one reading may fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import epsg, transform
from geo.errors import Unreadable
from geo.geometry import LngLatBbox
from geo.layers.model import Finding, Severity
from geo.layers.reader.source import AxisRule
from geo.texts import Number, Text

# Tried when a file names no CRS, and to say which one a wrongly labelled file seems to be in.
CANDIDATES = (2180, 2177, 2176, 2178, 2179, 4326, 3857)
MARGIN_DEGREES = 0.02  # one and a half to two kilometres: parcels at the rim, a simplified boundary
MOST = 0.95  # of the sample fit the reading that is taken
FEW = 0.05  # of the sample may fit another reading
SAMPLE = 2000
AROUND_AREA_DEGREES = 3.0

type Points = NDArray[np.float64]


class Misplaced(Unreadable):
    """{file}: {problem} {remedy}"""

    code = "misplaced"


@dataclass(frozen=True, slots=True)
class Placement:
    """The decision for the features of a file that name one CRS."""

    srid: int
    swapped: bool  # the file has northing or latitude first
    finding: Finding

    def apply(self, geometries: Sequence[BaseGeometry | None] | NDArray[np.object_]) -> NDArray[np.object_]:
        """WGS 84 geometries, longitude first, from those of the file; None stays None."""
        return shapely.transform(np.asarray(geometries, dtype=object), self.to_wgs84)

    def to_wgs84(self, points: Points) -> Points:
        """Longitudes and latitudes of (n, 2) coordinates in the order of the file."""
        return _read_as(points, self.srid, swapped=self.swapped)


def sample(geometries: Sequence[BaseGeometry | None]) -> Points:
    """Up to SAMPLE coordinates spread over geometries, (n, 2), in the order of the file."""
    points = shapely.get_coordinates(np.asarray(geometries, dtype=object))
    points = points[np.isfinite(points).all(axis=1)]
    return points[:: max(1, len(points) // SAMPLE)][:SAMPLE]


def srid_of(srs: str | None) -> int | None:
    """The EPSG code in any form of srsName: `EPSG:2180`, urn, `.../epsg.xml#4258`, `.../EPSG/0/2177`, CRS84.

    Raises:
        ValueError: there is a name, but none that is understood.
    """
    if srs is None or not srs.strip():
        return None
    if re.search(r"CRS:?84$", srs.strip(), re.IGNORECASE):
        return 4326
    found = re.search(r"epsg(?:\.xml)?(?::[\d.]*:|:|#|/[\d.]+/|/)(\d{4,6})$", srs.strip(), re.IGNORECASE)
    if found is None:
        raise ValueError(srs)
    return epsg(int(found[1])).srid


def decide(
    points: Points,
    srs: str | None,
    extent: LngLatBbox,
    axis_rule: AxisRule,
    *,
    file: str,
    anywhere: bool = False,
) -> Placement:
    """Decide CRS and axis order of a file by where a sample of its coordinates falls.

    Args:
        points: (n, 2) in the order of the file (`sample`).
        srs: the CRS as the file names it; None makes every candidate be tried.
        extent: where the features should lie, up to MARGIN_DEGREES outside of it.
        axis_rule: what the format prescribes; decides when `anywhere`, else only compared.
        file: how messages call the file.
        anywhere: the file is of another place; the format's rule is believed.

    Raises:
        Misplaced: neither or both readings fit; names both placements in degrees and metres.
    """
    try:
        declared = srid_of(srs)
    except ValueError as exc:
        raise Misplaced(
            file=file,
            problem=Text("The CRS '{srs}' is not known.", srs=srs),
            remedy=Text("Export the file in EPSG:2177, EPSG:2180 or WGS 84."),
        ) from exc
    if anywhere:
        return _by_rule(points, declared, axis_rule, file)
    if not len(points):
        raise Misplaced(file=file, problem=Text("No feature has coordinates."), remedy=Text("Check what was exported."))
    box = extent.grown(MARGIN_DEGREES)
    readings = _readings(points, (declared,) if declared else CANDIDATES, box)
    fitting = [reading for reading in readings if reading.share >= MOST]
    others = [reading for reading in readings if reading.share > FEW]
    if len(fitting) == 1 and len(others) == 1:
        return _taken(fitting[0], declared, axis_rule)
    if fitting:
        raise _both(others, extent, file)
    wrong_name = () if declared is None else _readings(points, [c for c in CANDIDATES if c != declared], box)
    raise _neither(readings, [reading for reading in wrong_name if reading.share >= MOST], extent, file)


@dataclass(frozen=True, slots=True)
class _Reading:
    srid: int
    swapped: bool
    share: float  # of the sample inside the extent, 0 to 1
    middle: tuple[float, float]  # longitude and latitude of the sample's median, inf when nowhere
    metres: tuple[float, float]  # easting and northing of the same

    @property
    def text(self) -> Text:
        lng, lat = self.middle
        order = Text("second coordinate first") if self.swapped else Text("coordinates as they stand")
        if not (abs(lng) <= 180 and abs(lat) <= 90):
            return Text("{crs}, {order}: nowhere on Earth", crs=f"EPSG:{self.srid}", order=order)
        # Far from where PL-1992 is used its metres mean nothing, or are infinite.
        if not _where_it_is_used(2180).contains(lng, lat):
            return Text(
                "{crs}, {order}: {lng}° E {lat}° N",
                crs=f"EPSG:{self.srid}",
                order=order,
                lng=Number(lng, 4),
                lat=Number(lat, 4),
            )
        return Text(
            "{crs}, {order}: {lng}° E {lat}° N (EPSG:2180: E {easting} m, N {northing} m)",
            crs=f"EPSG:{self.srid}",
            order=order,
            lng=Number(lng, 4),
            lat=Number(lat, 4),
            easting=Number(self.metres[0]),
            northing=Number(self.metres[1]),
        )


def _read_as(points: Points, srid: int, *, swapped: bool) -> Points:
    return transform(points[:, ::-1] if swapped else points, srid, 4326)


def _readings(points: Points, srids: Sequence[int], box: LngLatBbox) -> list[_Reading]:
    return [_reading(points, srid, swapped, box) for srid in srids for swapped in (False, True)]


def _reading(points: Points, srid: int, swapped: bool, box: LngLatBbox) -> _Reading:
    places = _read_as(points, srid, swapped=swapped)
    inside = (
        (places[:, 0] >= box.west)
        & (places[:, 0] <= box.east)
        & (places[:, 1] >= box.south)
        & (places[:, 1] <= box.north)
    )
    middle = _read_as(np.median(points, axis=0).reshape(1, 2), srid, swapped=swapped)
    metres = transform(middle, 4326, 2180)[0] if np.isfinite(middle).all() else middle[0]
    return _Reading(
        srid,
        swapped,
        float(inside.mean()),
        (float(middle[0][0]), float(middle[0][1])),
        (float(metres[0]), float(metres[1])),
    )


def _where_it_is_used(srid: int) -> LngLatBbox:
    """The CRS's area of use with the width of a zone around it: registers of border towns keep their zone."""
    return LngLatBbox(*epsg(srid).area).grown(AROUND_AREA_DEGREES)


def _by_rule(points: Points, declared: int | None, axis_rule: AxisRule, file: str) -> Placement:
    if declared is None:
        raise Misplaced(
            file=file,
            problem=Text("The file names no CRS, so it cannot be placed by its format's rule."),
            remedy=Text("Say where it lies (--extent), or export it with its CRS."),
        )
    swapped = axis_rule is AxisRule.AUTHORITY and epsg(declared).northing_first
    reading = _reading(
        points if len(points) else np.full((1, 2), np.inf), declared, swapped, LngLatBbox(-180, -90, 180, 90)
    )
    if len(points) and not _where_it_is_used(declared).contains(*reading.middle):
        raise Misplaced(
            file=file,
            problem=Text(
                "The coordinates lie where EPSG:{srid} is not used: {reading}.", srid=declared, reading=reading.text
            ),
            remedy=Text("Check the CRS that the file names; export it again with the right one."),
        )
    text = Text("Placed by the rule of the format, without comparing with an extent: {reading}.", reading=reading.text)
    return Placement(declared, swapped, Finding(Severity.NOTE, "placed-by-rule", text))


def _taken(reading: _Reading, declared: int | None, axis_rule: AxisRule) -> Placement:
    share = Number(100 * reading.share)
    by_rule = axis_rule is AxisRule.AUTHORITY and epsg(reading.srid).northing_first
    if declared is None:
        text = Text(
            "The file names no CRS; only this reading lies in the extent ({share} %): {reading}.",
            share=share,
            reading=reading.text,
        )
        return Placement(reading.srid, reading.swapped, Finding(Severity.WARNING, "crs-guessed", text))
    if reading.swapped != by_rule:
        text = Text(
            "The axes stand the other way round than the format prescribes; only this reading lies in the extent "
            "({share} %): {reading}.",
            share=share,
            reading=reading.text,
        )
        return Placement(reading.srid, reading.swapped, Finding(Severity.WARNING, "axes-against-rule", text))
    text = Text("Placed in the extent ({share} %): {reading}.", share=share, reading=reading.text)
    return Placement(reading.srid, reading.swapped, Finding(Severity.NOTE, "placed", text))


def _both(readings: Sequence[_Reading], extent: LngLatBbox, file: str) -> Misplaced:
    return Misplaced(
        file=file,
        problem=Text(
            "More than one reading of the coordinates lies in the extent {extent}: {first}; {second}.",
            extent=_described(extent),
            first=_with_share(readings[0]),
            second=_with_share(readings[1]),
        ),
        remedy=Text("Give a narrower extent, or export the file again with one CRS for all features."),
    )


def _neither(readings: Sequence[_Reading], otherwise: Sequence[_Reading], extent: LngLatBbox, file: str) -> Misplaced:
    """Say where both readings lie (the best two of many), and which other CRS would have fitted."""
    best = sorted(readings, key=lambda reading: -reading.share)
    problem = Text(
        "No reading of the coordinates lies in the extent {extent}: {first}; {second}.",
        extent=_described(extent),
        first=_with_share(best[0]),
        second=_with_share(best[1]),
    )
    if otherwise:
        remedy = Text(
            "It would lie there as {reading}: if that is its CRS, export it again with the right name.",
            reading=otherwise[0].text,
        )
    else:
        remedy = Text("If the file is of another place, load it with --extent or --anywhere; else check its CRS.")
    return Misplaced(file=file, problem=problem, remedy=remedy)


def _with_share(reading: _Reading) -> Text:
    return Text("{reading} - {share} % inside", reading=reading.text, share=Number(100 * reading.share))


def _described(box: LngLatBbox) -> Text:
    return Text(
        "{west}-{east}° E, {south}-{north}° N",
        west=Number(box.west, 3),
        east=Number(box.east, 3),
        south=Number(box.south, 3),
        north=Number(box.north, 3),
    )
