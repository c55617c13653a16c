"""Of a file of many gminas the town's own is kept: what the features say of their gmina, else where they lie."""

import pytest

from geo.layers import service, uploads
from geo.layers.model import Severity
from tests.fixtures.gml import EGB_2021, PRGAD, collection, member

PRG_2012 = "urn:gugik:specyfikacje:gmlas:panstwowyRejestrGranicAdresy:1.0"
IN_TOWN = (492_968, 255_869)  # EPSG:2180, easting and northing
FAR = (430_000, 290_000)
UNITS = {"ours": ("śląskie", "mikołowski", "Mikołów"), "theirs": ("śląskie", "gliwicki", "Pyskowice")}


def address_2012(name: str, units: str, place: tuple[int, int], street: str = "") -> str:
    easting, northing = place
    names = "".join(
        f"<p:jednostkaAdmnistracyjna>{unit}</p:jednostkaAdmnistracyjna>" for unit in ("Polska", *UNITS[units])
    )
    inside = (
        f"<p:lokalnyId>{name}</p:lokalnyId>{names}<p:miejscowosc>Wymyślin</p:miejscowosc>"
        "<p:numerPorzadkowy>1</p:numerPorzadkowy>"
        f'<p:pozycja><gml:Point srsName="EPSG:2180"><gml:pos>{northing} {easting}</gml:pos></gml:Point></p:pozycja>'
        f'<p:komponent xlink:href="#{street}"/>'
    )
    return member("p:PRG_PunktAdresowy", f"a-{name}", inside)


def street_2012(name: str, place: tuple[int, int] | None) -> str:
    line = ""
    if place:
        easting, northing = place
        line = (
            '<p:geometria><gml:LineString srsName="EPSG:2180"><gml:posList>'
            f"{northing} {easting} {northing + 50} {easting + 50}</gml:posList></gml:LineString></p:geometria>"
        )
    inside = f"<p:lokalnyId>{name}</p:lokalnyId><p:nazwaGlownaCzesc>{name}</p:nazwaGlownaCzesc>{line}"
    return member("p:PRG_UlicaNazwa", f"s-{name}", inside)


@pytest.fixture
def prg(tmp_path):
    """Writes a PRG file of either model."""

    def write(members: str, namespace: str):
        path = tmp_path / "prg.gml"
        path.write_text(collection(members, namespace, "p"), encoding="utf-8")
        return path

    return write


def test_streets_that_no_address_names_are_kept_where_they_lie_in_the_town_and_cut_elsewhere(load, publish, rows, prg):
    unnamed = [street_2012(f"daleka-{n}", FAR) for n in range(30)]
    streets = [
        street_2012("nasza", IN_TOWN),
        *unnamed,
        street_2012("bez-adresu", IN_TOWN),
        street_2012("bez-linii", None),
    ]
    addresses = [address_2012("u-nas", "ours", IN_TOWN, "s-nasza"), address_2012("u-nich", "theirs", FAR)]

    outcome = {loaded.layer: loaded for loaded in load(prg("".join(streets + addresses), PRG_2012))}
    publish("addresses")

    found = outcome["streets"]
    assert (found.read, found.stored, found.refused, found.cut) == (33, 2, 0, 31)
    (said,) = [one for one in found.findings if one.code == "gmina-unknown-outside"]
    assert said.severity is Severity.NOTE
    assert said.text.say("en").startswith("31 features name no municipality")
    assert rows("SELECT nazwa FROM layers.streets_e1 ORDER BY 1") == [("bez-adresu",), ("nasza",)]


def test_a_street_without_place_and_gmina_stays_where_the_file_has_no_other_gmina(load, prg):
    members = street_2012("bez-linii", None) + address_2012("u-nas", "ours", IN_TOWN)

    outcome = {loaded.layer: loaded for loaded in load(prg(members, PRG_2012))}

    assert (outcome["streets"].stored, outcome["streets"].cut) == (1, 0)


def test_a_city_whose_cadastral_units_are_its_districts_names_them(deps, tmp_path):
    path = tmp_path / "egib.gml"
    parcels = [
        member(
            "e:EGB_DzialkaEwidencyjna", unit,
            f'<e:idDzialki>{unit}.0001.1</e:idDzialki><e:geometria><gml:Polygon srsName="EPSG:2180"><gml:exterior>'
            "<gml:LinearRing><gml:posList>255869 492968 255900 492968 255900 493000 255869 492968</gml:posList>"
            "</gml:LinearRing></gml:exterior></gml:Polygon></e:geometria>",
        )
        for unit in ("240802_1", "240802_8", "240802_9", "240803_1")
    ]  # fmt: skip
    path.write_text(collection("".join(parcels), EGB_2021, "e"), encoding="utf-8")
    city = deps.settings.town.municipality.model_copy(update={"cadastral_units": ("240802_8", "240802_9")})
    upload = uploads.keep(path, deps.settings.data_dir / "uploads")

    with deps.database.transaction() as connection:
        (_, parcel, _) = service.load(connection, deps.registry, city, upload, service.Options())
        ids = connection.execute("SELECT id FROM layers.parcels_e1 ORDER BY 1").fetchall()

    assert [key for (key,) in ids] == ["240802_1.0001.1", "240802_8.0001.1", "240802_9.0001.1"]
    assert parcel.cut == 1


def point_2021(cls: str, name: str, place: tuple[int, int], inside: str) -> str:
    easting, northing = place
    point = f'<gml:Point srsName="EPSG:2180"><gml:pos>{easting} {northing}</gml:pos></gml:Point>'
    placed = f"<p:lokalnyId>{name}</p:lokalnyId><p:georeferencja>{point}</p:georeferencja>{inside}"
    return member(f"p:{cls}", name, placed)


def address_2021(name: str, place: tuple[int, int], locality: str) -> str:
    inside = f'<p:numerPorzadkowy>1</p:numerPorzadkowy><p:miejscowosc xlink:href="#{locality}"/>'
    return point_2021("AD_PunktAdresowy", name, place, inside)


def test_what_hangs_on_a_dangling_link_does_not_decide_where_a_file_lies(load, prg):
    dangling = [address_2021(f"d{n}", FAR, "X") for n in range(30)]
    locality = point_2021(
        "AD_Miejscowosc", "L", IN_TOWN, "<p:nazwa>Wymyślin</p:nazwa><p:TERYTGminy>2408021</p:TERYTGminy>"
    )

    outcome = load(prg("".join([*dangling, locality, address_2021("nasz", IN_TOWN, "L")]), PRGAD))

    (found,) = [loaded for loaded in outcome if loaded.layer == "addresses"]
    assert (found.stored, found.refused, found.cut) == (1, 0, 30)
