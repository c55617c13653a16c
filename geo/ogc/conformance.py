"""What this service promises.

QGIS switches its abilities on exact addresses, and some were renamed on the way to the final standards; where
clients are known to look for either, both stand here.
"""

from __future__ import annotations

_OGC = "http://www.opengis.net/spec"
_SCHEMAS = ("returnables-and-receivables", "queryables", "sortables")
_PARTS = {
    f"{_OGC}/ogcapi-common-1/1.0/conf": ("core", "landing-page", "json", "html", "oas30"),
    f"{_OGC}/ogcapi-common-2/1.0/conf": ("collections",),
    f"{_OGC}/ogcapi-features-1/1.0/conf": ("core", "oas30", "html", "geojson"),
    f"{_OGC}/ogcapi-features-2/1.0/conf": ("crs",),
    f"{_OGC}/ogcapi-features-3/1.0/conf": ("queryables", "queryables-query-parameters", "filter", "features-filter"),
    f"{_OGC}/cql2/1.0/conf": (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        # The name of drafts, which QGIS before 3.44 looks for, and the final one.
        "basic-spatial-operators",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    ),
    # Drafts had the schemas as Part 5 of Features, where QGIS looks for them; the final text is Part 3 of Common.
    f"{_OGC}/ogcapi-features-5/1.0/conf": ("schemas", "core-roles-features", *_SCHEMAS),
    f"{_OGC}/ogcapi-common-3/1.0/conf": ("schemas", "advanced-property-roles", *_SCHEMAS),
    f"{_OGC}/ogcapi-features-8/1.0/conf": ("sorting",),
    f"{_OGC}/ogcapi-tiles-1/1.0/conf": (
        "core",
        "oas30",
        "tileset",
        "tilesets-list",
        "dataset-tilesets",
        "geodata-tilesets",
        "collections-selection",
        "mvt",
        "png",
        "jpeg",
    ),
}
CLASSES = tuple(f"{base}/{name}" for base, names in _PARTS.items() for name in names)
