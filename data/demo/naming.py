"""Streets get their names and codes; those that nobody lives on stay nameless, as country lanes do."""

from collections import Counter
from dataclasses import replace

import numpy as np
import shapely

from data.demo.frame import LOCALITIES, SETTLEMENTS, Frame
from data.demo.model import Building, Street
from data.demo.names import ESTATES, PEOPLE, ROUNDABOUTS, SQUARES, WORDS
from data.demo.network import square
from data.demo.noise import stage_rng

STREET, AVENUE, SQUARE, ROUNDABOUT, MARKET, ESTATE = 1, 2, 3, 6, 8, 11
KIND_WORDS = {STREET: "ul.", AVENUE: "al.", SQUARE: "pl.", ROUNDABOUT: "rondo", MARKET: "", ESTATE: "os."}


def name_streets(frame: Frame, streets: list[Street], buildings: list[Building]) -> list[Street]:
    """Name the streets with houses and the main roads; no name comes twice in one locality."""
    rng = stage_rng(frame.seed, "names")
    houses = Counter(building.street for building in buildings if building.main)
    middles = shapely.get_coordinates([street.line.interpolate(0.5, normalized=True) for street in streets])
    local = np.array([settlement.locality for settlement in SETTLEMENTS])[frame.district(middles)]
    market = square()
    quiet = _quietest(streets, houses, local.tolist())
    pools = [_pool(rng) for _ in LOCALITIES]
    extras = _extras(rng)
    codes = rng.permutation(np.arange(1000, 30_000))
    named: list[Street] = []
    for street in streets:
        locality = int(local[street.index])
        street = replace(street, locality=locality)  # noqa: PLW2901 - the same street, one step further
        if street.role == "square":
            named.append(replace(street, locality=0, name="Rynek", last_name="Rynek", kind=MARKET, area=market))
        elif street.index in quiet or _stays_nameless(street, houses[street.index], rng):
            named.append(street)
        elif locality == 0 and extras and street.role == "street" and rng.random() < 0.05:
            named.append(_special(street, *extras.pop(), rng))
        else:
            named.append(_plain(street, pools[locality].pop()))
    return _coded(named, codes)


def _quietest(streets: list[Street], houses: Counter[int], local: list[int]) -> set[int]:
    """One lane in each village that has houses and no name, so that addresses without a street always occur."""
    lanes: dict[int, tuple[int, int]] = {}
    for street in streets:
        place = local[street.index]
        if place and street.role == "street" and houses[street.index]:
            lanes[place] = min(lanes.get(place, (1 << 30, 0)), (houses[street.index], street.index))
    return {index for _, index in lanes.values()}


def _stays_nameless(street: Street, houses: int, rng: np.random.Generator) -> bool:
    if street.role in ("main", "ring", "radial"):
        return False
    if street.locality and street.role == "street" and 2 <= houses <= 9 and rng.random() < 0.3:
        return True
    return houses < 2 or street.role == "track"


def _pool(rng: np.random.Generator) -> list[tuple[str, str]]:
    """First and last part of names in a shuffled order of their own for a locality; common ones come first."""
    words = [("", word) for word in WORDS]
    people = [(entry[0], entry[1]) for entry in PEOPLE]
    mixed = [*words, *people]
    order = rng.permutation(len(mixed))
    return [*(("Nowa", word) for word in WORDS), *(mixed[i] for i in order)]


def _extras(rng: np.random.Generator) -> list[tuple[int, str]]:
    extras = [
        *((ESTATE, name) for name in ESTATES),
        *((SQUARE, name) for name in SQUARES),
        *((ROUNDABOUT, name) for name in ROUNDABOUTS),
    ]
    return [extras[i] for i in rng.permutation(len(extras))]


def _special(street: Street, kind: int, name: str, rng: np.random.Generator) -> Street:
    title = {ESTATE: "Osiedle", SQUARE: "Plac", ROUNDABOUT: "Rondo"}[kind]
    full = f"{title} {name}"
    area = None
    if kind in (SQUARE, ROUNDABOUT):
        middle = street.line.interpolate(0.5, normalized=True)
        area = middle.buffer(float(rng.uniform(14, 22)), quad_segs=1 if kind == SQUARE else 6)
    return replace(street, name=full, last_name=full, kind=kind, area=area)


def _plain(street: Street, parts: tuple[str, str]) -> Street:
    first, last = parts
    name = f"{first} {last}".strip()
    if street.role == "ring" or (street.role == "main" and street.index % 7 == 3):
        return replace(street, name=f"Aleja {name}", first_name=first, last_name=last, kind=AVENUE)
    return replace(street, name=name, first_name=first, last_name=last)


def _coded(streets: list[Street], codes: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> list[Street]:
    """ULIC codes belong to names, not to places: the same name has the same code everywhere."""
    known: dict[tuple[int, str], str] = {}
    for street in streets:
        if street.name:
            known.setdefault((street.kind, street.name), f"{int(codes[len(known)]):05d}")
    return [replace(s, ulic=known[s.kind, s.name]) if s.name else s for s in streets]
