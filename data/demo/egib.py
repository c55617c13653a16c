"""The EGiB file of the 2021 model in EPSG:2177, northing first: unit, districts, parcels, buildings.

Boundary points are links to the register's objects (`urn:pzgik:id:`), which the schema permits; the points
themselves are not published. No person, share or land-register number is in the file.
"""

from collections.abc import Iterator
from pathlib import Path

import shapely
from shapely import MultiPolygon, Polygon

from data.demo.frame import UNIT
from data.demo.model import Building, District, Parcel, Town
from data.demo.xmltext import HEAD, object_uuid, positions, text

NAMESPACE = "PL.PZGiK.9999.EGiB"
CLOSED_COUNT = 12
_SRS = "urn:ogc:def:crs:EPSG::2177"
_OPEN = """<gml:FeatureCollection xmlns:egb="ewidencjaGruntowIBudynkow:1.0"
xmlns:gml="http://www.opengis.net/gml/3.2"
xmlns:xlink="http://www.w3.org/1999/xlink"
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
gml:id="egib-2408021">
"""
# Registration groups that appear here: state, gmina, natural persons, roads and rail.
_GROUPS = {"road": "4", "park": "4", "square": "4", "rail": "1", "stream": "1", "pond": "1", "forest": "1"}
_PRIVATE = "7"


