"""GeoPackage and Shapefile: kinds `table` and `table.<name>`, read in batches; columns keep their names."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import Unreadable
from geo.layers.model import Finding, RawFeature, RawValue, Severity
from geo.layers.reader import mojibake, unpacked
from geo.layers.reader.gdal import DRIVERS, pyogrio
from geo.layers.reader.register import Notes
from geo.layers.reader.shape_text import encoding_of
from geo.layers.reader.source import AxisRule, Source
from geo.texts import Text

BATCH = 5000
BESIDE = (".shx", ".dbf", ".prj", ".cpg")
TABLE = "table"

# pyogrio gives dicts and arrays without types of its own.
type Info = dict[str, Any]


def open_geopackage(path: Path, file: str, scratch: Path | None) -> Source:
    """Open the feature tables of a GeoPackage.

    Raises:
        Unreadable: GDAL cannot read it, or it has no table.
    """
    folder = unpacked.folder(scratch)
    alone = Path(folder.name) / "data.gpkg"
    _copy(path, alone)
    return _opened(alone, file, folder)


def open_shapefile(path: Path, file: str, scratch: Path | None) -> Source:
    """Open a shapefile with the files beside it.

    Raises:
        Unreadable: a part is missing, or GDAL cannot read it.
    """
    beside = beside_of(path)
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in beside]
    if missing:
        raise Unreadable(
            file=file,
            problem=Text("Of the shapefile {parts} is missing.", parts=", ".join(missing)),
            remedy=Text("Give the .shp file, with the others beside it, or a zip of all of them."),
        )
    folder = unpacked.folder(scratch)
    alone = Path(folder.name) / "data.shp"
    _copy(path, alone)
    for suffix, part in beside.items():
        _copy(part, alone.with_suffix(suffix))
    encoding, findings = encoding_of(alone)
    source = _opened(alone, file, folder, encoding)
    source.findings.extend(findings)
    return source


def beside_of(path: Path) -> dict[str, Path]:
    """What lies beside the main file of a shapefile under its name, by suffix in small letters."""
    found = {each.suffix.lower(): each for each in path.parent.glob(f"{_escaped(path.stem)}.*")}
    return {suffix: found[suffix] for suffix in BESIDE if suffix in found}


def _copy(source: Path, target: Path) -> None:
    # A hard link costs nothing; across file systems a copy is made.
    try:
        target.hardlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of an opened file."""

    path: Path
    name: str
    encoding: str | None
    info: Info
    srs: str | None
    before: int  # rows of the tables in front of it

    @property
    def count(self) -> int:
        return max(int(self.info["features"]), 0)


def _opened(path: Path, file: str, folder: TemporaryDirectory[str], encoding: str | None = None) -> Source:
    findings: list[Finding] = []
    try:
        tables = _tables(path, file, encoding, findings)
    except Unreadable:
        folder.cleanup()
        raise
    except (RuntimeError, ValueError) as exc:
        folder.cleanup()
        raise _unreadable(file, exc) from exc
    # A shapefile is one table, whose name is only the file's.
    kinds = {TABLE: tables} if path.suffix == ".shp" else {f"{TABLE}.{table.name}": [table] for table in tables}
    counts = {kind: sum(table.count for table in members) for kind, members in kinds.items()}

    def read(wanted: frozenset[str], _: Counter[str]) -> Iterator[RawFeature]:
        for exact, members in kinds.items():
            kind = exact if exact in wanted else TABLE
            if kind in wanted:
                for table in members:
                    yield from _rows(table, kind, file)

    return Source(
        file=file,
        format="Shapefile" if path.suffix == ".shp" else "GeoPackage",
        kinds=frozenset({TABLE, *kinds}),
        axis_rule=AxisRule.XY,
        read=read,
        synthetic=any(_says_synthetic(table.info) for table in tables),
        counts=counts | {TABLE: sum(counts.values())},
        findings=findings,
        folders=[folder],
    )


def _tables(path: Path, file: str, encoding: str | None, findings: list[Finding]) -> list[_Table]:
    # PROJ takes as long to import as all the rest, which XML and GeoJSON need not wait for.
    from geo.layers.reader.wkt import epsg_name  # noqa: PLC0415

    tables: list[_Table] = []
    for name in pyogrio().list_layers(path)[:, 0]:
        info: Info = pyogrio().read_info(path, layer=name, encoding=encoding)
        if info["driver"] not in DRIVERS:
            raise Unreadable(
                file=file,
                problem=Text("GDAL takes this for {driver}.", driver=str(info["driver"])),
                remedy=Text("Give GML, GeoJSON, a GeoPackage, a shapefile, or a zip with one of them."),
            )
        before = tables[-1].before + tables[-1].count if tables else 0
        tables.append(_Table(path, str(name), encoding, info, epsg_name(info["crs"], findings), before))
        shape = str(info["geometry_type"])
        if "Z" in shape or "25D" in shape:
            findings.append(Finding(Severity.NOTE, "heights-dropped", Text("The heights were left out.")))
    if not tables:
        raise Unreadable(
            file=file,
            problem=Text("There is no table in it."),
            remedy=Text("Check what was exported or asked for."),
        )
    return tables


