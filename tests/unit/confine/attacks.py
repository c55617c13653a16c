"""The attacks that are tried: each a file, how one would read it, what that gives away, and what we say of it.

docs/security.md has a line for each; a test compares the two.
"""

import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from tests.fixtures.gml import PRGAD, collection, member

# So often tenfold: two hundred kilobytes of some hundred bytes, which the parser gives; more, and it would stop itself.
BOMB = 5
SECRET = "secret of another file"  # noqa: S105 - no password
GOOD = collection(member("p:AD_Miejscowosc", "l1", "<p:nazwa>Wymyślin</p:nazwa>"), PRGAD, "p")
STALE = (
    "<GMLFeatureClassList><GMLFeatureClass><Name>Nonsense</Name><ElementPath>AD_Miejscowosc</ElementPath>"
    "<PropertyDefn><Name>bogus</Name><ElementPath>bogus</ElementPath><Type>String</Type></PropertyDefn>"
    "</GMLFeatureClass></GMLFeatureClassList>"
)
WFS = """<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml"
 xmlns:a="http://a" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://a
 {address}/wfs?SERVICE=WFS&amp;VERSION=1.1.0&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=a:t">
<gml:featureMember><a:t gml:id="t.1"><a:n>1</a:n><a:g><gml:Point srsName="EPSG:2180"><gml:pos>490000 258000</gml:pos>
</gml:Point></a:g></a:t></gml:featureMember></wfs:FeatureCollection>"""


@dataclass(frozen=True)
class Place:
    """Where an attack is made: a folder, another file of the server that nobody handed in, a server that listens."""

    folder: Path
    secret: Path
    address: str


def write(place, name, content):
    path = place.folder / name
    path.write_text(content, encoding="utf-8")
    return path


def vrt_as_gml(place):
    source = f"<SrcDataSource>{place.secret}</SrcDataSource>"
    return write(
        place, "a.gml", f'<OGRVRTDataSource><OGRVRTLayer name="secret">{source}</OGRVRTLayer></OGRVRTDataSource>'
    )


def vrt_that_asks(place):
    source = f"<SrcDataSource>/vsicurl/{place.address}/vrt.csv</SrcDataSource>"
    return write(
        place, "a.geojson", f'<OGRVRTDataSource><OGRVRTLayer name="vrt">{source}</OGRVRTLayer></OGRVRTDataSource>'
    )


def vrt_as_tiff(place):
    other = place.folder / "other.tif"
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "width": 8, "height": 8}
    with rasterio.open(other, "w", transform=from_origin(0, 8, 1, 1), crs="EPSG:2177", **profile) as out:
        out.write(np.full((1, 8, 8), 42, np.uint8))
    band = f"<SimpleSource><SourceFilename>{other}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
    content = f'<VRTRasterBand dataType="Byte" band="1">{band}</VRTRasterBand>'
    return write(place, "a.tif", f'<VRTDataset rasterXSize="8" rasterYSize="8">{content}</VRTDataset>')


def wfs_with_remote_schema(place):
    return write(place, "a.gml", WFS.format(address=place.address))


def stale_gfs(place):
    write(place, "a.gfs", STALE)
    return write(place, "a.gml", GOOD)


def external_entity(place):
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{place.secret.as_uri()}">]><gml:FeatureCollection'
    return write(place, "a.gml", GOOD.replace("<gml:FeatureCollection", doctype, 1).replace("Wymyślin", "&e;"))


def entity_bomb(place):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, BOMB + 1))
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]><gml:FeatureCollection'
    return write(place, "a.gml", GOOD.replace("<gml:FeatureCollection", doctype, 1).replace("Wymyślin", f"&e{BOMB};"))


def packed(place, name, content):
    path = place.folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, content)
    return path


def zip_bomb(place):
    return packed(place, "a.gml", bytes(80 << 20))


def zip_slip(place):
    return packed(place, "../slipped.gml", GOOD)


def zip_with_link(place):
    link = zipfile.ZipInfo("a.gml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed(place, link, str(place.secret))


def tiff_bomb(place):
    path = place.folder / "a.tif"
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "width": 100_000, "height": 100_000, "sparse_ok": True,
               "tiled": True, "blockxsize": 4096, "blockysize": 4096}  # fmt: skip
    with rasterio.open(path, "w", transform=from_origin(6_560_000, 5_560_000, 0.1, 0.1), crs="EPSG:2177", **profile):
        pass
    return path


def gigantic_attribute(place):
    feature = f'{{"type":"Feature","geometry":null,"properties":{{"a":"{"x" * (9 << 20)}"}}}}'
    return write(place, "a.geojson", f'{{"type":"FeatureCollection","features":[{feature}]}}')


def ten_million_vertices(place):
    path = place.folder / "a.gpkg"
    steps = np.linspace(0, 1, 10_000_000)
    line = shapely.to_wkb(shapely.LineString(np.column_stack((490_000 + steps, 258_000 + steps))))
    pyogrio.raw.write(
        path, np.array([line], dtype=object), [np.array(["long"])], ["name"], geometry_type="LineString",
        crs="EPSG:2180", driver="GPKG", layer="lines",
    )  # fmt: skip
    return path


@dataclass(frozen=True)
class Attack:
    """`works` sees in what a plain reader gives, or in what the server heard, that the attack came through."""

    make: Callable[[Place], Path]
    reader: str
    works: Callable[[object, list[str]], bool]
    # What our refusal says; None where the file is harmless to us and is read as what it is.
    said: str | None


ATTACKS = {
    "VRT as GML": Attack(vrt_as_gml, "vector", lambda got, _: SECRET in str(got), "only points to other files"),
    "VRT that asks a server": Attack(vrt_that_asks, "vector", lambda _, heard: bool(heard), "only points to other"),
    "VRT as TIFF": Attack(vrt_as_tiff, "raster", lambda got, _: got["first"] == 42, "no readable GeoTIFF"),
    "WFS reply with a remote schema": Attack(wfs_with_remote_schema, "vector", lambda _, heard: bool(heard), None),
    "stale .gfs": Attack(stale_gfs, "vector", lambda got, _: "Nonsense" in got["layers"], None),
    "external entity (XXE)": Attack(external_entity, "xml", lambda got, _: SECRET in str(got), "There is a DOCTYPE"),
    "entity bomb": Attack(entity_bomb, "expanded", lambda got, _: got >= 2 * 10**BOMB, "There is a DOCTYPE"),
    "zip bomb": Attack(zip_bomb, "unpack", lambda got, _: got["a.gml"] == 80 << 20, "times its size"),
    "zip slip": Attack(zip_slip, "unpack", lambda got, _: got == {}, "leads outside of it"),
    "link in a zip": Attack(zip_with_link, "unpack", lambda got, _: SECRET in str(got), "is a link"),
    "TIFF bomb": Attack(tiff_bomb, "raster", lambda got, _: got["bytes"] == 144_000_000, "times as large as the file"),
    "gigantic attribute": Attack(gigantic_attribute, "text", lambda got, _: got == 9 << 20, "larger than 1 MB"),
    "ten million vertices": Attack(
        ten_million_vertices, "vector", lambda got, _: "long" in str(got), "larger than 64 MB"
    ),
}
