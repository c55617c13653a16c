"""What a file is, told by its content; its extension is never believed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from geo.errors import Unreadable
from geo.texts import Text

HEAD = 4096
SQLITE = b"SQLite format 3\0"
GEOPACKAGES = (b"GPKG", b"GP10", b"GP11")  # the application id, GeoPackage 1.3, requirement 2
JSON_BEGINNINGS = (b"{", b"[", b'"', b"null", b"true", b"false")


class Content(StrEnum):
    """What the first bytes say."""

    XML = "xml"
    JSON = "json"
    GEOPACKAGE = "geopackage"
    SHAPEFILE = "shapefile"
    ZIP = "zip"


def sniff(path: Path, file: str) -> Content:
    """Recognise a file.

    Raises:
        Unreadable: it is missing, empty, or nothing that can be loaded; says what it seems to be.
    """
    if not path.is_file():
        raise Unreadable(
            file=file,
            problem=Text("There is no such file."),
            remedy=Text("Check the path; a folder must be packed as zip."),
        )
    with path.open("rb") as source:
        head = source.read(HEAD)
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise Unreadable(file=file, problem=Text("The file is empty."), remedy=Text("Download or export it again."))
    content = _content(head)
    if content is None:
        raise Unreadable(file=file, problem=_guess(head), remedy=_remedy(file))
    return content


def _content(head: bytes) -> Content | None:
    if head.startswith(SQLITE) and head[68:72] in GEOPACKAGES:
        return Content.GEOPACKAGE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Content.ZIP
    if head.startswith(b"\x00\x00\x27\x0a"):  # 9994, big-endian: the main file of a shapefile
        return Content.SHAPEFILE
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") or head.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<")):
        return Content.XML
    if text.startswith(JSON_BEGINNINGS):
        return Content.JSON
    return None


def _guess(head: bytes) -> Text:
    if head.startswith(SQLITE):
        return Text("This is an SQLite database, but no GeoPackage.")
    if head.startswith(b"%PDF"):
        return Text("This is a PDF document, no data.")
    if head.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        return Text("This archive is of a kind that is not opened here.")
    if head.startswith((b"II*\0", b"MM\0*", b"\xff\xd8\xff", b"\x89PNG")):
        return Text("This is an image.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text("The text is UTF-16, which no supported format uses.")
    return Text("The content is of no supported format.")


def _remedy(file: str) -> Text:
    if Path(file).suffix.lower() in {".dbf", ".shx", ".prj", ".cpg", ".qix"}:
        return Text("Give the .shp file, with the others beside it, or a zip of all of them.")
    if Path(file).suffix.lower() in {".tif", ".tiff", ".jp2", ".jpg"}:
        return Text("Orthophotos are added with `geo ortho add`.")
    return Text("Give GML, GeoJSON, a GeoPackage, a shapefile, or a zip with one of them.")
