"""What is told by its shape is exactly what the parser reads."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from geo.layers.reader import open_file, prg2021
from geo.layers.reader.prg2021 import KINDS
from geo.layers.reader.prg2021_features import Gathering
from geo.layers.reader.prg2021_rows import by_parser, by_shape
from geo.layers.reader.xml_pieces import Uncuttable
from geo.layers.reader.xml_shapes import Slots, are_plain, learn
from tests.fixtures.prg_big import write

# What a register, an editor or an attacker may do to a feature.
CHANGES = [
    (r"<prgad:kodPocztowy>[^<]*</prgad:kodPocztowy>", ""),
    (r"<prgad:kodPocztowy>[^<]*</prgad:kodPocztowy>", "<prgad:kodPocztowy/>"),
    (r"<prgad:kodPocztowy>[^<]*</prgad:kodPocztowy>", '<prgad:kodPocztowy nilReason="missing" />'),
    (r"43-190", "  43-190\t"),
    (r"43-190", "\u00a043-190\u00a0"),
    (r"43-190", "43&#45;190"),
    (r"43-190", "43 > 190"),
    (r"43-190", "<![CDATA[43-190]]>"),
    (r"43-190", "43<!-- -->-190"),
    (r"43-190", "43\n-190"),
    (r"43-190", "43\r\n-190"),
    (r"2012-04-27", "2012-04-31"),
    (r"<gml:pos>(\S+) (\S+)</gml:pos>", r"<gml:pos>\1  \2</gml:pos>"),
    (r"<gml:pos>(\S+) (\S+)</gml:pos>", r"<gml:pos>\1 \2 3.5</gml:pos>"),
    (r"<gml:pos>(\S+) (\S+)</gml:pos>", r"<gml:pos>\1 1e3</gml:pos>"),
    (r"<gml:pos>(\S+) (\S+)</gml:pos>", r"<gml:pos></gml:pos>"),
    (r'<gml:Point srsName="EPSG:2180"', '<gml:Point srsName="EPSG:2177"'),
    (r'<gml:Point srsName="EPSG:2180"', '<gml:Point gml:id="p1" srsName="EPSG:2180"'),
    (r"<prgad:georeferencja>.*?</prgad:georeferencja>", "<prgad:georeferencja/>"),
    (r"<prgad:georeferencja>.*?</prgad:georeferencja>", ""),
    (r'<prgad:ulica2 xlink:href="#', '<prgad:ulica2 xlink:href="##'),
    (r'<prgad:ulica2 xlink:href="#', '<prgad:ulica2 xlink:href="'),
    (r"<prgad:ulica2 [^>]*>", ""),
    (r"<prgad:ulica2 [^>]*>", "<prgad:ulica2/>"),
    (r"<prgad:ulica2 ", "<prgad:ulica2\n\t\t\t\t"),
    (r"<prgad:miejscowosc [^>]*>", '<prgad:miejscowosc xlink:href="#nowhere"/>'),
    (r"(<prgad:numerPorzadkowy>)([^<]*)(</prgad:numerPorzadkowy>)", r"\1\2\3\1\2bis\3"),
    (r"(<prgad:przestrzenNazw>)", r"<prgad:obcy>x</prgad:obcy>\1"),
    (
        r"(<prgad:poczatekWersjiObiektu>)",
        r"<prgad:koniecWersjiObiektu>2025-12-01T00:00:00</prgad:koniecWersjiObiektu>\1",
    ),
    (r"2025-11-06T15:01:26</prgad:pocz", "wczoraj</prgad:pocz"),
    (r' gml:id="[^"]*">', ' gml:id="same">'),
    (r"posList>(\S+ \S+) (\S+ \S+)<", r"posList>\1 \2 \1<"),
    (r"posList>(\S+ \S+) (\S+ \S+)<", r"posList>\1<"),
    (r"posList>(\S+ \S+) (\S+ \S+)<", r"posList>\1\n\2<"),
    (r"(<gml:featureMember>)", r"<!-- one -->\1"),
    (r"(<gml:featureMember>)", r"<gml:boundedBy><gml:Null>unknown</gml:Null></gml:boundedBy>\1"),
    (r"gml:featureMember>", "gml:member>"),
    (r"<gml:featureMember>\n", "<gml:featureMember>"),
    (r"\n\t*", ""),
    (r"AD_PunktAdresowy", "AD_Inny"),
    (r"(<prgad:idIIP>)", r"mixed \1"),
]


def features_of(reading):
    """Everything that is read of a file in one of the two ways."""
    gathered = Gathering(KINDS, lambda _: None)
    blocks = list(reading(gathered))
    closed = Counter()
    spool = type("Kept", (), {"blocks": lambda _: blocks})()
    features = prg2021._read(spool, gathered.links, frozenset(KINDS.values()), closed)
    found = [
        (
            *(raw.kind, raw.number, raw.name, dict(raw.fields), raw.srs, raw.line, raw.teryt),
            raw.geometry and raw.geometry.wkb_hex,
            [(one.severity, one.code, one.text, one.feature, one.line) for one in raw.findings],
        )
        for some in features
        for raw in some.each()
    ]
    return sorted(found, key=lambda one: one[1]), gathered.tally, closed


def both_ways(path):
    return (
        features_of(lambda gathered: by_shape(path, gathered)),
        features_of(lambda gathered: by_parser(path, path.name, gathered)),
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_register_with_odd_features_among_others_reads_the_same_both_ways(tmp_path, seed):
    path = tmp_path / "a.gml"
    write(400, path)
    chance = random.Random(seed)  # noqa: S311 - the same oddities each time
    head, *members = re.split(r"(?=\t<gml:featureMember>)", path.read_text(encoding="utf-8"))
    for place in range(len(members)):
        for _ in range(chance.choice([0, 0, 1, 2])):
            pattern, text = chance.choice(CHANGES[:-8] + CHANGES[-8:-6])
            members[place] = re.sub(pattern, text, members[place], flags=re.DOTALL)
    path.write_text(head + "".join(members), encoding="utf-8")

    by_shapes, by_parsing = both_ways(path)

    assert by_shapes == by_parsing


@pytest.mark.parametrize("change", range(len(CHANGES)))
def test_each_oddity_in_every_feature_reads_the_same_both_ways(tmp_path, change):
    path = tmp_path / "a.gml"
    write(30, path)
    head, *members = re.split(r"(?=\t<gml:featureMember>)", path.read_text(encoding="utf-8"))
    pattern, text = CHANGES[change]
    changed = [re.sub(pattern, text, member, flags=re.DOTALL) for member in members]
    path.write_text(head + "".join(changed), encoding="utf-8")

    try:
        by_shapes, by_parsing = both_ways(path)
    except Uncuttable:
        with open_file(path) as source:
            list(source.features(source.kinds))
    else:
        assert by_shapes == by_parsing


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("</gml:FeatureCollection>", "</gml:FeatureCollection><more/>"),
        lambda text: text.replace("43-190", "43\x01190", 1),
        lambda text: text.replace("43-190", "43]]>190", 1),
        lambda text: text.replace("43-190", "43&nic;190", 1),
        lambda text: text.replace("43-190", "43\ufffe190", 1),
        lambda text: text.replace('xlink:href="#PL', 'xlink:href="<PL', 1),
        lambda text: text.replace('xlink:href="#PL', 'nic:href="#PL', 1),
        lambda text: text.replace('<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="UTF-16"?>'),
        lambda text: text.replace("<gml:featureMember>", "<gml:featureMember><!-- ", 1),
    ],
)
def test_what_is_no_xml_is_left_to_the_parser_to_say(tmp_path, broken):
    path = tmp_path / "a.gml"
    write(60, path)
    path.write_text(broken(path.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(Uncuttable):
        list(by_shape(path, Gathering(KINDS, lambda _: None)))


def test_all_but_the_first_features_of_a_kind_are_told_by_their_shape(tmp_path, monkeypatch):
    path = tmp_path / "a.gml"
    write(2000, path)
    gathered = Gathering(KINDS, lambda _: None)
    parsed = []
    find = gathered.parsed
    monkeypatch.setattr(gathered, "parsed", lambda *given: parsed.append(given) or find(*given))

    rows = sum(len(block.numbers) for block in by_shape(path, gathered))

    assert rows == gathered.tally.total() == 2000 + 7 + 140
    assert len(parsed) < 7 + 5


def test_a_shape_that_would_read_its_own_feature_otherwise_is_not_learnt():
    text = '\n<m><a gml:id="1"><b>2</b></a></m>'
    slots = Slots(("b",), ())

    assert learn(text, 1, {"gml:id": "1", "b": "2"}, slots, "nothing") is not None
    assert learn(text, 1, {"gml:id": "1", "b": "3"}, slots, "nothing") is None


@pytest.mark.parametrize(
    "member",
    [
        '<gml:featureMember gml:id="{0}"><prgad:{cls} gml:id="{1}">',
        '<gml:boundedBy/>\n<gml:featureMember gml:id="{0}"><prgad:{cls} gml:id="{1}">',
        '<gml:featureMember><prgad:{cls} xml:id="{0}" gml:id="{1}">',
        '<gml:featureMember><prgad:{cls} gml:id="{1}" xml:id="{0}">',
        '<gml:featureMember><prgad:{cls} xmlns:id="{0}" gml:id="{1}">',
        '<gml:featureMember><prgad:{cls} fid="{1}" xml:id="{0}">',
    ],
)
def test_whatever_else_is_called_an_id_the_feature_has_the_parser_s(tmp_path, member):
    path = tmp_path / "a.gml"
    write(30, path)
    text = path.read_text(encoding="utf-8")
    seen = Counter()

    def changed(match):
        cls, own = match.groups()
        seen[cls] += 1
        if seen.total() == 1:
            return match[0]  # after which the file is cut
        # Alike in the first of a class, of which the shape is learnt; in the others not.
        return member.format(own if seen[cls] == 1 else f"x{cls}{seen[cls]}", own, cls=cls)

    text = re.sub(r'<gml:featureMember>\s*<prgad:(\w+) gml:id="([^"]*)">', changed, text)
    path.write_text(text, encoding="utf-8")

    by_shapes, by_parsing = both_ways(path)

    assert seen["AD_PunktAdresowy"] > 1
    assert by_shapes == by_parsing


@pytest.mark.parametrize("attribute", ["xml:id", "gml:id"])
def test_an_id_that_is_empty_in_the_first_feature_is_nobody_s_in_the_next(attribute):
    text = f'\n<m><a {attribute}=""><b>2</b></a></m>'

    shape = learn(text, 1, {"b": "2"}, Slots(("b",), ()), "nothing")

    assert shape is None or shape.quick.match(text.replace('=""', '="1"')) is None


def test_a_name_space_called_as_a_link_is_markup():
    text = '\n<m><a gml:id="1"><l xmlns:href="#u" xlink:href="#v"/></a></m>'

    shape = learn(text, 1, {"gml:id": "1", "l": "v"}, Slots((), ("l",)), "nothing")

    assert shape is not None
    assert shape.quick.match(text.replace("#u", "#w")) is None


def test_a_feature_of_many_pages_is_left_to_the_parser():
    text = '\n<m><a gml:id="1"><b>2</b>' + "<c>3</c>" * 9000 + "</a></m>"

    assert learn(text, 1, {"gml:id": "1", "b": "2"}, Slots(("b",), ()), "nothing") is None


def test_values_that_are_no_plain_text_are_noticed():
    assert are_plain("Święta Łucja, 43-190\u00a0„x”")
    for odd in ("a&b", "a>b", "a<b", "a\nb", "a\x01b", "a\ufffeb"):
        assert not are_plain(odd)
