"""WFS replies, and every row of the table of axis orders."""

from __future__ import annotations

import pytest

from geo.errors import Unreadable
from geo.geometry import LngLatBbox
from geo.layers.reader import AxisRule, open_file
from geo.layers.reader.placement import decide, sample
from tests.fixtures.gml import EGB_2021, collection, member

TOWN = LngLatBbox(18.776, 50.146, 18.948, 50.246)
E, N = "490000.00", "258000.00"  # in the town, EPSG:2180
LNG, LAT = "18.86", "50.19"


def reply(version, srs, coordinates, *, prefix="ms", uri="http://mapserver.gis.umn.edu/mapserver", fields=""):
    """A reply as MapServer and Geoportal2 write it."""
    gml = "http://www.opengis.net/gml/3.2" if version == "2.0" else "http://www.opengis.net/gml"
    wfs = "http://www.opengis.net/wfs/2.0" if version == "2.0" else "http://www.opengis.net/wfs"
    where = {"1.0": "WFS-basic.xsd", "1.1": "wfs/1.1.0/wfs.xsd", "2.0": "wfs.xsd"}[version]
    wrap = "wfs:member" if version == "2.0" else "gml:featureMember"
    point = f"<gml:pos>{' '.join(coordinates)}</gml:pos>"
    if version == "1.0":
        point = f"<gml:coordinates>{','.join(coordinates)}</gml:coordinates>"
    name = f' srsName="{srs}"' if srs else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<wfs:FeatureCollection xmlns:{prefix}="{uri}" xmlns:gml="{gml}" '
        f'xmlns:wfs="{wfs}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{wfs} http://schemas.opengis.net/{where}">\n'
        f"<gml:boundedBy><gml:Envelope><gml:lowerCorner>0 0</gml:lowerCorner></gml:Envelope></gml:boundedBy>\n"
        f"<{wrap}><{prefix}:dzialki><gml:boundedBy><gml:Null/></gml:boundedBy>"
        f"<{prefix}:geometria><gml:Point{name}>{point}</gml:Point></{prefix}:geometria>"
        f"<{prefix}:ID_DZIALKI>240802_1.0001.AR_3-8.2731/123</{prefix}:ID_DZIALKI><{prefix}:DATA/>{fields}"
        f"</{prefix}:dzialki></{wrap}>\n</wfs:FeatureCollection>\n"
    )


def placed(path):
    with open_file(path) as source:
        (feature,) = source.features(source.kinds)
    placement = decide(sample([feature.geometry]), feature.srs, TOWN, source.axis_rule, file=source.file)
    return feature, source, placement


@pytest.mark.parametrize(
    ("asked", "rule", "expected"),
    [
        # GUGiK, EGiB national and INSPIRE addresses
        (("2.0", "urn:ogc:def:crs:EPSG::2180", (N, E)), AxisRule.AUTHORITY, (2180, True, False)),
        # MapServer 1.1.0 (Piekary Śląskie): the literal EPSG:2180 with northing first
        (("1.1", "EPSG:2180", (N, E)), AxisRule.AUTHORITY, (2180, True, False)),
        # MapServer 1.0.0 of GUGiK: the same literal with easting first
        (("1.0", "EPSG:2180", (E, N)), AxisRule.XY, (2180, False, False)),
        # INSPIRE buildings
        (("2.0", "http://www.opengis.net/gml/srs/epsg.xml#4258", (LAT, LNG)), AxisRule.AUTHORITY, (4258, True, False)),
        # against its rule: accepted, because only one reading lies in the town, but said
        (("2.0", "urn:ogc:def:crs:EPSG::2180", (E, N)), AxisRule.AUTHORITY, (2180, False, True)),
        (("1.0", "EPSG:2180", (N, E)), AxisRule.XY, (2180, True, True)),
        # no srsName at all
        (("2.0", None, (N, E)), AxisRule.AUTHORITY, (2180, True, True)),
        (("1.0", None, (LNG, LAT)), AxisRule.XY, (4326, False, True)),
    ],
)
def test_each_way_to_order_axes_lands_in_the_town(given, asked, rule, expected):
    path = given("reply.xml", reply(*asked))

    _, source, placement = placed(path)

    assert source.format == f"WFS {asked[0]}"
    assert source.axis_rule is rule
    assert (placement.srid, placement.swapped, placement.finding.severity == "warning") == expected