def write_egib(town: Town, path: Path) -> dict[str, int]:
    """Write the file and count its objects, by class; a dozen parcels also have a closed earlier version."""
    step = max(len(town.parcels) // CLOSED_COUNT, 1)
    closed = {p.index for p in town.parcels[::step][:CLOSED_COUNT]}
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(HEAD + _OPEN)
        out.writelines(_unit(town))
        for district in town.districts:
            out.writelines(_district(town, district))
            out.writelines(_registration_units(town, district))
        for parcel in town.parcels:
            if parcel.index in closed:
                out.writelines(_parcel(town, parcel, closed=True))
            out.writelines(_parcel(town, parcel, closed=False))
        for building in town.buildings:
            out.writelines(_building(town, building))
        out.write("</gml:FeatureCollection>\n")
    return {
        "EGB_JednostkaEwidencyjna": 1,
        "EGB_ObrebEwidencyjny": len(town.districts),
        "EGB_JednostkaRejestrowaGruntow": len(town.districts) * len(_groups()),
        "EGB_DzialkaEwidencyjna": len(town.parcels),
        "EGB_DzialkaEwidencyjna, closed versions": len(closed),
        "EGB_Budynek": len(town.buildings),
    }


def _groups() -> list[str]:
    return sorted({*_GROUPS.values(), _PRIVATE})


def _urn(town: Town, kind: str, key: str) -> str:
    return f"urn:pzgik:id:{NAMESPACE}:{object_uuid(town.seed, f'egib-{kind}', key)}"


def _began(key: int) -> tuple[str, str]:
    """When the object and its present version began, without a zone as the register has it."""
    first = f"{1998 + key % 15}-{1 + key % 12:02d}-{1 + key % 28:02d}T{8 + key % 8:02d}:{key % 60:02d}:00"
    present = (
        f"{2015 + key % 9}-{1 + key // 3 % 12:02d}-{1 + key // 5 % 28:02d}T{8 + key % 7:02d}:{key // 7 % 60:02d}:00"
    )
    return first, present


def _object(town: Town, name: str, kind: str, key: str, number: int, *, closed: bool = False) -> Iterator[str]:
    """Open an object with the fields that all classes share."""
    lokalny = object_uuid(town.seed, f"egib-{kind}", key)
    first, present = _began(number)
    version = first if closed else present
    yield (
        f'<gml:featureMember>\n<egb:{name} gml:id="{NAMESPACE}_{lokalny}_{version.replace(":", "-")}">\n'
        f'<gml:identifier codeSpace="http://iip.gov.pl">{_urn(town, kind, key)}:{version}</gml:identifier>\n'
        f"<egb:idIIP>\n<egb:EGB_IdentyfikatorIIP>\n<egb:lokalnyId>{lokalny}</egb:lokalnyId>\n"
        f"<egb:przestrzenNazw>{NAMESPACE}</egb:przestrzenNazw>\n<egb:wersjaId>{version}</egb:wersjaId>\n"
        f"</egb:EGB_IdentyfikatorIIP>\n</egb:idIIP>\n"
        f"<egb:startObiekt>{first}</egb:startObiekt>\n<egb:startWersjaObiekt>{version}</egb:startWersjaObiekt>\n"
    )
    if closed:
        yield f"<egb:koniecWersjaObiekt>{present}</egb:koniecWersjaObiekt>\n"


def _end(name: str) -> str:
    return f"</egb:{name}>\n</gml:featureMember>\n"


def _surface(polygon: Polygon, gml_id: str) -> str:
    rings = []
    for index, ring in enumerate((polygon.exterior, *polygon.interiors)):
        side = "interior" if index else "exterior"
        points = positions(shapely.get_coordinates(ring)[:, ::-1])
        rings.append(
            f"<gml:{side}>\n<gml:LinearRing>\n<gml:posList>{points}</gml:posList>\n</gml:LinearRing>\n</gml:{side}>\n"
        )
    return f'<gml:Polygon gml:id="geom.{gml_id}" srsName="{_SRS}">\n{"".join(rings)}</gml:Polygon>\n'


def _multi_surface(shape: Polygon | MultiPolygon, gml_id: str) -> str:
    members = "".join(
        f"<gml:surfaceMember>\n{_surface(part, f'{gml_id}.{index}')}</gml:surfaceMember>\n"
        for index, part in enumerate(shapely.get_parts(shape))
    )
    return (
        f'<egb:geometria>\n<gml:MultiSurface gml:id="geom.{gml_id}" srsName="{_SRS}">\n{members}'
        "</gml:MultiSurface>\n</egb:geometria>\n"
    )


def _boundary_points(town: Town, name: str, shape: Polygon | MultiPolygon) -> str:
    points = dict.fromkeys(map(tuple, shapely.get_coordinates(shape).tolist()))
    return "".join(f'<egb:{name} xlink:href="{_urn(town, "point", f"{x:.2f} {y:.2f}")}"/>\n' for x, y in points)


def _unit(town: Town) -> Iterator[str]:
    name = "EGB_JednostkaEwidencyjna"
    yield from _object(town, name, "unit", UNIT, 11)
    yield _multi_surface(town.boundary, UNIT)
    yield f"<egb:idJednostkiEwid>{UNIT}</egb:idJednostkiEwid>\n<egb:nazwaWlasna>Mikołów</egb:nazwaWlasna>\n"
    yield _boundary_points(town, "punktGranicyJednEwid", town.boundary) + _end(name)


def _district(town: Town, district: District) -> Iterator[str]:
    name = "EGB_ObrebEwidencyjny"
    yield from _object(town, name, "district", district.id, 17)
    yield _multi_surface(district.geometry, district.id)
    yield f"<egb:idObrebu>{district.id}</egb:idObrebu>\n<egb:nazwaWlasna>{text(district.name)}</egb:nazwaWlasna>\n"
    yield _boundary_points(town, "punktGranicyObrebu", district.geometry)
    yield f'<egb:lokalizacjaObrebu xlink:href="{_urn(town, "unit", UNIT)}"/>\n' + _end(name)


def _registration_units(town: Town, district: District) -> Iterator[str]:
    name = "EGB_JednostkaRejestrowaGruntow"
    for group in _groups():
        key = f"{district.id}.G{group}"
        yield from _object(town, name, "jrg", key, 23)
        yield f"<egb:idJednostkiRejestrowej>{key}</egb:idJednostkiRejestrowej>\n"
        yield f"<egb:grupaRejestrowa>{group}</egb:grupaRejestrowa>\n"
        yield f'<egb:lokalizacjaJRG xlink:href="{_urn(town, "district", district.id)}"/>\n' + _end(name)


def _parcel(town: Town, parcel: Parcel, *, closed: bool) -> Iterator[str]:
    name, district = "EGB_DzialkaEwidencyjna", town.districts[parcel.district].id
    yield from _object(town, name, "parcel", parcel.id, parcel.index, closed=closed)
    mark = f"parcel.{parcel.index}{'.closed' if closed else ''}"
    yield f"<egb:idDzialki>{parcel.id}</egb:idDzialki>\n"
    yield f"<egb:geometria>\n{_surface(parcel.polygon, mark)}</egb:geometria>\n"
    yield f'<egb:poleEwidencyjne uom="ha">{parcel.area_ha:.4f}</egb:poleEwidencyjne>\n'
    yield "<egb:dokladnoscReprezentacjiPola>1</egb:dokladnoscReprezentacjiPola>\n"
    for use in parcel.uses:
        soil = f"<egb:OZU>{use.ozu}</egb:OZU>\n" if use.ozu else ""
        soil += f"<egb:OZK>{use.ozk}</egb:OZK>\n" if use.ozk else ""
        yield (
            f"<egb:klasouzytek>\n<egb:EGB_Klasouzytek>\n<egb:OFU>{use.ofu}</egb:OFU>\n{soil}"
            f'<egb:powierzchnia uom="ha">{use.area_ha:.4f}</egb:powierzchnia>\n'
            "</egb:EGB_Klasouzytek>\n</egb:klasouzytek>\n"
        )
    group = _GROUPS.get(parcel.zone, _PRIVATE)
    yield f'<egb:JRG2 xlink:href="{_urn(town, "jrg", f"{district}.G{group}")}"/>\n'
    yield _boundary_points(town, "punktGranicyDzialki", parcel.polygon)
    yield f'<egb:lokalizacjaDzialki xlink:href="{_urn(town, "district", district)}"/>\n' + _end(name)


def _building(town: Town, building: Building) -> Iterator[str]:
    name, parcel = "EGB_Budynek", town.parcels[building.parcel]
    yield from _object(town, name, "building", building.id, building.index)
    yield f"<egb:idBudynku>{building.id}</egb:idBudynku>\n"
    yield _multi_surface(building.polygon, f"building.{building.index}")
    yield f"<egb:rodzajWgKST>{building.kind}</egb:rodzajWgKST>\n"
    yield f"<egb:liczbaKondygnacjiNadziemnych>{building.storeys}</egb:liczbaKondygnacjiNadziemnych>\n"
    yield f"<egb:liczbaKondygnacjiPodziemnych>{building.cellars}</egb:liczbaKondygnacjiPodziemnych>\n"
    yield f'<egb:powZabudowy uom="m2">{building.polygon.area:.0f}</egb:powZabudowy>\n'
    yield f'<egb:dzialkaZabudowana xlink:href="{_urn(town, "parcel", parcel.id)}"/>\n' + _end(name)
