"""What the town is made of. Coordinates are EPSG:2177, easting before northing, in metres."""

from dataclasses import dataclass, field

from shapely import LineString, MultiPolygon, Point, Polygon


@dataclass(frozen=True, slots=True)
class Locality:
    """A locality of the state register; `simc` and its kind are codes kept as text."""

    name: str
    simc: str
    kind: str
    centre: Point


@dataclass(frozen=True, slots=True)
class District:
    """A cadastral district (obręb) with the locality and postcode of its addresses."""

    id: str
    name: str
    locality: int
    postcode: str
    geometry: MultiPolygon | Polygon


@dataclass(frozen=True, slots=True)
class Street:
    """A street or road with one manager. `name` is empty for field tracks; `area` is set for squares."""

    index: int
    line: LineString
    role: str
    category: str
    number: str
    width_m: float
    since: int = 2000
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    kind: int = 1
    ulic: str = ""
    locality: int = 0
    area: Polygon | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """A leaf of the division of the ground, before the mosaic is made seamless."""

    polygon: Polygon
    zone: str
    block: int
    parent: int
    since: int = 2000


@dataclass(frozen=True, slots=True)
class LandUse:
    """A contour of use inside a parcel: OFU, soil use OZU, soil class OZK, hectares."""

    ofu: str
    ozu: str
    ozk: str
    area_ha: float


@dataclass(frozen=True, slots=True)
class Parcel:
    """A cadastral parcel. `zone` is how the generator sees it, `since` the year in which it was divided."""

    index: int
    id: str
    district: int
    polygon: Polygon
    zone: str
    block: int
    since: int
    area_ha: float
    uses: tuple[LandUse, ...]


@dataclass(frozen=True, slots=True)
class Building:
    """A building inside one parcel. `kind` is its KŚT letter; `angle` the bearing of its front, radians from east."""

    index: int
    id: str
    parcel: int
    polygon: Polygon
    kind: str
    storeys: int
    cellars: int
    since: int
    angle: float
    main: bool
    street: int


@dataclass(frozen=True, slots=True)
class Address:
    """An address point. `street` is None where a locality numbers its houses without streets."""

    index: int
    number: str
    point: Point
    street: int | None
    near_street: int
    locality: int
    postcode: str
    given: str


@dataclass(frozen=True, slots=True)
class Town:
    """The finished town."""

    seed: int
    scale: float
    boundary: Polygon
    centre: tuple[float, float]
    localities: list[Locality]
    districts: list[District]
    streets: list[Street]
    parcels: list[Parcel]
    buildings: list[Building]
    addresses: list[Address]
    estate: Polygon = field(default_factory=Polygon)
