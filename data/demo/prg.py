"""The PRG file of the 2021 model: localities, streets and addresses.

EPSG:2180 with easting before northing, as that model has it.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from data.demo.frame import TERYT
from data.demo.model import Address, Locality, Street, Town
from data.demo.noise import Floats
from data.demo.xmltext import HEAD, object_uuid, positions, text
from geo.crs import transform

_OPEN = """<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2"
\txmlns:xlink="http://www.w3.org/1999/xlink"
\txmlns:prgad="https://geoportal.gov.pl/schemas/prgad/1.0"
\txmlns:gmd="http://www.isotc211.org/2005/gmd"
\txmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
\txsi:schemaLocation="https://geoportal.gov.pl/schemas/prgad/1.0 \
https://opendata.geoportal.gov.pl/prg/schemas/prgad/1.0/PRGAD.xsd">
"""
_REGISTER = "PL.ZIPIN.9999.EMUiA"
# Every so many streets the register knows the name but not the course.
_EMPTY_EVERY = 53


class _Ids:
    """gml:id values, by which the three classes point at each other."""

    def __init__(self, town: Town) -> None:
        self.localities = [
            f"{_REGISTER}_{locality.simc}_{_stamp(_began('l', i))}" for i, locality in enumerate(town.localities)
        ]
        self.streets = {
            _owner(town, street): f"{_REGISTER}_{_uuid(town, 'street', _owner(town, street))}"
            f"_{_stamp(_began('s', _owner(town, street)))}"
            for street in town.streets
            if street.name
        }
        self.addresses = [
            f"{_REGISTER}_{_uuid(town, 'emuia', a.index)}_{_stamp(_began('a', a.index))}" for a in town.addresses
        ]


def write_prg(town: Town, path: Path) -> dict[str, int]:
    """Write the file and count what is in it, by class."""
    ids = _Ids(town)
    streets = [street for street in town.streets if street.name and _owner(town, street) == street.index]
    homes: dict[int, list[str]] = {street.index: [] for street in streets}
    for address in town.addresses:
        if address.street is not None:
            homes[_owner(town, town.streets[address.street])].append(ids.addresses[address.index])
    points = np.array([(a.point.x, a.point.y) for a in town.addresses]).reshape(-1, 2)
    places = np.round(transform(points, 2177, 2180), 2)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(HEAD + _OPEN)
        for index, locality in enumerate(town.localities):
            mine = [ids.streets[s.index] for s in streets if s.locality == index]
            out.writelines(_locality(town, index, locality, ids.localities[index], mine))
        for street in streets:
            out.writelines(_street(town, street, ids, homes[street.index]))
        for address, place in zip(town.addresses, places, strict=True):
            out.writelines(_address(town, address, place, ids))
        out.write("</gml:FeatureCollection>\n")
    return {"AD_Miejscowosc": len(town.localities), "AD_UlicaPlac": len(streets), "AD_PunktAdresowy": len(points)}


def _owner(town: Town, street: Street) -> int:
    """The street that stands for all with its name; only the sides of the main square share one."""
    if street.role != "square":
        return street.index
    return min(other.index for other in town.streets if other.role == "square")


def _uuid(town: Town, kind: str, index: int) -> str:
    return object_uuid(town.seed, f"prg-{kind}", str(index))


def _began(kind: str, index: int) -> str:
    spread = index * 7919 + ord(kind) * 31
    return (
        f"{2012 + spread % 12}-{1 + spread // 12 % 12:02d}-{1 + spread // 144 % 28:02d}"
        f"T{7 + spread % 9:02d}:{spread // 9 % 60:02d}:{spread // 540 % 60:02d}"
    )


def _stamp(began: str) -> str:
    return began.replace(":", "_") + "_02_00"


def _head(town: Town, name: str, gml_id: str, kind: str, index: int) -> Iterator[str]:
    # wersjaId carries +02:00 the whole year in the real files too.
    began = _began({"locality": "l", "street": "s", "address": "a"}[kind], index)
    yield f'\t<gml:featureMember>\n\t\t<prgad:{name} gml:id="{gml_id}">\n'
    yield (
        "\t\t\t<prgad:idIIP>\n\t\t\t\t<prgad:AD_IdentyfikatorIIP>\n"
        f"\t\t\t\t\t<prgad:lokalnyId>{_uuid(town, kind, index)}</prgad:lokalnyId>\n"
        "\t\t\t\t\t<prgad:przestrzenNazw>PL.PZGIK.200</prgad:przestrzenNazw>\n"
        f"\t\t\t\t\t<prgad:wersjaId>{began}+02:00</prgad:wersjaId>\n"
        "\t\t\t\t</prgad:AD_IdentyfikatorIIP>\n\t\t\t</prgad:idIIP>\n"
    )
    yield f"\t\t\t<prgad:poczatekWersjiObiektu>{began}</prgad:poczatekWersjiObiektu>\n"


def _tail(name: str) -> str:
    return f"\t\t</prgad:{name}>\n\t</gml:featureMember>\n"


def _field(name: str, value: str) -> str:
    return f"\t\t\t<prgad:{name}>{text(value)}</prgad:{name}>\n"


def _link(name: str, gml_id: str) -> str:
    return f'\t\t\t<prgad:{name}\n\t\t\t\txlink:href="#{gml_id}" />\n'


def _point(place: Floats) -> str:
    return (
        '\t\t\t<prgad:georeferencja>\n\t\t\t\t<gml:Point srsName="EPSG:2180" srsDimension="2">\n'
        f"\t\t\t\t\t<gml:pos>{place[0]:.2f} {place[1]:.2f}</gml:pos>\n"
        "\t\t\t\t</gml:Point>\n\t\t\t</prgad:georeferencja>\n"
    )


def _locality(town: Town, index: int, locality: Locality, gml_id: str, streets: list[str]) -> Iterator[str]:
    yield from _head(town, "AD_Miejscowosc", gml_id, "locality", index)
    yield _field("nazwa", locality.name) + _field("rodzaj", locality.kind) + _field("identyfikatorSIMC", locality.simc)
    yield "\t\t\t<prgad:identyfikatorPRNG />\n"
    yield _point(transform([(locality.centre.x, locality.centre.y)], 2177, 2180)[0])
    yield _field("TERYTGminy", TERYT)
    yield from (_link("ulica1", street) for street in streets)
    yield _tail("AD_Miejscowosc")


def _street(town: Town, street: Street, ids: _Ids, homes: list[str]) -> Iterator[str]:
    yield from _head(town, "AD_UlicaPlac", ids.streets[street.index], "street", street.index)
    yield f"\t\t\t<prgad:geometria>{_course(street)}</prgad:geometria>\n"
    yield _field("nazwaPelna", street.name) + _field("rodzaj", str(street.kind))
    yield _field("TERYTNazwa1", street.last_name)
    if street.first_name:
        yield _field("TERYTNazwa2", street.first_name)
    yield _field("identyfikatorULIC", street.ulic) + _link("miejsce", ids.localities[street.locality])
    yield from (_link("adres2", home) for home in homes)
    yield _tail("AD_UlicaPlac")


def _course(street: Street) -> str:
    if street.area is not None:
        ring = positions(transform(shapely.get_coordinates(street.area), 2177, 2180))
        return (
            '\n\t\t\t\t<gml:Polygon srsName="EPSG:2180" srsDimension="2">\n\t\t\t\t\t<gml:exterior>\n'
            f"\t\t\t\t\t\t<gml:LinearRing>\n\t\t\t\t\t\t\t<gml:posList>{ring}</gml:posList>\n"
            "\t\t\t\t\t\t</gml:LinearRing>\n\t\t\t\t\t</gml:exterior>\n\t\t\t\t</gml:Polygon>\n\t\t\t"
        )
    if street.index % _EMPTY_EVERY == 0:
        return ""
    line = positions(transform(shapely.get_coordinates(street.line), 2177, 2180))
    return (
        '\n\t\t\t\t<gml:LineString srsName="EPSG:2180" srsDimension="2">\n'
        f"\t\t\t\t\t<gml:posList>{line}</gml:posList>\n\t\t\t\t</gml:LineString>\n\t\t\t"
    )


def _address(town: Town, address: Address, place: Floats, ids: _Ids) -> Iterator[str]:
    yield from _head(town, "AD_PunktAdresowy", ids.addresses[address.index], "address", address.index)
    yield _field("numerPorzadkowy", address.number) + _point(place)
    yield _field("kodPocztowy", address.postcode) + _field("dataNadania", address.given)
    yield _link("miejscowosc", ids.localities[address.locality])
    if address.street is not None:
        yield _link("ulica2", ids.streets[_owner(town, town.streets[address.street])])
    yield _tail("AD_PunktAdresowy")
