"""EGiB of both models, and what must never come out of it."""

from __future__ import annotations

import json

import pytest
from pyproj import Transformer

from geo.geometry import LngLatBbox
from geo.layers.reader import open_file
from geo.layers.reader.placement import decide, sample
from tests.fixtures.gml import EGB_2021, EGB_OLD, collection, member

HEL = LngLatBbox(18.70, 54.57, 18.86, 54.66)
ALL = ("egib.parcel", "egib.building", "egib.district")

IIP = (
    "<e:idIIP><e:EGB_IdentyfikatorIIP><e:lokalnyId>d-1</e:lokalnyId><e:przestrzenNazw>PL.PZGiK.1.EGiB</e:przestrzenNazw>"
    "<e:wersjaId>2024-01-01T10:00:00</e:wersjaId></e:EGB_IdentyfikatorIIP></e:idIIP>"
    "<e:startObiekt>2020-01-01T00:00:00</e:startObiekt><e:startWersjaObiekt>2024-01-01T10:00:00</e:startWersjaObiekt>"
)
SQUARE = (
    '<gml:Polygon srsName="urn:ogc:def:crs:EPSG::2177"><gml:exterior><gml:LinearRing><gml:posList>'
    "5560000 6560000 5560000 6560010 5560010 6560010 5560010 6560000 5560000 6560000"
    "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
)
PLACE = f"<e:geometria>{SQUARE}</e:geometria>"


def parcel(extra="", key="240802_1.0001.AR_3.123/4"):
    inside = f"{IIP}{extra}<e:idDzialki>{key}</e:idDzialki>{PLACE}"
    return member("e:EGB_DzialkaEwidencyjna", "id1", inside + '<e:poleEwidencyjne uom="ha">0.1500</e:poleEwidencyjne>')


def read(path, kinds=ALL):
    with open_file(path) as source:
        return list(source.features(kinds)), source


def test_fifteen_real_parcels_of_hel_land_where_they_belong_to_the_metre(shared_data):
    files = sorted((shared_data / "egib" / "hel_2177_model2012").glob("*.gml"))
    back = Transformer.from_crs("EPSG:4326", "EPSG:2177")
    assert len(files) == 15

    for path in files:
        (parcel,), source = read(path)
        placement = decide(sample([parcel.geometry]), parcel.srs, HEL, source.axis_rule, file=source.file)
        placed = placement.apply([parcel.geometry])[0]

        assert (placement.srid, placement.swapped) == (2177, True)
        assert parcel.fields["id_dzialki"].split(".")[-1].replace("/", "_") == path.stem.split(".")[-1]
        # The first vertex as the file has it, northing first, against our longitude and latitude taken back.
        text = path.read_text(encoding="utf-8")
        first = text[text.index("<gml:posList>") + len("<gml:posList>") :].split()[:2]
        lng, lat = placed.exterior.coords[0]
        assert back.transform(lat, lng) == pytest.approx((float(first[0]), float(first[1])), abs=0.001)


def test_a_real_parcel_keeps_its_fields(shared_data):
    (parcel,), source = read(shared_data / "egib" / "hel_2177_model2012" / "221101_1.0001.136_20.gml")

    assert source.format == "EGiB 1.0"
    assert parcel.teryt == "2211011"
    assert parcel.fields["pole_ewidencyjne_ha"] == 0.0363
    assert [parcel.fields[key] for key in ("numer", "obreb", "arkusz", "jednostka")] == [
        "136/20",
        "221101_1.0001",
        None,
        "221101_1",
    ]
    assert list(parcel.geometry.exterior.coords)[1] == (6053288.96, 6551983.38)


