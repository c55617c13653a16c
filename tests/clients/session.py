"""What a person does in QGIS, run by QGIS's own Python: `session.py ASKED.json FOLDER`.

Adds the three connections, lists them in the browser, opens what stands there, reads every feature, draws. What it
found goes into FOLDER/found.json and FOLDER/*.png; whether that is right is decided by whoever started it.
"""

import json
import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsDataItem,
    QgsFillSymbol,
    QgsLayerItem,
    QgsMapLayer,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsRectangle,
    QgsSettings,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

asked = json.loads(Path(sys.argv[1]).read_text())
folder = Path(sys.argv[2])


def connect(url: str, vector_tiles: list[str]) -> None:
    """The connections, as the dialogs of QGIS write them."""
    settings = QgsSettings()
    settings.setValue("qgis/connections-wfs/town/url", f"{url}/ogc")
    settings.setValue("qgis/connections-wfs/town/version", "OGC_API_FEATURES")
    settings.setValue("qgis/connections-wms/town/url", f"{url}/wmts/1.0.0/WMTSCapabilities.xml")
    for name in vector_tiles:
        home = f"qgis/connections-vector-tile/{name}"
        settings.setValue(f"{home}/url", f"{url}/ogc/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}")
        settings.setValue(f"{home}/styleUrl", f"{url}/styles/{name}.json")
        settings.setValue(f"{home}/zmin", 13)
        settings.setValue(f"{home}/zmax", 18)


def listed(provider: str) -> list[dict[str, str]]:
    """The layers that the browser lists under a provider."""
    (known,) = (one for one in QgsApplication.dataItemProviderRegistry().providers() if one.name() == provider)
    root = known.createDataItem("", None)
    return [{"name": item.name(), "path": item.path(), "uri": item.uri()} for item in leaves(root)]


def leaves(item: QgsDataItem) -> list[QgsLayerItem]:
    found = [item] if isinstance(item, QgsLayerItem) else []
    for child in item.createChildren() or item.children():
        # Python must hold the child for as long as its own children are used.
        kept.append(child)
        found += leaves(child)
    return found


def features(layer: QgsVectorLayer) -> dict[str, str | None]:
    """The geometry of each feature as WKB in hex digits, by its id."""
    found = {}
    for feature in layer.getFeatures():
        empty = feature.geometry().isNull()
        found[feature["id"]] = None if empty else bytes(feature.geometry().asWkb()).hex()
    return found


def draw(name: str, *layers: QgsMapLayer) -> None:
    """The asked view of Web Mercator, on white, without smoothing."""
    settings = QgsMapSettings()
    settings.setLayers(list(layers))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*asked["view"]))
    settings.setOutputSize(QSize(asked["pixels"], asked["pixels"]))
    settings.setOutputDpi(96)
    settings.setFlag(QgsMapSettings.Antialiasing, False)
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(folder / f"{name}.png"))
    found["drawing errors"] += [error.message for error in job.errors()]


kept: list[QgsDataItem] = []
found: dict = {"drawing errors": [], "collections": {}, "pictures": {}, "vector tiles": {}}
app = QgsApplication([], False, str(folder / "profile"))
app.initQgis()
connect(asked["url"], asked["vector tiles"])

found["listed"] = {provider: listed(provider) for provider in ("WFS", "WMS", "Vector Tiles")}
for item in found["listed"]["WFS"]:
    layer = QgsVectorLayer(item["uri"], item["name"], "OAPIF")
    name = item["uri"].split("typename='")[1].split("'")[0]
    found["collections"][name] = {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "geometry": QgsWkbTypes.displayString(layer.wkbType()),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "features": features(layer),
    }
    if name == "buildings":
        symbol = QgsFillSymbol.createSimple({"color": "#ff00ff", "outline_style": "no"})
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        draw("features", layer)
for item in found["listed"]["WMS"]:
    picture = QgsRasterLayer(item["uri"], item["name"], "wms")
    found["pictures"][item["uri"]] = {"valid": picture.isValid(), "crs": picture.crs().authid()}
    if "ortho-2024" in item["uri"]:
        draw("ortho-" + item["uri"].split("format=image/")[1].split("&")[0], picture)
drawn = []
for item in found["listed"]["Vector Tiles"]:
    tiles = QgsVectorTileLayer(item["uri"], item["name"])
    message, styled = tiles.loadDefaultStyle()
    found["vector tiles"][item["name"]] = {"valid": tiles.isValid(), "styled": styled, "message": message}
    draw(f"tiles-{item['name']}", tiles)

(folder / "found.json").write_text(json.dumps(found))
# QGIS takes its own objects down in an order that Python's does not match: leave at once, all is written.
os._exit(0)
