"""The town's own layers as GeoJSON in WGS84: boundary and roads."""

import json
from pathlib import Path

import numpy as np
import shapely
from shapely import LineString, Polygon

from data.demo.frame import TERYT
from data.demo.model import Street, Town
from data.demo.xmltext import SYNTHETIC
from geo.crs import transform

_MANAGERS = {
    "krajowa": "GDDKiA Oddział w Katowicach",
    "wojewodzka": "Zarząd Dróg Wojewódzkich w Katowicach",
    "powiatowa": "Powiatowy Zarząd Dróg",
    "gminna": "Urząd Miasta Mikołów",
}


def write_boundary(town: Town, path: Path) -> dict[str, int]:
    """Write the boundary as one feature."""
    properties = {"teryt": TERYT, "nazwa": "Mikołów", "rodzaj": "gmina miejska", "synthetic": True}
    feature: dict[str, object] = {
        "type": "Feature",
        "id": TERYT,
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [_degrees(town.boundary.exterior)]},
    }
    _write(path, [feature])
    return {"boundary": 1}


def write_roads(town: Town, path: Path) -> dict[str, int]:
    """Write every road and street with category, manager and length in metres."""
    features = [_road(street) for street in town.streets]
    _write(path, features)
    return {"roads": len(features)}


def _road(street: Street) -> dict[str, object]:
    return {
        "type": "Feature",
        "id": f"roads-{street.index + 1}",
        "properties": {
            "id": f"roads-{street.index + 1}",
            "numer": street.number or None,
            "nazwa": street.name or None,
            "kategoria": street.category,
            "zarzadca": _MANAGERS[street.category],
            "dlugosc_m": round(street.line.length, 1),
            "synthetic": True,
        },
        "geometry": {"type": "LineString", "coordinates": _degrees(street.line)},
    }


def _degrees(line: LineString | Polygon) -> list[list[float]]:
    points = np.round(transform(shapely.get_coordinates(line), 2177, 4326), 8)
    rows: list[list[float]] = points.tolist()
    return rows


def _write(path: Path, features: list[dict[str, object]]) -> None:
    document = {"type": "FeatureCollection", "synthetic": True, "description": SYNTHETIC, "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
