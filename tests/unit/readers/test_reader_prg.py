"""PRG addresses of both models: every field, every geometry, where it lies."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest
from pyproj import Transformer
from small_prg import address, locality, read, street

from geo.geometry import LngLatBbox
from geo.layers.model import Severity
from geo.layers.reader.placement import decide, sample
from tests.fixtures.gml import PRGAD, collection

LUBUSKIE = LngLatBbox(14.5, 51.3, 16.5, 53.2)


DOT = "<gml:pointMember><gml:Point><gml:pos>{}</gml:pos></gml:Point></gml:pointMember>"


def shaped(inside):
    """A street with a geometry."""
    return street().replace("<p:geometria></p:geometria>", f"<p:geometria>{inside}</p:geometria>")


@pytest.mark.parametrize(
    ("inside", "wkt"),
    [
        (
            '<gml:LineString srsName="EPSG:2180"><gml:pos>1 2</gml:pos><gml:pos>3 4</gml:pos></gml:LineString>',
            "LINESTRING (1 2, 3 4)",
        ),
        (
            f'<gml:MultiPoint srsName="EPSG:2180">{DOT.format("1 2")}{DOT.format("3 4")}</gml:MultiPoint>',
            "MULTIPOINT ((1 2), (3 4))",
        ),
        (
            f'<gml:MultiPoint srsName="EPSG:2180">{DOT.format("1 2")}</gml:MultiPoint>',
            "MULTIPOINT ((1 2))",
        ),
        ('<gml:Point><gml:pos srsName="EPSG:2180">1 2</gml:pos></gml:Point>', "POINT (1 2)"),
        ('<gml:Point srsName="EPSG:2180"><gml:pos>1 2</gml:pos></gml:Point>', "POINT (1 2)"),
    ],
)
def test_every_geometry_of_the_model_of_2021_is_read_whole_with_its_crs(given, inside, wkt):
    path = given("a.gml", collection(locality() + shaped(inside), PRGAD, "p"))

    (found,), _ = read(path, ["prg.street"])

    assert (found.geometry.wkt, found.srs, found.findings) == (wkt, "EPSG:2180", [])


@pytest.mark.parametrize("pos", ["1_0 2", "nan 2", "1 inf", "1 2</gml:pos><gml:pos>3 4"])
def test_a_point_of_the_model_of_2021_that_is_none_is_refused_and_named(given, pos):
    path = given("a.gml", collection(locality() + street() + address(pos=pos), PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert found.geometry is None
    assert [(one.severity, one.code) for one in found.findings] == [(Severity.REFUSED, "bad-geometry")]


def test_the_real_file_of_2021_keeps_every_field_and_every_link(shared_data):
    features, source = read(shared_data / "addresses" / "sample_model2021.gml")

    assert source.format == "PRG 2021 (prgad)"
    assert source.counts == {"prg.address": 3, "prg.street": 2, "prg.locality": 3}
    assert Counter(feature.kind for feature in features) == source.counts
    assert not source.synthetic
    first = next(feature for feature in features if feature.fields.get("numer_porzadkowy") == "1A")
    assert first.fields == {
        "lokalny_id": "07bcb481-4975-4c77-ab58-c8e4b9e05362",
        "przestrzen_nazw": "PL.PZGIK.200",
        "wersja_id": "2025-11-06T15:02:48+02:00",
        "poczatek_wersji": datetime.fromisoformat("2025-11-06T15:02:48"),
        "numer_porzadkowy": "1A",
        "kod_pocztowy": "69-110",
        "data_nadania": date(2021, 3, 9),
        "miejscowosc": "Rzepin",
        "simc": "0935682",
        "miejscowosc_id": "PL.ZIPIN.4877.EMUiA_0935682_2025-11-06T15_01_26_02_00",
        "ulica": "Inwalidów Wojennych",
        "ulic": "06921",
        "ulica_id": "PL.ZIPIN.4877.EMUiA_75927449-9324-4148-b330-01b079a77c61_2025-11-06T15_01_29_02_00",
        "ulica_rodzaj": "1",
        "teryt": "0805043",
    }
    assert (first.number, first.line, first.teryt, first.srs) == (4, 80, "0805043", "EPSG:2180")
    assert (first.geometry.x, first.geometry.y) == (216691.39, 505645.69)
    assert {feature.teryt for feature in features} == {"0805043", "0807043", "0807023"}


def test_the_real_file_of_2021_lands_in_lubuskie_to_the_metre(shared_data):
    features, source = read(shared_data / "addresses" / "sample_model2021.gml")
    points = [feature for feature in features if feature.kind == "prg.address"]

    placement = decide(
        sample([point.geometry for point in points]), "EPSG:2180", LUBUSKIE, source.axis_rule, file=source.file
    )
    lng, lat = placement.apply([points[0].geometry])[0].coords[0]

    assert (placement.srid, placement.swapped) == (2180, False)
    # Independently: northing first, as pyproj wants it for this authority.
    there = Transformer.from_crs("EPSG:2180", "EPSG:4326").transform(519741.27, 238651.83)
    assert (lat, lng) == pytest.approx(there, abs=1e-8)
    assert (lng, lat) == pytest.approx((15.1498, 52.4808), abs=1e-3)


def test_the_real_file_of_2012_keeps_names_and_finds_codes_behind_its_links(shared_data):
    features, source = read(shared_data / "addresses" / "sample_model2012.xml")

    first = features[0]
    assert source.format == "PRG 2012"
    assert source.counts == {"prg.address": 2, "prg.street": 1, "prg.locality": 1}
    assert first.fields["poczatek_wersji"] == datetime.fromisoformat("2022-09-09T18:18:16")  # the Z is false
    assert {key: first.fields[key] for key in ("wojewodztwo", "powiat", "gmina", "miejscowosc", "ulica", "status")} == {
        "wojewodztwo": "lubuskie",
        "powiat": "nowosolski",
        "gmina": "Kolsko",
        "miejscowosc": "Konotop",
        "ulica": "Podgórna",
        "status": "istniejacy",
    }
    assert (first.fields["numer_porzadkowy"], first.fields["simc"], first.fields["ulic"]) == ("2", "0910140", "16742")
    assert {feature.teryt for feature in features} == {"0804032"}
    assert features[3].fields["nazwa"] == "Podgórna"
    assert len(features[3].geometry.coords) == 13


def test_the_real_file_of_2012_has_northing_first_and_lands_in_lubuskie(shared_data):
    features, source = read(shared_data / "addresses" / "sample_model2012.xml")
    geometries = [feature.geometry for feature in features]

    placement = decide(sample(geometries), features[0].srs, LUBUSKIE, source.axis_rule, file=source.file)
    lng, lat = placement.apply(geometries[:1])[0].coords[0]

    assert (placement.srid, placement.swapped) == (2180, True)
    there = Transformer.from_crs("EPSG:2180", "EPSG:4326").transform(456005.140000001, 287772.37)
    assert (lat, lng) == pytest.approx(there, abs=1e-8)


def test_of_the_states_own_zip_the_newer_model_is_read_and_said(shared_data):
    features, source = read(shared_data / "addresses" / "PRG-punkty_adresowe.zip")

    assert source.format == "PRG 2021 (prgad)"
    assert len(features) == 8
    assert "NOWE_07.11.2025" in source.file
    assert [finding.code for finding in source.findings] == ["archive-member"]


def test_house_numbers_and_codes_stay_text(given):
    path = given("a.gml", collection(locality() + street() + address(number="007"), PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert (found.fields["numer_porzadkowy"], found.fields["ulic"], found.fields["simc"]) == ("007", "06921", "0000001")


def test_a_point_that_is_no_point_is_refused_with_its_line(given):
    path = given("a.gml", collection(locality() + address(pos="490010 zonk"), PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert found.geometry is None
    assert [(f.severity, f.code, f.line) for f in found.findings if f.severity is Severity.REFUSED] == [
        (Severity.REFUSED, "bad-geometry", 5)
    ]


def test_a_height_is_left_out_and_said(given):
    inside = (
        address().replace("490010 258010", "490010 258010 301.5").replace('"EPSG:2180"', '"EPSG:2180" srsDimension="3"')
    )
    path = given("a.gml", collection(locality() + inside, PRGAD, "p"))

    (found,), _ = read(path, ["prg.address"])

    assert found.geometry.coords[0] == (490010, 258010)
    assert "heights-dropped" in [finding.code for finding in found.findings]


def test_another_prefix_and_members_in_one_crowd_read_the_same(given):
    inside = (locality() + street() + address()).replace("<gml:featureMember>", "").replace("</gml:featureMember>", "")
    path = given("a.gml", collection(f"<gml:featureMembers>{inside}</gml:featureMembers>", PRGAD, "p"))

    features, _ = read(path)

    assert [feature.number for feature in features] == [1, 2, 3]
    assert features[2].fields["ulica"] == "Żółta"
