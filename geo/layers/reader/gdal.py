"""GDAL with its dangerous parts taken off: the only door to pyogrio for files from outside.

Found on default settings: a text that GDAL takes for a VRT returns rows of another file of the server, a
GML shaped like a WFS reply makes it fetch an address, and sidecars are written and believed. Hence: only
GeoPackage and Shapefile reach it, recognised by their own bytes, alone in a fresh folder under a name of
ours; the drivers that follow links, talk to networks or run programs are not registered.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from types import ModuleType

DRIVERS = frozenset({"GPKG", "ESRI Shapefile"})
# Not registered at all: every other driver that pyogrio's wheel has. (The list is read once, when GDAL registers its
# drivers at pyogrio's import; a name that a build does not have does no harm.)
SKIPPED = ",".join(
    (
        *(
            "OGR_VRT",
            "WFS",
            "OAPIF",
            "OGCAPI",
            "CSW",
            "HTTP",
            "NGW",
            "Carto",
            "AmigoCloud",
            "Elasticsearch",
            "PLSCENES",
        ),
        *("EEDA", "GPSBabel", "GDALG", "GML", "SQLite", "PGDUMP", "LVBAG", "PCIDSK", "PDS4", "VICAR", "PDF"),
        *("MBTiles", "MapInfo File", "S57", "DGN", "CSV", "GPX", "LIBKML", "KML", "GeoJSON", "GeoJSONSeq", "ESRIJSON"),
        *(
            "TopoJSON",
            "OGR_GMT",
            "WAsP",
            "OpenFileGDB",
            "DXF",
            "FlatGeobuf",
            "GeoRSS",
            "VFK",
            "OSM",
            "OGR_PDS",
            "EDIGEO",
        ),
        *(
            "Idrisi",
            "ODS",
            "XLSX",
            "SXF",
            "Selafin",
            "JML",
            "VDV",
            "MVT",
            "MapML",
            "GTFS",
            "PMTiles",
            "JSONFG",
            "MiraMonVector",
        ),
        *("ADBC", "AVCBin", "AVCE00", "AIVector"),
    )
)
OPTIONS = {
    "WRITE_GFS": "NO",
    "DOWNLOAD_SCHEMA": "NO",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
    "SHAPE_RESTORE_SHX": "NO",
    # A number in a text column stays text; a broken ring stays as it is and is reported by us.
    "OGR_ORGANIZE_POLYGONS": "DEFAULT",
}


@cache
def pyogrio() -> ModuleType:
    """The hardened pyogrio.

    GDAL_SKIP works only until the first import in a process; where something else was earlier (a test that
    reads our own API, say), recognition by content and the fresh folder still stand.
    """
    if "pyogrio" in sys.modules:
        import pyogrio as loaded  # noqa: PLC0415 - imported late so that GDAL_SKIP comes first
    else:
        before = os.environ.get("GDAL_SKIP")
        os.environ["GDAL_SKIP"] = SKIPPED
        try:
            import pyogrio as loaded  # noqa: PLC0415
        finally:
            # Rasterio has a GDAL of its own, which reads the same variable and needs its drivers.
            os.environ.pop("GDAL_SKIP")
            if before is not None:
                os.environ["GDAL_SKIP"] = before
    loaded.set_gdal_config_options(OPTIONS)
    module: ModuleType = loaded
    return module
