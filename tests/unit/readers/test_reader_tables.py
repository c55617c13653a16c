"""GeoPackage and Shapefile."""

from __future__ import annotations

import shutil
import zipfile
from datetime import date, datetime

import numpy as np
import pytest
import shapely

from geo.errors import Unreadable
from geo.geometry import LngLatBbox
from geo.layers.reader import gdal_table, open_file
from geo.layers.reader.gdal import pyogrio
from geo.layers.reader.placement import decide, sample
from geo.layers.reader.wkt import epsg_name

TOWN = LngLatBbox(18.776, 50.146, 18.948, 50.246)
NAMES = ["droga główna", "Żółć", None]
IN_TOWN = {"EPSG:2177": (6_561_000.0, 5_562_000.0), "EPSG:2180": (490_000.0, 258_000.0), "EPSG:4326": (18.86, 50.19)}


def write(path, driver, crs="EPSG:2177", *, layer=None, encoding=None, names=NAMES):
    east, north = IN_TOWN[crs or "EPSG:2177"]
    points = [shapely.Point(east, north), shapely.Point(east + 0.001, north), None]
    columns = [
        np.array(names, dtype=object),
        np.array([12, 2, 3], dtype="int32"),
        np.array(["2020-01-02", "2020-01-03", "NaT"], dtype="datetime64[D]"),
        np.array(["007", None, "06921"], dtype=object),
    ]
    gaps = np.array([False, True, False])
    more = {"layer": layer} if layer else {}
    if encoding:
        more["encoding"] = encoding
    pyogrio().raw.write(
        path,
        shapely.to_wkb(np.array(points, dtype=object)),
        columns,
        np.array(["nazwa", "nr", "dzien", "kod"], dtype=object),
        field_mask=[None, gaps, None, None] if driver == "GPKG" else None,
        geometry_type="Point",
        crs=crs,
        driver=driver,
        **more,
    )
    return path


def read(path, *kinds):
    with open_file(path) as source:
        return list(source.features(kinds or ["table"])), source


@pytest.mark.parametrize(("crs", "srid"), [("EPSG:2177", 2177), ("EPSG:2180", 2180), ("EPSG:4326", 4326)])
@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile"])
def test_tables_in_every_crs_land_in_the_town(tmp_path, crs, srid, driver):
    path = write(tmp_path / ("a.gpkg" if driver == "GPKG" else "a.shp"), driver, crs, encoding="UTF-8")

    features, source = read(path)
    placement = decide(sample([f.geometry for f in features]), features[0].srs, TOWN, source.axis_rule, file="a")

    assert features[0].srs == crs
    assert (placement.srid, placement.swapped, placement.finding.code) == (srid, False, "placed")


def test_a_geopackage_keeps_columns_types_and_gaps(tmp_path):
    features, source = read(write(tmp_path / "a.gpkg", "GPKG", layer="drogi"))

    assert (source.format, source.kinds, source.counts) == (
        "GeoPackage",
        {"table", "table.drogi"},
        {"table": 3, "table.drogi": 3},
    )
    assert [f.fields for f in features] == [
        {"fid": 1, "nazwa": "droga główna", "nr": 12, "dzien": date(2020, 1, 2), "kod": "007"},
        {"fid": 2, "nazwa": "Żółć", "nr": None, "dzien": date(2020, 1, 3), "kod": None},
        {"fid": 3, "nazwa": None, "nr": 3, "dzien": None, "kod": "06921"},
    ]
    assert type(features[0].fields["nr"]) is int
    assert [f.name for f in features] == ["fid 1", "fid 2", "fid 3"]
    assert features[2].geometry is None


def test_a_primary_key_is_a_column_like_the_others(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio().raw.write(
        path,
        shapely.to_wkb(np.array([shapely.Point(1, 2)], dtype=object)),
        [np.array(["a"], dtype=object)],
        np.array(["nazwa"], dtype=object),
        geometry_type="Point",
        crs="EPSG:2180",
        driver="GPKG",
        layer_options={"FID": "nr_drogi"},
    )

    (found,), _ = read(path)

    assert found.fields == {"nr_drogi": 1, "nazwa": "a"}


def test_several_tables_are_several_kinds(tmp_path):
    path = write(tmp_path / "a.gpkg", "GPKG", layer="drogi")
    write(path, "GPKG", layer="place")

    all_of_them, source = read(path)
    one, _ = read(path, "table.place")

    assert source.kinds == {"table", "table.drogi", "table.place"}
    assert source.counts["table"] == 6
    assert [f.kind for f in all_of_them] == ["table"] * 6
    assert [f.number for f in all_of_them] == [1, 2, 3, 4, 5, 6]
    assert [(f.kind, f.number) for f in one] == [("table.place", 4), ("table.place", 5), ("table.place", 6)]


def test_tables_are_read_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(gdal_table, "BATCH", 2)

    features, _ = read(write(tmp_path / "a.gpkg", "GPKG"))

    assert [f.number for f in features] == [1, 2, 3]


def test_times_are_times(tmp_path):
    path = tmp_path / "a.gpkg"
    pyogrio().raw.write(
        path,
        shapely.to_wkb(np.array([shapely.Point(1, 2)], dtype=object)),
        [np.array(["2020-01-02T03:04:05"], dtype="datetime64[ms]"), np.array([1.5]), np.array([True])],
        np.array(["czas", "x", "tak"], dtype=object),
        geometry_type="Point",
        crs="EPSG:2180",
        driver="GPKG",
    )

    (found,), _ = read(path)

    assert found.fields == {"fid": 1, "czas": datetime.fromisoformat("2020-01-02T03:04:05"), "x": 1.5, "tak": True}


def test_a_shapefile_with_a_cpg_is_read_by_it(tmp_path):
    features, source = read(write(tmp_path / "a.shp", "ESRI Shapefile", encoding="cp1250"))

    assert [f.fields["nazwa"] for f in features] == NAMES
    assert list(features[0].fields) == ["nazwa", "nr", "dzien", "kod"]
    assert (source.format, source.kinds, source.findings) == ("Shapefile", {"table"}, [])


@pytest.mark.parametrize("encoding", ["UTF-8", "cp1250"])
def test_a_shapefile_without_a_cpg_tells_which_encoding_was_taken(tmp_path, encoding):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding=encoding)
    path.with_suffix(".cpg").unlink()

    features, source = read(path)

    assert [f.fields["nazwa"] for f in features] == NAMES
    assert [f.code for f in source.findings] == ["encoding-guessed"]
    assert encoding.lower() in source.findings[0].text.say("en")


