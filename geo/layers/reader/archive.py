"""Zip archives: one data set is unpacked to a fresh folder, under names of our own."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from geo.errors import Unreadable
from geo.layers.model import Finding, Severity
from geo.layers.reader import unpacked
from geo.texts import Text

MOST_MEMBERS = 2000
LARGEST_UNPACKED = 16 * 1024**3  # the largest voivodeship of PRG has 3.3 GB
LARGEST_RATIO = 200  # PRG's GML packs about 1 : 25
RATIO_COUNTS_FROM = 64 * 1024**2
DATA = frozenset({".gml", ".xml", ".geojson", ".json", ".gpkg", ".shp"})
BESIDE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
BLOCK = 1 << 20
HEAD = 4096

Folder = TemporaryDirectory[str]


def choose(path: Path, file: str) -> tuple[zipfile.ZipInfo, Finding | None]:
    """The data set of an archive, and a note when there was a choice.

    Raises:
        Unreadable: no valid zip, encrypted, hostile, without data, or with several data sets.
    """
    members = _data_members(path, file)
    if len(members) == 1:
        return members[0], None
    heads = _heads(path, members, file)
    collections = [m for m in members if _suffix(m) != ".xml" or b"FeatureCollection" in heads[m.filename]]
    newer = [m for m in collections if b"schemas/prgad/" in heads[m.filename]]
    older = [m for m in collections if b"panstwowyRejestrGranicAdresy" in heads[m.filename]]
    chosen = collections if len(collections) == 1 else newer
    if len(chosen) != 1 or (len(collections) > 1 and len(newer) + len(older) != len(collections)):
        raise Unreadable(
            file=file,
            problem=Text("The archive holds several data sets: {names}.", names=_listed(collections or members)),
            remedy=Text("Unpack it and load the one that you need."),
        )
    others = [member for member in members if member is not chosen[0]]
    text = Text("Of the archive {name} was read, not {others}.", name=chosen[0].filename, others=_listed(others))
    return chosen[0], Finding(Severity.NOTE, "archive-member", text)


def nested(file: str) -> Unreadable:
    """The refusal of an archive in an archive."""
    return Unreadable(
        file=file,
        problem=Text("The archive is refused: {reason}.", reason=Text("it holds another archive")),
        # Portals do pack twice; nothing in it leads outside.
        remedy=Text("Unpack it and load the one that you need."),
    )


def _heads(path: Path, members: list[zipfile.ZipInfo], file: str) -> dict[str, bytes]:
    """The first bytes of each member."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = {}
            for member in members:
                with archive.open(member) as source:
                    found[member.filename] = source.read(HEAD)
            return found
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as exc:
        raise _broken(file, exc) from exc


def _data_members(path: Path, file: str) -> list[zipfile.ZipInfo]:
    """The members that may be data, after everything in the archive was found harmless."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as exc:
        raise _broken(file, exc) from exc
    _check(members, file)
    found = [member for member in members if _suffix(member) in DATA and not _is_clutter(member)]
    if not found:
        raise Unreadable(
            file=file,
            problem=Text("The archive holds no data that can be read: {names}.", names=_listed(members)),
            remedy=Text("Give GML, GeoJSON, a GeoPackage, a shapefile, or a zip with one of them."),
        )
    return found


def unpack(path: Path, member: zipfile.ZipInfo, file: str, scratch: Path | None) -> tuple[Path, Folder]:
    """Unpack a member (a shapefile with what belongs to it) to a fresh folder inside `scratch`.

    Raises:
        Unreadable: broken, larger than the archive says, or than there is room.
    """
    folder: Folder = unpacked.folder(scratch)
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [member]
            if _suffix(member) == ".shp":
                stem = member.filename[:-4]
                wanted = [m for m in archive.infolist() if m.filename[:-4] == stem and _suffix(m) in BESIDE]
            unpacked.check_room(sum(each.file_size for each in wanted), Path(folder.name), file)
            for each in wanted:
                _extract(archive, each, Path(folder.name) / f"data{_suffix(each)}")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as exc:
        folder.cleanup()
        raise _broken(file, exc) from exc
    except Unreadable:
        folder.cleanup()
        raise
    return Path(folder.name) / f"data{_suffix(member)}", folder


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """Copy so many bytes as the directory promised and not one more."""
    left = member.file_size
    with archive.open(member) as source, target.open("wb") as out:
        while block := source.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise zipfile.BadZipFile("a member is larger than the directory says")
            out.write(block)


def _check(members: list[zipfile.ZipInfo], file: str) -> None:
    if len(members) > MOST_MEMBERS:
        raise _hostile(file, Text("it holds {n} file", "it holds {n} files", n=len(members)))
    for member in members:
        name = member.filename
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.split("/")[0] or "\0" in name:
            raise _hostile(file, Text("'{name}' leads outside of it", name=name[:80]))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _hostile(file, Text("'{name}' is a link", name=name[:80]))
        if member.flag_bits & 0x1:
            raise Unreadable(
                file=file,
                problem=Text("'{name}' in the archive is encrypted.", name=name[:80]),
                remedy=Text("Unpack it with its password and load what was inside."),
            )
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_COUNTS_FROM and ratio > LARGEST_RATIO:
            raise _hostile(file, Text("'{name}' unpacks to {ratio} times its size", name=name[:80], ratio=int(ratio)))
    if sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise _hostile(file, Text("it unpacks to more than {size} GB", size=LARGEST_UNPACKED // 1024**3))


def _suffix(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    """Whether a program left this behind: macOS's copies, metadata beside a shapefile."""
    name = member.filename.lower()
    return name.startswith("__macosx/") or "/." in f"/{name}" or name.endswith((".shp.xml", ".gml.xml", ".qmd"))


def _listed(members: Iterable[zipfile.ZipInfo]) -> str:
    names = [member.filename[:80] for member in members]
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _hostile(file: str, reason: Text) -> Unreadable:
    return Unreadable(
        file=file,
        problem=Text("The archive is refused: {reason}.", reason=reason),
        remedy=Text("Do not unpack this archive; it may be an attack. Ask its sender for a clean export."),
    )


def _broken(file: str, exc: Exception) -> Unreadable:
    return Unreadable(
        file=file,
        problem=Text("The zip archive is broken ({detail}).", detail=str(exc)[:120]),
        remedy=Text("Download or export the file again and compare its size with the original."),
    )
