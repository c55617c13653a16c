"""PRG files of the model of 2021 with a locality, a street and an address, made on the spot."""

from __future__ import annotations

from geo.layers.reader import open_file
from tests.fixtures.gml import member

ALL = ("prg.address", "prg.street", "prg.locality")


IIP = (
    "<p:idIIP><p:AD_IdentyfikatorIIP><p:lokalnyId>{local}</p:lokalnyId><p:przestrzenNazw>PL.PZGIK.200</p:przestrzenNazw>"
    "<p:wersjaId>2025-11-06T15:01:26+02:00</p:wersjaId></p:AD_IdentyfikatorIIP></p:idIIP>"
    "<p:poczatekWersjiObiektu>2025-11-06T15:01:26</p:poczatekWersjiObiektu>"
)


POINT = '<p:georeferencja><gml:Point srsName="EPSG:2180"><gml:pos>{}</gml:pos></gml:Point></p:georeferencja>'


LOCALITY_ID = "PL.ZIPIN.1.EMUiA_0000001_2025-11-06T15_01_26_02_00"


STREET_ID = "PL.ZIPIN.1.EMUiA_aaaa-bbbb_2025-11-06T15_01_26_02_00"


def locality(gml_id=LOCALITY_ID, extra=""):
    inside = IIP.format(local="l") + "<p:nazwa>Wymyślin</p:nazwa><p:rodzaj>01</p:rodzaj>"
    inside += "<p:identyfikatorSIMC>0000001</p:identyfikatorSIMC><p:identyfikatorPRNG/>" + POINT.format("490000 258000")
    return member("p:AD_Miejscowosc", gml_id, inside + "<p:TERYTGminy>2408021</p:TERYTGminy>" + extra)


def street(place=LOCALITY_ID):
    link = f'<p:miejsce xlink:href="#{place}"/>' if place else ""
    inside = (
        IIP.format(local="s") + "<p:geometria></p:geometria><p:nazwaPelna>Żółta</p:nazwaPelna><p:rodzaj>1</p:rodzaj>"
    )
    inside += "<p:TERYTNazwa1>Żółta</p:TERYTNazwa1><p:identyfikatorULIC>06921</p:identyfikatorULIC>" + link
    return member("p:AD_UlicaPlac", STREET_ID, inside)


def address(place=LOCALITY_ID, road=STREET_ID, extra="", number="2", pos="490010 258010"):
    inside = IIP.format(local="a") + extra + f"<p:numerPorzadkowy>{number}</p:numerPorzadkowy>" + POINT.format(pos)
    inside += f'<p:miejscowosc xlink:href="#{place}"/>' + (f'<p:ulica2 xlink:href="#{road}"/>' if road else "")
    return member("p:AD_PunktAdresowy", "PL.ZIPIN.1.EMUiA_a_2025", inside)


def read(path, kinds=ALL):
    with open_file(path) as source:
        return list(source.features(kinds)), source