def test_a_cpg_that_lies_is_not_believed(tmp_path):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding="cp1250")
    path.with_suffix(".cpg").write_text("UTF-8")

    features, source = read(path)

    assert [f.fields["nazwa"] for f in features] == NAMES
    assert [(f.code, f.severity) for f in source.findings] == [("encoding-wrong", "warning")]


def test_mojibake_inside_a_shapefile_is_mended(tmp_path):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding="UTF-8", names=["droga gĹ‚Ăłwna", "ok", None])

    features, _ = read(path)

    assert features[0].fields["nazwa"] == "droga główna"
    assert [f.code for f in features[0].findings] == ["mojibake"]


def test_a_shapefile_without_its_prj_is_placed_by_the_extent(tmp_path):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", "EPSG:2180", encoding="UTF-8")
    path.with_suffix(".prj").unlink()

    features, source = read(path)
    placement = decide(sample([f.geometry for f in features]), features[0].srs, TOWN, source.axis_rule, file="a")

    assert features[0].srs is None
    assert [f.code for f in source.findings] == ["crs-missing"]
    assert (placement.srid, placement.swapped, placement.finding.code) == (2180, False, "crs-guessed")


@pytest.mark.parametrize("suffix", [".dbf", ".shx"])
def test_a_shapefile_that_lacks_a_part_is_refused_by_its_name(tmp_path, suffix):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding="UTF-8")
    path.with_suffix(suffix).unlink()

    with pytest.raises(Unreadable, match=f"Of the shapefile {suffix} is missing"):
        open_file(path)


def test_the_dbf_alone_asks_for_the_shp(tmp_path):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding="UTF-8").with_suffix(".dbf")

    with pytest.raises(Unreadable, match=r"Give the \.shp file"):
        open_file(path)


def test_a_zipped_shapefile_is_read_with_its_parts(tmp_path):
    path = write(tmp_path / "a.shp", "ESRI Shapefile", encoding="cp1250")
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(tmp_path.glob("a.*")):
            if part != packed:
                archive.write(part, f"Drogi gminy/ulice{part.suffix.upper()}")

    features, source = read(packed)

    assert [f.fields["nazwa"] for f in features] == NAMES
    assert source.file == "a.zip/Drogi gminy/ulice.SHP"
    assert path.is_file()


def test_nothing_is_written_beside_the_file_and_nothing_is_left(tmp_path):
    path = write(tmp_path / "a.gpkg", "GPKG")
    before = sorted(tmp_path.iterdir())

    with open_file(path) as source:
        list(source.features(["table"]))
        folders = [folder.name for folder in source.folders]

    assert sorted(tmp_path.iterdir()) == before
    assert not any(shutil.os.path.exists(folder) for folder in folders)


def test_a_truncated_geopackage_is_refused(tmp_path):
    path = write(tmp_path / "a.gpkg", "GPKG")
    path.write_bytes(path.read_bytes()[:30_000])

    with pytest.raises(Unreadable), open_file(path) as source:
        list(source.features(["table"]))


ESRI_2177 = (
    'PROJCS["ETRS_1989_Poland_CS2000_Zone_6",GEOGCS["GCS_ETRS_1989",DATUM["D_ETRS_1989",'
    'SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",6500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",18.0],PARAMETER["Scale_Factor",0.999923],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)
ESRI_1992 = (
    ESRI_2177.replace("ETRS_1989_Poland_CS2000_Zone_6", "ETRS_1989_Poland_CS92")
    .replace("6500000.0", "500000.0")
    .replace('"False_Northing",0.0', '"False_Northing",-5300000.0')
    .replace('"Central_Meridian",18.0', '"Central_Meridian",19.0')
    .replace("0.999923", "0.9993")
)


@pytest.mark.parametrize(
    ("wkt", "name"),
    [
        (ESRI_2177, "EPSG:2177"),
        (ESRI_1992, "EPSG:2180"),
        (ESRI_2177.replace("ETRS_1989_Poland_CS2000_Zone_6", "Uklad 2000 strefa 6"), "EPSG:2177"),
        (ESRI_1992.replace("ETRS_1989_Poland_CS92", "PUWG 1992").replace("D_ETRS_1989", "D_Unknown"), "EPSG:2180"),
        (ESRI_2177.replace("6500000.0", "1.0"), None),
        ("nonsense", None),
    ],
)
def test_the_polish_crs_are_recognised_in_esris_dialect(wkt, name):
    findings = []

    assert epsg_name(wkt, findings) == name
    assert [f.code for f in findings] == ([] if name else ["crs-unknown"])