def test_a_parcel_with_a_map_sheet_and_land_uses_is_taken_apart(given):
    uses = (
        "<e:klasouzytek><e:EGB_Klasouzytek><e:OFU>R</e:OFU><e:OZU>R</e:OZU><e:OZK>IVa</e:OZK>"
        '<e:powierzchnia uom="ha">0.1200</e:powierzchnia></e:EGB_Klasouzytek></e:klasouzytek>'
        "<e:klasouzytek><e:EGB_Klasouzytek><e:OFU>Br</e:OFU><e:OZU>R</e:OZU><e:OZK>V</e:OZK>"
        '<e:powierzchnia uom="ha">0.0200</e:powierzchnia></e:EGB_Klasouzytek></e:klasouzytek>'
        "<e:klasouzytek><e:EGB_Klasouzytek><e:OFU>B</e:OFU>"
        '<e:powierzchnia uom="ha">0.0100</e:powierzchnia></e:EGB_Klasouzytek></e:klasouzytek>'
    )

    (found,), source = read(given("a.gml", collection(parcel(uses), EGB_2021, "e")))

    assert source.format == "EGiB 2021"
    assert found.teryt == "2408021"
    assert found.fields["klasouzytki"] == "RIVa 0.1200; Br-RV 0.0200; B 0.0100"
    assert [found.fields[key] for key in ("numer", "obreb", "arkusz", "jednostka")] == [
        "123/4",
        "240802_1.0001",
        "AR_3",
        "240802_1",
    ]
    assert found.findings == []


def test_a_parcel_number_of_another_form_is_a_warning(given):
    (found,), _ = read(given("a.gml", collection(parcel(key="240802_1.0001.12b"), EGB_2021, "e")))

    assert [finding.code for finding in found.findings] == ["parcel-id"]
    assert (found.fields["numer"], found.teryt) == (None, "2408021")


def test_buildings_and_districts_are_read(given):
    building = member(
        "e:EGB_Budynek",
        "b1",
        f"{IIP}<e:idBudynku>240802_1.0001.201_BUD</e:idBudynku><e:geometria><gml:MultiSurface><gml:surfaceMember>{SQUARE}"
        "</gml:surfaceMember></gml:MultiSurface></e:geometria><e:rodzajWgKST>m</e:rodzajWgKST>"
        "<e:liczbaKondygnacjiNadziemnych>2</e:liczbaKondygnacjiNadziemnych>"
        '<e:liczbaKondygnacjiPodziemnych>1</e:liczbaKondygnacjiPodziemnych><e:powZabudowy uom="m2">100</e:powZabudowy>',
    )
    district = member(
        "e:EGB_ObrebEwidencyjny",
        "o1",
        f"{IIP}{PLACE}<e:idObrebu>240802_1.0001</e:idObrebu><e:nazwaWlasna>Mikołów</e:nazwaWlasna>",
    )

    features, _ = read(given("a.gml", collection(building + district, EGB_2021, "e")))

    assert [feature.kind for feature in features] == ["egib.building", "egib.district"]
    assert features[0].geometry.geom_type == "MultiPolygon"
    assert features[0].srs == "urn:ogc:def:crs:EPSG::2177"
    assert [features[0].fields[key] for key in ("id_budynku", "rodzaj_kst", "pow_zabudowy_m2")] == [
        "240802_1.0001.201_BUD",
        "m",
        100.0,
    ]
    assert (features[0].fields["kondygnacje_nadziemne"], features[0].fields["kondygnacje_podziemne"]) == (2, 1)
    assert (features[1].fields["id_obrebu"], features[1].fields["nazwa"]) == ("240802_1.0001", "Mikołów")
    assert {feature.teryt for feature in features} == {"2408021"}


