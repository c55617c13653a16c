"""GML geometries: every way the registers write them, arcs within a millimetre, faults with their line."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from lxml import etree

from geo.layers.reader.gml_arcs import DEVIATION_M, arc, circle
from geo.layers.reader.gml_geometry import read
from geo.layers.reader.gml_positions import BadGeometry
from geo.layers.reader.validity import problem_of

RING = "<exterior><LinearRing><posList>0 0 0 10 10 10 10 0 0 0</posList></LinearRing></exterior>"
HOLE = "<interior><LinearRing><posList>2 2 4 2 4 4 2 4 2 2</posList></LinearRing></interior>"
SQUARE = f"<Polygon>{RING}</Polygon>"
NEXT = "<Polygon><exterior><LinearRing><posList>10 0 10 10 20 10 20 0 10 0</posList></LinearRing></exterior></Polygon>"
LINE = "<LineString><posList>0 0 1 1</posList></LineString>"
REST = "<LineString><posList>1 1 2 0 0 0</posList></LineString>"
DOT = "<Point><pos>1 2</pos></Point>"
PIECE = "<LineStringSegment><posList>0 0 1 1</posList></LineStringSegment>"
BACKWARDS = (
    '<OrientableCurve orientation="-"><baseCurve><LineString><posList>3 3 1 1</posList></LineString></baseCurve>'
    "</OrientableCurve>"
)
SHELL = "(0 0, 0 10, 10 10, 10 0, 0 0)"
OLD_RING = "<coordinates>0,0 0,1 1,1 0,0</coordinates>"
MIXED = '<MultiPoint srsName="EPSG:2180"><pointMember><Point srsName="EPSG:2177"><pos>1 2</pos></Point></pointMember>'
FLAT = "<exterior><LinearRing><posList>0 0 1 1 0 0</posList></LinearRing></exterior>"
BOW_TIE = SQUARE.replace("0 10 10 10 10 0", "10 10 10 0 0 10")
OTHER_BOW_TIE = SQUARE.replace("0 0 0 10 10 10 10 0 0 0", "0 1 10 11 10 1 0 11 0 1")
APART = f"<curveMember>{LINE}</curveMember><curveMember>{LINE}</curveMember>"


def gml(text, namespace="http://www.opengis.net/gml/3.2"):
    return etree.fromstring(f'<r xmlns="{namespace}" xmlns:xlink="http://www.w3.org/1999/xlink">\n{text}</r>')[0]


# GML, then the same as WKT.
FORMS = {
    "<Point><pos>1 2</pos></Point>": "POINT (1 2)",
    '<Point srsDimension="3"><pos>1 2 3</pos></Point>': "POINT (1 2)",
    '<Point srsDimension="3"><pos>1 2 NaN</pos></Point>': "POINT (1 2)",
    "<Point><coordinates>1,2</coordinates></Point>": "POINT (1 2)",
    '<Point><coordinates decimal="," cs=";">1,5;2</coordinates></Point>': "POINT (1.5 2)",
    "<Point><coord><X>1</X><Y>2</Y></coord></Point>": "POINT (1 2)",
    LINE: "LINESTRING (0 0, 1 1)",
    "<LineString><pos>0 0</pos><pos>1 1</pos></LineString>": "LINESTRING (0 0, 1 1)",
    "<LineString><coordinates>0,0 1,1\n 2,0</coordinates></LineString>": "LINESTRING (0 0, 1 1, 2 0)",
    f"<LineString><pointProperty>{DOT}</pointProperty><pos>3 3</pos></LineString>": "LINESTRING (1 2, 3 3)",
    f"<Curve><segments>{PIECE}<LineStringSegment><posList>1 1 2 0</posList></LineStringSegment></segments></Curve>": (
        "LINESTRING (0 0, 1 1, 2 0)"
    ),
    f"<CompositeCurve><curveMember>{LINE}</curveMember><curveMember>{BACKWARDS}</curveMember></CompositeCurve>": (
        "LINESTRING (0 0, 1 1, 3 3)"
    ),
    f"<Polygon>{RING}{HOLE}</Polygon>": f"POLYGON ({SHELL}, (2 2, 4 2, 4 4, 2 4, 2 2))",
    f"<Surface><patches><PolygonPatch>{RING}</PolygonPatch></patches></Surface>": f"POLYGON ({SHELL})",
    f"<Polygon><outerBoundaryIs><LinearRing>{OLD_RING}</LinearRing></outerBoundaryIs></Polygon>": (
        "POLYGON ((0 0, 0 1, 1 1, 0 0))"
    ),
    f"<Polygon><exterior><Ring><curveMember>{LINE}</curveMember><curveMember>{REST}</curveMember></Ring></exterior>"
    "</Polygon>": "POLYGON ((0 0, 1 1, 2 0, 0 0))",
    f"<MultiSurface><surfaceMember>{SQUARE}</surfaceMember></MultiSurface>": f"MULTIPOLYGON (({SHELL}))",
    f"<MultiSurface><surfaceMembers>{SQUARE}{NEXT}</surfaceMembers></MultiSurface>": (
        f"MULTIPOLYGON (({SHELL}), ((10 0, 10 10, 20 10, 20 0, 10 0)))"
    ),
    f"<CompositeSurface><surfaceMember>{SQUARE}</surfaceMember><surfaceMember>{NEXT}</surfaceMember>"
    "</CompositeSurface>": "POLYGON ((0 0, 0 10, 20 10, 20 0, 0 0))",
    f"<MultiPolygon><polygonMember>{SQUARE}</polygonMember></MultiPolygon>": f"MULTIPOLYGON (({SHELL}))",
    f"<MultiCurve><curveMember>{LINE}</curveMember></MultiCurve>": "MULTILINESTRING ((0 0, 1 1))",
    f"<MultiPoint><pointMember>{DOT}</pointMember></MultiPoint>": "MULTIPOINT ((1 2))",
    f"<MultiGeometry><geometryMember>{LINE}</geometryMember></MultiGeometry>": (
        "GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1))"
    ),
}


@pytest.mark.parametrize(("text", "wkt"), FORMS.items())
@pytest.mark.parametrize("namespace", ["http://www.opengis.net/gml/3.2", "http://www.opengis.net/gml"])
def test_every_form_becomes_the_same_geometry(text, wkt, namespace):
    found = read(gml(text, namespace)).geometry

    assert shapely.equals(found, shapely.from_wkt(wkt))
    assert found.geom_type == shapely.from_wkt(wkt).geom_type


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<Point><pos>1 2 3</pos></Point>", "3 numbers do not make positions of 2"),
        ("<Point><pos>1 zwei</pos></Point>", "A coordinate is no number"),
        ("<Point><pos>1_0 2</pos></Point>", "A coordinate is no number (1_0)"),
        ("<Point><coordinates>1_0,2</coordinates></Point>", "A coordinate is no number (1_0)"),
        ("<LineString><coordinates>1 2 3 4</coordinates></LineString>", "'1' is no position"),
        ("<Point><coord><X>abc</X><Y>1</Y></coord></Point>", "A coordinate is no number (abc)"),
        ("<Point><coord><X>1</X></coord></Point>", "no coordinates"),
        (SQUARE.replace(">0 0 ", ">nan 0 ").replace(" 0 0<", " nan 0<"), "A coordinate is no number (nan)"),
        ("<LineString><posList>1 2 inf 3</posList></LineString>", "A coordinate is no number (inf)"),
        ('<Point><pos srsDimension="dwa">1 2</pos></Point>', "srsDimension 'dwa' is no whole number"),
        (f"<Surface><patches>{BOW_TIE}{OTHER_BOW_TIE}</patches></Surface>", "The geometry cannot be built"),
        ("<Point/>", "no coordinates"),
        ("<Point><pos>1 2</pos><pos>1 2</pos></Point>", "A point has 2 positions"),
        ("<LineString><posList>1 2</posList></LineString>", "fewer than two"),
        (SQUARE.replace(" 0 0</posList>", "</posList>"), "does not end where it begins"),
        (f"<Polygon>{FLAT}</Polygon>", "3 positions"),
        ("<Polygon/>", "0 outer rings"),
        ("<MultiSurface><surfaceMember><Solid/></surfaceMember></MultiSurface>", "Solid is a geometry that is not"),
        (f"<MultiSurface><surfaceMember>{LINE}</surfaceMember></MultiSurface>", "another kind than it says"),
        ('<MultiSurface><surfaceMember xlink:href="#a"/></MultiSurface>', "only a link"),
        ("<Curve><segments><Bezier><posList>0 0 1 1</posList></Bezier></segments></Curve>", "Bezier"),
        ("<Curve><segments><Arc><posList>0 0 1 1</posList></Arc></segments></Curve>", "Arc has 2 positions"),
        ("<Curve><segments><Circle><posList>0 0 1 1 2 2</posList></Circle></segments></Curve>", "lie in a line"),
        (f"<CompositeCurve>{APART}</CompositeCurve>", "do not follow"),
        (f"{MIXED}</MultiPoint>", "names two CRSs: EPSG:2177, EPSG:2180"),
    ],
)
def test_a_fault_is_told_with_its_line(text, sentence):
    with pytest.raises(BadGeometry) as caught:
        read(gml(text))

    assert sentence in caught.value.problem.say("en")
    assert caught.value.line == 2


def test_the_crs_and_dropped_heights_are_told():
    found = read(gml('<LineString srsName="EPSG:2177" srsDimension="3"><posList>0 0 9 1 1 9</posList></LineString>'))

    assert (found.srs, found.flattened) == ("EPSG:2177", True)
    assert shapely.get_coordinate_dimension(found.geometry) == 2


def test_an_arc_stays_within_a_millimetre_and_keeps_its_points():
    for radius in (0.2, 15.0, 900.0):
        centre = np.array([5_562_000.0, 6_561_000.0])
        three = np.array([centre + radius * np.array([math.cos(a), math.sin(a)]) for a in (0.3, 1.4, 4.0)])

        chain = arc(three)

        middles = (chain[1:] + chain[:-1]) / 2
        assert (radius - np.hypot(*(middles - centre).T)).max() <= DEVIATION_M * 1.01
        assert np.allclose(np.hypot(*(chain - centre).T), radius, atol=1e-6)
        assert (chain[0] == three[0]).all()
        assert (chain[-1] == three[2]).all()
        assert (chain == three[1]).all(axis=1).any()


def test_neighbours_that_share_an_arc_share_its_vertices():
    three = np.array([[5775366.76, 5602187.4], [5775366.62, 5602187.15], [5775366.86, 5602187.01]])

    assert (arc(three) == arc(three[::-1])[::-1]).all()


def test_an_arc_flatter_than_its_deviation_keeps_its_three_points():
    three = np.array([[0.0, 0.0], [500_000.0, 500_000.001], [1_000_000.0, 1_000_000.0]]) + 5_000_000

    assert (arc(three) == three).all()


def test_an_arc_in_a_line_is_a_line_and_a_circle_is_closed():
    flat = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    ring = circle(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]) * 50)

    assert (arc(flat) == flat).all()
    assert (ring[0] == ring[-1]).all()
    assert shapely.Polygon(ring).area == pytest.approx(math.pi * 2500, rel=1e-4)


def test_the_real_arcs_of_a_building_are_linearised(shared_data):
    tree = etree.parse(shared_data / "egib" / "rcn_luki_2176_wyciag.gml")
    polygons = [read(element) for element in tree.iter("{*}Polygon")]

    building = polygons[2]
    assert building.srs == "urn:ogc:def:crs:EPSG::2176"
    assert building.geometry.is_valid
    assert len(building.geometry.exterior.coords) > 30
    # Against the polygon of the control points alone: three bulges of a few centimetres.
    texts = list(tree.iter("{*}RCN_Budynek"))[1].iter("{*}posList")
    control = np.vstack([np.array(element.text.split(), dtype=float).reshape(-1, 2) for element in texts])
    assert building.geometry.area == pytest.approx(shapely.Polygon(control).area, abs=0.5)


@pytest.mark.parametrize(
    ("wkt", "sentence"),
    [
        ("POLYGON EMPTY", "It has no geometry."),
        (
            "POLYGON ((18 50, 18.2 50.2, 18.2 50, 18 50.2, 18 50))",
            "the outline crosses itself at 18.100000° E 50.100000° N",
        ),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0), (5 5, 6 5, 6 6, 5 5))", "a hole lies outside"),
        ("POINT (NaN 1)", "no finite number"),
        ("LINESTRING (0 0, 1 1)", "It is a LineString; the layer takes Point, Polygon."),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", None),
    ],
)
def test_what_is_wrong_with_a_geometry_is_said_in_words(wkt, sentence):
    found = problem_of(shapely.from_wkt(wkt), {"Point", "Polygon"})

    assert (found is None) is (sentence is None)
    assert found is None or sentence in found.say("en")
