"""The EPSG code of a CRS that a .prj or a GeoPackage describes, in OGC's or ESRI's dialect."""

from __future__ import annotations

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.layers.model import Finding, Severity
from geo.texts import Text

# Compared by their numbers when no register knows the description: names differ from program to program.
KNOWN = (2177, 2180, 2176, 2178, 2179, 3857, 4326, 4258)
ENOUGH = 70  # PROJ's confidence, of 100


def epsg_name(description: str | None, findings: list[Finding]) -> str | None:
    """`EPSG:2177` from any description of it; None (with a warning) when there is none or it is unknown."""
    if not description:
        findings.append(Finding(Severity.WARNING, "crs-missing", Text("The file names no CRS.")))
        return None
    try:
        crs = CRS.from_user_input(description)
    except CRSError:
        crs = None
    code = None if crs is None else crs.to_epsg(min_confidence=ENOUGH) or _by_numbers(crs)
    if code is None:
        text = Text("The CRS '{srs}' has no EPSG code that is known.", srs=description[:60])
        findings.append(Finding(Severity.WARNING, "crs-unknown", text))
        return None
    return f"EPSG:{code}"


def _by_numbers(crs: CRS) -> int | None:
    """The code of the known CRS with the same projection parameters; datums of ETRS89 kin count as one."""
    wanted = _numbers(crs)
    return next((code for code in KNOWN if wanted is not None and wanted == _numbers(CRS.from_epsg(code))), None)


def _numbers(crs: CRS) -> tuple[tuple[str, float], ...] | None:
    operation, ellipsoid = crs.coordinate_operation, crs.ellipsoid
    if operation is None or ellipsoid is None or abs(ellipsoid.semi_major_metre - 6_378_137) > 0.5:
        return None
    return tuple(sorted((parameter.name, round(float(parameter.value), 6)) for parameter in operation.params))