@pytest.mark.parametrize("namespace", [EGB_2021, EGB_OLD])
def test_persons_shares_and_land_register_numbers_never_come_out(given, namespace):
    secrets = ["Zenobiusz", "Tajny", "80010112345", "KA1M/00012345/6", "1/2", "ul. Ukryta 7"]
    person = member(
        "e:EGB_OsobaFizyczna",
        "p1",
        f"{IIP}<e:pierwszeImie>Zenobiusz</e:pierwszeImie><e:pierwszyCzlonNazwiska>Tajny</e:pierwszyCzlonNazwiska>"
        "<e:pesel>80010112345</e:pesel><e:adres>ul. Ukryta 7</e:adres>",
    )
    share = member("e:EGB_UdzialWeWlasnosci", "u1", f"{IIP}<e:licznikUlamka>1/2</e:licznikUlamka>")
    hidden = "<e:numerKW>KA1M/00012345/6</e:numerKW><e:dokumentWlasnosci>KA1M/00012345/6</e:dokumentWlasnosci>"
    hidden += "<e:dodatkoweInformacje>Zenobiusz Tajny</e:dodatkoweInformacje><e:numerKW2>1/2</e:numerKW2>"
    path = given("a.gml", collection(person + share + parcel(hidden) + person, namespace, "e"))

    features, source = read(path)

    everything = json.dumps(
        [[f.name, dict(f.fields), [x.text.say("en") for x in f.findings]] for f in features], default=str
    )
    everything += repr([x.text.say("pl") for x in source.findings]) + repr(source)
    assert [feature.kind for feature in features] == ["egib.parcel"]
    assert not [secret for secret in secrets if secret in everything]


@pytest.mark.parametrize("end", ["koniecWersjaObiekt", "koniecObiekt"])
def test_closed_versions_are_left_out_and_counted(given, end):
    ended = parcel(f"<e:{end}>2024-05-05T00:00:00</e:{end}>")
    path = given("a.gml", collection(ended + parcel() + ended, EGB_2021, "e"))

    features, source = read(path)

    assert (len(features), source.closed, source.counts) == (1, {"egib.parcel": 2}, {"egib.parcel": 3})


@pytest.mark.parametrize(
    "nil",
    [
        '<e:koniecObiekt xsi:nil="true" nilReason="inapplicable"/>',
        '<e:koniecObiekt nilReason="missing"/>',
        "<e:koniecObiekt/>",
        "<e:koniecObiekt> </e:koniecObiekt>",
    ],
)
def test_every_form_of_nil_is_nothing(given, nil):
    features, source = read(given("a.gml", collection(parcel(nil), EGB_2021, "e")))

    assert (len(features), source.closed) == (1, {})


def test_a_parcel_with_a_broken_ring_is_refused_by_name_and_line(given):
    broken = parcel().replace("5560010 6560000 5560000 6560000", "5560010 6560000")
    path = given("a.gml", collection(parcel() + broken, EGB_2021, "e"))

    features, _ = read(path)

    assert features[1].geometry is None
    assert [(f.code, f.feature, f.line) for f in features[1].findings] == [
        ("bad-geometry", "240802_1.0001.AR_3.123/4", 5)
    ]


def test_the_synthetic_mark_is_seen(given):
    text = collection(parcel(), EGB_2021, "e").replace("?>\n", "?>\n<!-- synthetic town -->\n", 1)

    _, source = read(given("a.gml", text))

    assert source.synthetic


@pytest.mark.parametrize("written", ["NaN", "inf", "-INF", "1_0"])
def test_what_is_no_finite_number_is_named_and_left_empty(given, written):
    inside = f"{IIP}<e:idBudynku>240802_1.0001.5_BUD</e:idBudynku>{PLACE}"
    storeys = f"<e:liczbaKondygnacjiNadziemnych>{written}</e:liczbaKondygnacjiNadziemnych>"
    path = given("a.gml", collection(member("e:EGB_Budynek", "id1", inside + storeys), EGB_2021, "e"))

    (found,), _ = read(path)

    assert found.fields["kondygnacje_nadziemne"] is None
    assert [(one.severity.value, one.code) for one in found.findings] == [("warning", "bad-number")]


def test_a_part_of_a_storey_is_handed_on_as_it_was_written(given):
    inside = f"{IIP}<e:idBudynku>240802_1.0001.5_BUD</e:idBudynku>{PLACE}"
    storeys = "<e:liczbaKondygnacjiNadziemnych>2.7</e:liczbaKondygnacjiNadziemnych>"
    path = given("a.gml", collection(member("e:EGB_Budynek", "id1", inside + storeys), EGB_2021, "e"))

    (found,), _ = read(path)

    assert found.fields["kondygnacje_nadziemne"] == 2.7
