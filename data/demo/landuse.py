"""Use of land and soil class of a parcel, as the register writes them."""

import numpy as np

from data.demo.model import LandUse

_SOIL = ("IIIa", "IIIb", "IVa", "IVb", "V", "VI")
_SOIL_ODDS = (0.06, 0.17, 0.27, 0.25, 0.18, 0.07)
_GRASS = ("III", "IV", "V", "VI")
_PLAIN = {
    "road": "dr", "rail": "Tk", "stream": "Wp", "pond": "Ws", "square": "Bi", "centre": "B", "flats": "B",
    "works": "Ba", "park": "Bz", "allotments": "Bz",
}  # fmt: skip


def land_uses(zone: str, area_ha: float, built: bool, rng: np.random.Generator) -> tuple[LandUse, ...]:
    """Contours of use of one parcel; their areas add up to `area_ha` to the square metre."""
    if zone in _PLAIN:
        return (LandUse(_PLAIN[zone], "", "", area_ha),)
    if zone == "houses":
        return _housing(area_ha, built, rng)
    if zone == "forest":
        return (LandUse("Ls", "Ls", str(rng.choice(_GRASS)), area_ha),)
    if zone == "meadow":
        grass = "Ł" if rng.random() < 0.6 else "Ps"
        return (LandUse(grass, grass, str(rng.choice(_GRASS)), area_ha),)
    if zone == "orchard":
        return (LandUse("S", "R", str(rng.choice(_SOIL, p=_SOIL_ODDS)), area_ha),)
    return _farmland(area_ha, rng)


def _housing(area_ha: float, built: bool, rng: np.random.Generator) -> tuple[LandUse, ...]:
    if not built:
        ofu = "Bp" if rng.random() < 0.6 else "R"
        soil = str(rng.choice(_SOIL, p=_SOIL_ODDS)) if ofu == "R" else ""
        return (LandUse(ofu, "R" if soil else "", soil, area_ha),)
    if rng.random() < 0.12 and area_ha > 0.09:
        garden = round(area_ha * 0.4, 4)
        soil = str(rng.choice(_SOIL, p=_SOIL_ODDS))
        return LandUse("B", "", "", round(area_ha - garden, 4)), LandUse("R", "R", soil, garden)
    return (LandUse("B", "", "", area_ha),)


def _farmland(area_ha: float, rng: np.random.Generator) -> tuple[LandUse, ...]:
    soil = str(rng.choice(_SOIL, p=_SOIL_ODDS))
    if area_ha > 0.3 and rng.random() < 0.3:
        part = round(area_ha * float(rng.uniform(0.2, 0.5)), 4)
        other = str(rng.choice(_SOIL, p=_SOIL_ODDS))
        kind = "R" if other != soil and rng.random() < 0.7 else "Ps"
        second = LandUse(kind, kind, other if kind == "R" else str(rng.choice(_GRASS)), part)
        return LandUse("R", "R", soil, round(area_ha - part, 4)), second
    return (LandUse("R", "R", soil, area_ha),)
