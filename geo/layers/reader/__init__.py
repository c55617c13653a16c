"""Reading what offices deliver: from a file to RawFeatures, streamed.

Pure: a file in, `RawFeature`s out, nothing decided about axes (`placement` does that) and nothing stored.

| kind | from |
|---|---|
| `prg.address`, `prg.street`, `prg.locality` | PRG of 2021 and of 2012, EMUiA |
| `egib.parcel`, `egib.building`, `egib.district` | EGiB of 2021 and older |
| `wfs.<type name in small letters>` | replies of WFS 1.0, 1.1, 2.0 and plain GML collections |
| `table`, `table.<name>` | GeoJSON, GeoPackage, Shapefile |
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo.errors import Unreadable
from geo.layers.reader import archive, egib, prg2012
from geo.layers.reader.gdal_table import beside_of, open_geopackage, open_shapefile
from geo.layers.reader.geojson import open_geojson
from geo.layers.reader.prg2021 import open_prg2021
from geo.layers.reader.sniff import Content, sniff
from geo.layers.reader.source import AxisRule, Source
from geo.layers.reader.wfs import open_wfs
from geo.layers.reader.xml_head import XmlHead, web_page, xml_head
from geo.layers.reader.xml_stream import local_name, namespace
from geo.texts import Text

type Progress = Callable[[int], None]

HOT_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"  # SQLite file format, 3: the rollback journal

__all__ = ["AxisRule", "Source", "check_closed", "open_file", "shapefile_parts"]


def open_file(
    path: Path, name: str | None = None, *, scratch: Path | None = None, progress: Progress = lambda _: None
) -> Source:
    """Open a file by its content. `name` is what messages call it (the path's own name without it).

    What is unpacked, and what a large register needs beside memory, goes to a folder inside `scratch` until the source
    is closed (None: the system's place for temporary files). A register whose links lead anywhere is parsed before it
    can be read: `progress` hears how many features that came through.

    Raises:
        Unreadable: empty, of no known format, not whole, hostile; says what, where and what to do.
    """
    file = name or path.name
    content = sniff(path, file)
    return (
        _open_zip(path, file, scratch, progress)
        if content is Content.ZIP
        else _open(content, path, file, scratch, progress)
    )


def shapefile_parts(path: Path) -> dict[str, Path]:
    """The parts of a bare shapefile by suffix, `.shp` first; {} for any other file.

    Raises:
        Unreadable: as `open_file`, for what the first bytes tell.
    """
    if sniff(path, path.name) is not Content.SHAPEFILE:
        return {}
    return {".shp": path, **beside_of(path)}


def check_closed(path: Path) -> None:
    """See that the file holds all that was saved to it; SQLite keeps the latest beside a GeoPackage that is open.

    Raises:
        Unreadable: as `open_file`, for what the first bytes tell; or changes stand beside the file.
    """
    if sniff(path, path.name) is not Content.GEOPACKAGE:
        return
    # Beside the file itself: SQLite follows a link before it writes.
    main = path.resolve()
    wal, journal = (main.with_name(f"{main.name}-{kind}") for kind in ("wal", "journal"))
    if wal.is_file() and wal.stat().st_size:
        raise _still_open(path.name, wal.name)
    # A journal of zeros at its head is done with, and is left there on purpose.
    if journal.is_file() and _begins_with(journal, HOT_JOURNAL):
        raise _still_open(path.name, journal.name)


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as source:
        return source.read(len(magic)) == magic


def _still_open(file: str, beside: str) -> Unreadable:
    return Unreadable(
        file=file,
        problem=Text("A program has it open: the latest changes still stand in {beside}.", beside=beside),
        remedy=Text("Close it in QGIS, or wherever it is open, and load it again."),
    )


def _open(content: Content, path: Path, file: str, scratch: Path | None, progress: Progress) -> Source:
    if content is Content.XML:
        return _open_xml(path, file, scratch, progress)
    if content is Content.JSON:
        return open_geojson(path, file)
    if content is Content.GEOPACKAGE:
        return open_geopackage(path, file, scratch)
    return open_shapefile(path, file, scratch)


def _open_zip(path: Path, file: str, scratch: Path | None, progress: Progress) -> Source:
    """Open the one data set of an archive; of PRG in both models (as the state packs them) the newer."""
    member, finding = archive.choose(path, file)
    inside, folder = archive.unpack(path, member, file, scratch)
    # A bare shapefile is kept as a zip under its own name.
    name = file if file.lower().endswith(".shp") else f"{file}/{member.filename}"
    try:
        content = sniff(inside, name)
        if content is Content.ZIP:
            raise archive.nested(name)
        source = _open(content, inside, name, scratch, progress)
    except Unreadable:
        folder.cleanup()
        raise
    source.folders.append(folder)
    source.findings.extend([finding] if finding else [])
    return source


def _open_xml(path: Path, file: str, scratch: Path | None, progress: Progress) -> Source:
    head = xml_head(path, file)
    if local_name(head.root) != "FeatureCollection":
        raise _no_collection(file, head)
    where = namespace(head.feature or "")
    if where.startswith("https://geoportal.gov.pl/schemas/prgad/"):
        return open_prg2021(path, file, synthetic=head.synthetic, scratch=scratch, progress=progress)
    if where in prg2012.NAMESPACES:
        return prg2012.open_prg2012(path, file, synthetic=head.synthetic, progress=progress)
    if where in egib.NAMESPACES:
        return egib.open_egib(path, file, where, synthetic=head.synthetic)
    return open_wfs(path, file, head, progress)


def _no_collection(file: str, head: XmlHead) -> Unreadable:
    root = local_name(head.root)
    if root in {"ExceptionReport", "ServiceExceptionReport"}:
        return Unreadable(
            file=file,
            problem=Text(
                "The service answered with an error instead of data: {message}", message=_sentence(head.message)
            ),
            remedy=Text("Correct the request and download again."),
        )
    if root.lower() == "html":
        return web_page(file)
    if root in {"OGRVRTDataSource", "VRTDataset"}:
        return Unreadable(
            file=file,
            problem=Text("This only points to other files (GDAL VRT)."),
            remedy=Text("Give the data themselves."),
        )
    return Unreadable(
        file=file,
        problem=Text("The XML begins with {root}, which is no collection of features.", root=root),
        remedy=Text("Give GML, GeoJSON, a GeoPackage, a shapefile, or a zip with one of them."),
    )


def _sentence(message: str) -> str:
    """Another's words with a full stop, so that the next sentence does not run on."""
    words = message.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
