"""The town, step by step."""

from collections.abc import Callable

import numpy as np
from shapely import Point, Polygon, get_parts, orient_polygons

from data.demo.addresses import give_addresses
from data.demo.buildings import raise_buildings
from data.demo.coverage import make_mosaic
from data.demo.districts import assign_districts
from data.demo.frame import CENTRE, LOCALITIES, SETTLEMENTS, make_frame
from data.demo.ground import ESTATE_YEAR, estate_circle, lay_ground
from data.demo.model import District, Locality, Town
from data.demo.naming import name_streets
from data.demo.numbering import district_id, number_parcels
from data.demo.plots import cut_plots
from data.demo.shapes import mosaic_united
from data.demo.streets import lay_streets
from geo.texts import Text


def build_town(seed: int, scale: float, say: Callable[[Text], None]) -> Town:
    """Invent the town for a seed; `scale` is the share of the full area (and about of every count)."""
    frame = make_frame(seed, scale)
    estate = estate_circle(frame)
    streets = lay_streets(frame, estate, ESTATE_YEAR)
    say(Text("streets and roads laid: {count}", count=len(streets)))
    plots = cut_plots(frame, lay_ground(frame, streets))
    mosaic = make_mosaic(frame.boundary, plots)
    of_face = assign_districts(frame, mosaic)
    parcels = number_parcels(frame, mosaic, of_face)
    say(Text("parcels divided: {count}", count=len(parcels)))
    buildings = raise_buildings(frame, parcels, streets)
    streets = name_streets(frame, streets, buildings)
    named = sum(bool(s.name) for s in streets)
    say(Text("buildings raised: {buildings}, streets named: {streets}", buildings=len(buildings), streets=named))
    addresses = give_addresses(frame, parcels, buildings, streets)
    say(Text("addresses given: {count}", count=len(addresses)))
    localities = []
    for index, (name, simc, kind) in enumerate(LOCALITIES):
        home = next(s for s in SETTLEMENTS if s.locality == index)
        localities.append(Locality(name, simc, kind, Point(np.round(frame.place(home.place), 2))))
    districts = []
    for index, settlement in enumerate(SETTLEMENTS):
        faces = np.array([p.polygon for p in parcels if p.district == index], dtype=object)
        districts.append(
            District(
                district_id(index), settlement.name, settlement.locality, settlement.postcode, mosaic_united(faces)
            )
        )
    return Town(
        seed, scale, _boundary(districts), CENTRE, localities, districts, streets, parcels, buildings, addresses, estate
    )


def _boundary(districts: list[District]) -> Polygon:
    """The outline of all districts: the frame's, with the vertices that parcels put on it, to the centimetre."""
    whole = mosaic_united(np.array([district.geometry for district in districts], dtype=object))
    largest: Polygon = max(get_parts(whole), key=lambda part: part.area)
    return orient_polygons(largest)