def test_the_type_is_the_kind_and_elements_are_fields(given):
    path = given(
        "reply.xml",
        reply("2.0", "urn:ogc:def:crs:EPSG::2180", (N, E), prefix="ewns", uri="http://xsd.geoportal2.pl/ewns"),
    )

    feature, source, _ = placed(path)

    assert source.kinds == {"wfs.dzialki"}
    assert feature.kind == "wfs.dzialki"
    assert feature.fields == {"id_dzialki": "240802_1.0001.AR_3-8.2731/123", "data": None}
    assert feature.teryt == "2408021"
    assert feature.line == 4


def test_the_real_reply_of_the_national_addresses_keeps_its_fields(shared_data):
    with open_file(shared_data / "addresses" / "gugik_wfs200_inspire_addresses_2pkt.xml") as source:
        features = list(source.features(["wfs.ad.address"]))

    assert source.kinds == {"wfs.ad.address"}
    assert [feature.name for feature in features] == ["AD.Address.97426176", "AD.Address.97426177"]
    assert [feature.fields["numer"] for feature in features] == ["10", "11"]
    assert features[0].fields["simc"] == "0967430"
    assert features[0].fields["status"] is None
    assert features[0].fields["gml_id"] == "PL.ZIPIN.3742.EMUiA_9945001100000172050"
    assert features[0].geometry.coords[0] == (394384.17, 547502.59)
    piotrkow = LngLatBbox(19.6, 51.3, 19.8, 51.5)
    placement = decide(
        sample([f.geometry for f in features]), features[0].srs, piotrkow, source.axis_rule, file=source.file
    )
    assert placement.swapped


def test_a_land_register_number_in_a_public_reply_is_withheld(given):
    more = "<ms:NUMER_KW>KA1M/00012345/6</ms:NUMER_KW><ms:UWAGI>a</ms:UWAGI><ms:UWAGI>b</ms:UWAGI>"

    feature, _, _ = placed(given("reply.xml", reply("2.0", "urn:ogc:def:crs:EPSG::2180", (N, E), fields=more)))

    assert "KA1M" not in repr(feature)
    assert feature.fields["uwagi"] == "a; b"


def test_register_objects_in_a_reply_are_not_read_but_said(given):
    person = f'<e:EGB_OsobaFizyczna xmlns:e="{EGB_2021}"><e:nazwisko>Tajny</e:nazwisko></e:EGB_OsobaFizyczna>'
    person = f"<gml:featureMember>{person}</gml:featureMember>"
    text = reply("1.1", "EPSG:2180", (N, E)).replace("</wfs:FeatureCollection>", person + "</wfs:FeatureCollection>")

    with open_file(given("reply.xml", text)) as source:
        features = list(source.features({*source.kinds, "wfs.egb_osobafizyczna"}))

    assert [feature.kind for feature in features] == ["wfs.dzialki"]
    assert "EGB_OsobaFizyczna (1)" in source.findings[0].text.say("en")


def test_an_answer_without_features_and_one_with_an_error_say_so(given):
    empty = given("empty.xml", collection("", "http://x", "x"))
    text = "<o:Exception><o:ExceptionText>bbox of zero size</o:ExceptionText></o:Exception>"
    error = given(
        "error.xml", f'<o:ExceptionReport xmlns:o="http://www.opengis.net/ows/1.1">{text}</o:ExceptionReport>'
    )

    with pytest.raises(Unreadable, match="holds no feature"):
        open_file(empty)
    with pytest.raises(Unreadable, match="answered with an error instead of data: bbox of zero size\\. Correct"):
        open_file(error)


def test_a_register_that_is_not_known_is_refused_by_its_classes(shared_data):
    with pytest.raises(Unreadable, match=r"RCN_Budynek \(2\), RCN_Dzialka \(1\)"):
        open_file(shared_data / "egib" / "rcn_luki_2176_wyciag.gml")


def test_a_plain_collection_of_simple_features_is_read(given):
    inside = '<x:geom><gml:Point srsName="EPSG:2180"><gml:pos>490000 258000</gml:pos></gml:Point></x:geom>'
    inside += "<x:Nazwa>a</x:Nazwa>"

    feature, source, placement = placed(given("plain.gml", collection(member("x:Drogi", "d1", inside), "http://x")))

    assert (source.format, source.axis_rule, feature.kind) == ("GML", AxisRule.XY, "wfs.drogi")
    assert feature.fields == {"nazwa": "a", "gml_id": "d1"}
    assert not placement.swapped
