"""What the demo town's files promise to those who load them."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import rasterio
import shapely
from lxml import etree

from data.demo.model import Town

PRG = "{https://geoportal.gov.pl/schemas/prgad/1.0}"
EGB = "{ewidencjaGruntowIBudynkow:1.0}"
GML = "{http://www.opengis.net/gml/3.2}"
HREF = "{http://www.w3.org/1999/xlink}href"
GML_ID = f"{GML}id"
FILES = {
    "boundary.geojson",
    "roads.geojson",
    "prg.gml",
    "egib.gml",
    "manifest.json",
    *(f"ortho-{year}-{part}.tif" for year in (2019, 2024) for part in ("gmina", "centrum")),
}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path, make_files: Callable[..., None]):
    make_files(tmp_path)

    assert digests(tmp_path) == digests(folder)
    assert set(digests(folder)) == FILES


def test_another_seed_gives_another_town(folder: Path, tmp_path: Path, make_files: Callable[..., None]):
    make_files(tmp_path, 7, 0.015)

    assert not set(digests(tmp_path).values()) & set(digests(folder).values())


def test_every_link_of_the_address_file_resolves_both_ways(folder: Path):
    root = etree.parse(folder / "prg.gml").getroot()
    ids = {element.get(GML_ID): element for element in root.iter() if element.get(GML_ID)}
    links = [(e.getparent(), e.tag.removeprefix(PRG), e.get(HREF)[1:]) for e in root.iter() if e.get(HREF)]

    assert {name for _, name, _ in links} == {"ulica1", "adres2", "miejsce", "miejscowosc", "ulica2"}
    assert all(target in ids for _, _, target in links)
    to_street = {(e.get(GML_ID), target) for e, name, target in links if name == "ulica2"}
    to_home = {(target, e.get(GML_ID)) for e, name, target in links if name == "adres2"}
    assert to_street == to_home


def test_the_address_file_has_the_awkward_cases_of_real_ones(folder: Path, town: Town):
    root = etree.parse(folder / "prg.gml").getroot()

    homes, streets = root.findall(f".//{PRG}AD_PunktAdresowy"), root.findall(f".//{PRG}AD_UlicaPlac")
    shapes = [street.find(f"{PRG}geometria") for street in streets]
    assert len(homes) == len(town.addresses)
    assert any(home.find(f"{PRG}ulica2") is None for home in homes)
    assert any(len(shape) == 0 for shape in shapes)
    assert any(shape.find(f"{GML}Polygon") is not None for shape in shapes)
    assert all(re.fullmatch(r"\d{5}", s.findtext(f"{PRG}identyfikatorULIC")) for s in streets)
    assert all(re.fullmatch(r"\d{7}", s.text) for s in root.iter(f"{PRG}identyfikatorSIMC"))


def test_address_coordinates_are_easting_first(folder: Path):
    root = etree.parse(folder / "prg.gml").getroot()

    for position in root.iter(f"{GML}pos"):
        easting, northing = map(float, position.text.split())
        assert 483_900 < easting < 496_400
        assert 253_100 < northing < 264_400


def test_the_land_register_writes_northing_first_and_closes_a_ring(folder: Path, town: Town):
    root = etree.parse(folder / "egib.gml").getroot()

    rings = [list(map(float, ring.text.split())) for ring in root.iter(f"{GML}posList")]
    assert all(5_557_000 < value < 5_568_200 for ring in rings for value in ring[::2])
    assert all(6_555_300 < value < 6_567_800 for ring in rings for value in ring[1::2])
    assert all(ring[:2] == ring[-2:] for ring in rings)
    open_parcels = [p for p in root.iter(f"{EGB}EGB_DzialkaEwidencyjna") if p.find(f"{EGB}koniecWersjaObiekt") is None]
    assert len(open_parcels) == len(town.parcels)


def test_a_dozen_parcels_also_have_a_closed_version(folder: Path):
    root = etree.parse(folder / "egib.gml").getroot()

    closed = {p.findtext(f"{EGB}idDzialki") for p in root.iter(f"{EGB}EGB_DzialkaEwidencyjna")
              if p.find(f"{EGB}koniecWersjaObiekt") is not None}  # fmt: skip
    ids = [e.get(GML_ID) for e in root.iter() if e.get(GML_ID)]
    assert len(closed) == 12
    assert len(set(ids)) == len(ids)


def test_links_of_the_land_register_resolve_but_for_boundary_points(folder: Path):
    root = etree.parse(folder / "egib.gml").getroot()
    known = {e.text.rsplit(":", 3)[0] for e in root.iter(f"{GML}identifier")}

    for element in root.iter():
        href = element.get(HREF)
        if href and "punktGranicy" not in element.tag:
            assert href in known


def test_every_file_says_that_it_is_synthetic(folder: Path):
    for name in ("prg.gml", "egib.gml"):
        assert "Synthetic data" in (folder / name).read_text(encoding="utf-8")[:400]
    for name in ("boundary.geojson", "roads.geojson"):
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        assert all(feature["properties"]["synthetic"] is True for feature in document["features"])
    for name in FILES:
        if name.endswith(".tif"):
            with rasterio.open(folder / name) as image:
                assert "Synthetic data" in image.tags()["TIFFTAG_IMAGEDESCRIPTION"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["synthetic"] is True
    assert {entry["file"] for entry in manifest["files"]} | {"manifest.json"} == FILES


def test_the_manifest_names_the_flight_and_its_day(folder: Path):
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]

    flights = {(entry["flight"], entry["flown_on"]) for entry in files if entry["file"].endswith(".tif")}

    assert flights == {("ortho-2019", "2019-05-14"), ("ortho-2024", "2024-08-21")}


@pytest.mark.parametrize("part", ["gmina", "centrum"])
def test_two_flights_of_one_place_differ_and_neither_is_blank(folder: Path, part: str):
    with (
        rasterio.open(folder / f"ortho-2019-{part}.tif") as old,
        rasterio.open(folder / f"ortho-2024-{part}.tif") as new,
    ):
        before, after = old.read(), new.read()
        assert old.crs.to_epsg() == new.crs.to_epsg() == 2177
        assert old.bounds == new.bounds
        assert old.res == ((2.0, 2.0) if part == "gmina" else (0.25, 0.25))

    assert before.std(axis=(1, 2)).min() > 15
    assert abs(before.astype(int) - after).mean() > 5


def test_the_boundary_turns_the_way_of_rfc_7946(folder: Path):
    feature = json.loads((folder / "boundary.geojson").read_text(encoding="utf-8"))["features"][0]

    assert shapely.is_ccw(shapely.linearrings(feature["geometry"]["coordinates"][0]))
    assert feature["properties"] == {
        "teryt": "2408021",
        "nazwa": "Mikołów",
        "rodzaj": "gmina miejska",
        "synthetic": True,
    }


def test_roads_carry_category_manager_and_length(folder: Path, town: Town):
    roads = json.loads((folder / "roads.geojson").read_text(encoding="utf-8"))["features"]

    assert len(roads) == len(town.streets)
    managers = {road["properties"]["kategoria"]: road["properties"]["zarzadca"] for road in roads}
    assert set(managers) == {"krajowa", "wojewodzka", "powiatowa", "gminna"}
    assert len(set(managers.values())) == 4
    assert all(road["properties"]["dlugosc_m"] > 0 and road["id"].startswith("roads-") for road in roads)
