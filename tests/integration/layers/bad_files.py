"""Files as they should not be, made small: each function writes one and gives its path."""

import json
import os
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import shapely

TOWN = (18.90, 50.17)
# The same place in EPSG:2180, easting first.
TOWN_2180 = ((492_968.0, 255_869.0), (493_004.0, 255_900.0))
FAR = (2.0, 48.0)
# Where the real sample files lie, as --extent takes it.
LUBUSKIE = "14.5,51.3,16.5,53.2"


def feature(number: int, geometry: object = None, **properties: object) -> dict:
    point = {"type": "Point", "coordinates": [round(TOWN[0] + number / 1000, 3), TOWN[1]]}
    return {
        "type": "Feature",
        "properties": {"id": f"x{number}", "nazwa": "Łąka", **properties},
        "geometry": geometry or point,
    }


def collection(*features: dict) -> str:
    """With a feature in each line, so that a line in a message means something."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in features)
    return '{"type": "FeatureCollection", "features": [\n' + lines + "\n]}\n"


def point(*coordinates: float) -> dict:
    return {"type": "Point", "coordinates": list(coordinates)}


def ring(*positions: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [[list(position) for position in positions]]}


BOW_TIE = ring(TOWN, (18.91, 50.18), (18.91, 50.17), (18.90, 50.18), TOWN)
UNCLOSED = ring(TOWN, (18.91, 50.18), (18.91, 50.17), (18.90, 50.18))
CRS_2177 = '"crs": {"type": "name", "properties": {"name": "EPSG:2177"}}, "features"'

# name -> content, exit status, words of the Polish answer.
TEXTS: dict[str, tuple[str | bytes, int, tuple[str, ...]]] = {
    "empty.geojson": ("", 1, ("empty.geojson", "Plik jest pusty", "ponownie")),
    "no-features.geojson": (collection(), 1, ("w pliku nie ma niczego tego rodzaju", "bez zmian")),
    "broken-off.geojson": (collection(feature(1), feature(2))[:-40], 1, ("w wierszu 3", "Wyeksportuj plik ponownie")),
    "windows.geojson": (collection(feature(1)).encode("cp1250"), 1, ("Wiersz 2 nie jest w UTF-8", "Windows-1250")),
    "mixed.geojson": (
        collection(feature(1), feature(2)).encode().replace("Łąka".encode(), "Łąka".encode("cp1250"), 1),
        1,
        ("Wiersz 2 nie jest w UTF-8",),
    ),
    "nan.geojson": (collection(feature(1), feature(2)).replace("18.902", "NaN"), 1, ("w wierszu 3", "NaN")),
    "infinite.geojson": (
        collection(feature(1), feature(2)).replace("18.902", "1e999"),
        1,
        ("odrzucono obiekt 2, wiersz 3", "nie jest liczbą skończoną"),
    ),
    "bow-tie.geojson": (
        collection(feature(1, BOW_TIE), feature(2)),
        1,
        ("odrzucono obiekt 1, wiersz 2", "obrys przecina sam siebie w miejscu 18,905000° E 50,175000° N"),
    ),
    "unclosed.geojson": (
        collection(feature(1), feature(2, UNCLOSED)),
        1,
        ("odrzucono obiekt 2, wiersz 3", "Pierścień 1 nie kończy się tam, gdzie się zaczyna"),
    ),
    "no-key.geojson": (
        collection({"type": "Feature", "properties": {"nazwa": "a"}, "geometry": point(*TOWN)}),
        1,
        ("odrzucono obiekt 1, wiersz 2", "Brakuje wartości „id_pola”", "niczego nie przygotowano"),
    ),
    "elsewhere.geojson": (
        collection(feature(1, point(*FAR)), feature(2, point(*FAR))),
        1,
        ("2,0000° E 48,0000° N", "48,0000° E 2,0000° N", "--extent"),
    ),
    "wrong-crs.geojson": (
        collection(feature(1)).replace('"features"', CRS_2177, 1),
        1,
        ("EPSG:2177", "Leżałby tam jako EPSG:4326", "wyeksportuj plik ponownie z właściwą nazwą"),
    ),
    "far-too-large.geojson": (
        collection(feature(1), feature(2)).replace("18.902", "1e300"),
        1,
        ("nigdzie na Ziemi",),
    ),
    "twice.geojson": (
        collection(feature(1), feature(1), feature(2)),
        1,
        ("odrzucono obiekt 2, wiersz 3", "„x1” występuje w pliku więcej niż raz"),
    ),
    "long-key.geojson": (
        collection({**feature(1), "properties": {"id": os.urandom(3000).hex()}}, feature(2)),
        1,
        ("odrzucono obiekt 1, wiersz 2", "najwyżej 400 znaków"),
    ),
    "deep.geojson": (
        collection(feature(1, None, nazwa=0)).replace(" 0}", "[" * 99_999 + "}"),
        1,
        ("zagnieżdżony zbyt głęboko",),
    ),
    "table.csv": ("nazwa;x;y\n1;2;3\n", 1, ("table.csv", "Podaj GML, GeoJSON")),
    "noise.gml": (bytes(range(256)) * 4, 1, ("noise.gml", "Podaj GML, GeoJSON")),
    # Stored, with a warning: what RFC 7946 permits, and values that a type does not take.
    "zero-bytes.geojson": (collection(feature(1, None, nazwa="a\0b")), 0, ("ostrzeżenie obiekt 1, wiersz 2", "nazwa")),
    "half-letter.geojson": (
        collection(feature(1)).replace("Łąka", "\\ud800"),
        0,
        ("ostrzeżenie obiekt 1, wiersz 2", "Zginęły litery"),
    ),
    "numbers.geojson": (
        collection(feature(1, None, liczba=2**64), feature(2, None, liczba="1e300"), feature(3, None, liczba=True)),
        0,
        ("obiekt 1, wiersz 2: liczba: „18446744073709551616” to nie jest liczba całkowita", "obiekt 3, wiersz 4"),
    ),
    "days.geojson": (
        collection(
            feature(1, None, chwila="0001-01-01T00:00:00+05:00", dzien="2024-02-30"),
            feature(2, None, chwila="9999-12-31T23:59:59-05:00"),
        ),
        0,
        ("obiekt 1, wiersz 2: chwila:", "obiekt 1, wiersz 2: dzien:", "obiekt 2, wiersz 3: chwila:"),
    ),
    "huge.geojson": (collection(feature(1, None, nazwa="ż" * 300_000)), 0, ("zapisano 1",)),
}


def geopackage(path: Path, crs: str = "EPSG:4326", points: object = (TOWN, (18.91, 50.17))) -> Path:
    """Two points with id and nazwa."""
    _write(path, "GPKG", crs, points)
    return path


def shapefile(path: Path) -> Path:
    """The same as a shapefile."""
    _write(path, "ESRI Shapefile", "EPSG:4326", (TOWN, (18.91, 50.17)))
    return path


def broken_geopackage(path: Path) -> Path:
    """A text that is no UTF-8 beside one that is."""
    geopackage(path)
    with sqlite3.connect(path) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger}"')
        base.execute("UPDATE punkty SET nazwa = cast(x'bfb3' AS text) WHERE fid = 2")
    base.close()
    return path


def archive(path: Path, *members: Path) -> Path:
    """A zip of the files and what belongs to them."""
    with zipfile.ZipFile(path, "w") as made:
        for member in members:
            for part in sorted(member.parent.glob(f"{member.stem}.*")):
                made.write(part, part.name)
    return path


def _write(path: Path, driver: str, crs: str, points: object) -> None:
    shapes = shapely.points(np.asarray(points, dtype=float))
    ids = np.array([f"x{number}" for number in range(len(shapes))], dtype=object)
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), [ids, ids], ["id", "nazwa"], driver=driver, crs=crs, geometry_type="Point",
        **({"layer": "punkty"} if driver == "GPKG" else {}),
    )  # fmt: skip