def _rows(table: _Table, kind: str, file: str) -> Iterator[RawFeature]:
    """The rows of a table, read BATCH at a time."""
    first = 0
    # GDAL takes a GeoPackage's primary key for its own number of the row; who made the table sees a column.
    key = str(table.info["fid_column"] or "")
    types = dict(zip(map(str, table.info["fields"]), map(str, table.info["dtypes"]), strict=True))
    while True:
        names, fids, shapes, columns = _batch(table, first, file)
        values = [_plain(column, types[name]) for name, column in zip(names, columns, strict=True)]
        geometries = _geometries(shapes, len(fids))
        for index, (fid, geometry) in enumerate(zip(fids, geometries, strict=True)):
            notes = Notes(f"fid {fid}", None)
            row: dict[str, RawValue] = {key: fid} if key else {}
            row |= {name: column[index] for name, column in zip(names, values, strict=True)}
            fields = mojibake.mended(row, notes)
            if geometry is None and shapes is not None and shapes[index] is not None:
                notes.refuse("bad-geometry", Text("The geometry cannot be built ({detail}).", detail="WKB"))
            number = table.before + first + index + 1
            yield RawFeature(kind, number, notes.name, fields, geometry, table.srs, None, None, notes.found)
        first += len(fids)
        if len(fids) < BATCH:
            return


def _batch(
    table: _Table, first: int, file: str
) -> tuple[list[str], list[int], NDArray[np.object_] | None, list[NDArray[Any]]]:
    """Names of the columns, row numbers, WKB and columns of up to BATCH rows."""
    try:
        meta, fids, shapes, columns = pyogrio().raw.read(
            table.path,
            layer=table.name,
            encoding=table.encoding,
            skip_features=first,
            max_features=BATCH,
            return_fids=True,
            datetime_as_string=True,
            force_2d=True,
        )
    except (RuntimeError, ValueError) as exc:
        raise _unreadable(file, exc) from exc
    return [str(name) for name in meta["fields"]], fids.tolist(), shapes, columns


def _geometries(shapes: NDArray[np.object_] | None, count: int) -> list[Any]:
    """Shapely geometries; None where there is none or GEOS takes it for broken."""
    return [None] * count if shapes is None else list(shapely.from_wkb(shapes, on_invalid="ignore"))


def _plain(column: NDArray[Any], dtype: str) -> list[RawValue]:
    """A column as Python values.

    A column of whole numbers with gaps arrives as floats with NaN: house number 12 must not become 12.0.
    """
    values = column.tolist()
    if dtype.startswith(("int", "uint")):
        return [None if value is None or value != value else int(value) for value in values]  # noqa: PLR0124 - NaN
    if dtype.startswith("float"):
        return [None if value is None or value != value else float(value) for value in values]  # noqa: PLR0124 - NaN
    if dtype == "bool":
        return [None if value is None or value != value else bool(value) for value in values]  # noqa: PLR0124 - NaN
    if dtype == "datetime64[D]":
        return [_when(value, day=True) for value in values]
    if dtype.startswith("datetime64"):
        return [_when(value, day=False) for value in values]
    # Bytes and lists are no values of a register's table.
    return [value if isinstance(value, str) else None for value in values]


def _when(value: object, *, day: bool) -> date | datetime | str | None:
    """A date or time; what is none stays text."""
    if not isinstance(value, str) or value == "NaT":
        return None
    try:
        return date.fromisoformat(value[:10].replace("/", "-")) if day else datetime.fromisoformat(value)
    except ValueError:
        return value


def _says_synthetic(info: Info) -> bool:
    metadata = {**(info["layer_metadata"] or {}), **(info["dataset_metadata"] or {})}
    return any("synthetic" in f"{key} {value}".lower() for key, value in metadata.items())


def _unreadable(file: str, exc: Exception) -> Unreadable:
    # GDAL's sentences name our temporary folder; its path is nobody's business.
    detail = re.sub(r"/\S*/", "", str(exc))
    return Unreadable(
        file=file,
        problem=Text("GDAL cannot read it ({detail}).", detail=detail[:160]),
        remedy=Text("Download or export the file again and compare its size with the original."),
    )
