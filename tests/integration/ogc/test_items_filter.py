"""What CQL2 filters find, in text and in JSON."""

import json

import pytest

CASES = [
    ("nazwa = 'łąka'", ["a/b?c#ł"]),
    ("nazwa = 'O''Hara; DROP TABLE'", ["o'hara"]),
    ("nazwa <> 'łąka' AND liczba < 5", ["centrum", "o'hara"]),
    ("liczba = 1 OR liczba = 2 AND czynny = true", ["centrum"]),
    ("(liczba = 1 OR liczba = 2) AND czynny = false", ["o'hara"]),
    ("NOT liczba > 3", ["centrum", "o'hara", "a/b?c#ł"]),
    ("czynny", ["centrum", "100%"]),
    ("liczba BETWEEN 2 AND 3", ["o'hara", "a/b?c#ł"]),
    ("liczba NOT BETWEEN 3 AND 9999", ["centrum", "o'hara"]),
    ("liczba IN (1, 3, 99999)", ["centrum", "a/b?c#ł"]),
    ("id IN ('centrum', '100%')", ["centrum", "100%"]),
    ("rodzaj IS NOT NULL", ["centrum", "o'hara", "100%"]),
    ("rodzaj IS NULL AND liczba < 10 and liczba>8", ["p9"]),
    ("nazwa LIKE '100\\% %'", ["100%"]),
    ("nazwa LIKE '%DROP%'", ["o'hara"]),
    ("nazwa LIKE '%pewny\\_'", ["100%"]),
    ("nazwa NOT LIKE 'Punkt%'", ["centrum", "o'hara", "a/b?c#ł", "100%"]),
    ("CASEI(nazwa) = CASEI('ŁĄKA')", ["a/b?c#ł"]),
    ("ACCENTI(nazwa) = ACCENTI('laka')", ["a/b?c#ł"]),
    ("CASEI(ACCENTI(nazwa)) LIKE CASEI(ACCENTI('LAKA%'))", ["centrum", "a/b?c#ł"]),
    ("accenti(casei(nazwa)) LIKE '%zazolc gesla jazn%'", ["centrum"]),
    ("wysokosc > liczba", ["centrum"]),
    ("liczba * 2 + 1 = 7", ["a/b?c#ł"]),
    ("liczba / 2 = 1.5", ["a/b?c#ł"]),
    ("liczba div 2 = 1 AND liczba % 2 = 1", ["a/b?c#ł"]),
    ("liczba ^ 2 = 4", ["o'hara"]),
    ("-liczba = -2", ["o'hara"]),
    ("2 - 1 - 1 = 0 AND liczba = 1", ["centrum"]),
    ("1 / wysokosc < 0", ["o'hara"]),
    ("od_dnia = DATE('2020-01-01')", ["centrum"]),
    ("od_dnia >= DATE('2021-06-15')", ["o'hara", "100%"]),
    ("zmieniono = DATE('2024-05-01')", ["centrum", "o'hara"]),
    ("zmieniono > TIMESTAMP('2024-05-01T10:00:00Z')", ["o'hara", "a/b?c#ł"]),
    ("T_AFTER(od_dnia, DATE('2020-12-31'))", ["o'hara", "100%"]),
    ("T_BEFORE(zmieniono, TIMESTAMP('2024-05-01T12:00:00Z'))", ["centrum"]),
    ("T_EQUALS(od_dnia, DATE('2021-06-15'))", ["o'hara"]),
    ("T_INTERSECTS(zmieniono, INTERVAL('2024-05-01T12:00:00Z', '..'))", ["o'hara", "a/b?c#ł"]),
    ("T_INTERSECTS(INTERVAL(od_dnia, '..'), INTERVAL('..', '2021-01-01'))", ["centrum"]),
    ("T_DISJOINT(od_dnia, INTERVAL('2021-01-01','2022-01-01'))", ["centrum", "100%"]),
    ("T_DURING(INTERVAL(od_dnia, od_dnia), INTERVAL('2021-01-01','2022-01-01'))", ["o'hara"]),
    ("T_STARTS(INTERVAL('2020-01-01','2021-01-01'), INTERVAL('2020-01-01','..')) AND liczba = 1", ["centrum"]),
    ("T_MEETS(INTERVAL('2020-01-01','2021-01-01'), INTERVAL('2021-01-01','..')) AND liczba = 1", ["centrum"]),
    ("S_INTERSECTS(geometry, POINT(18.9 50.17))", ["centrum"]),
    ("S_EQUALS(POINT(18.9 50.17), geom)", ["centrum"]),
    ("S_DISJOINT(geometry, BBOX(-180,-90,18.91,90)) AND rodzaj IS NOT NULL", ["100%"]),
    ("rodzaj = 'plac' AND S_WITHIN(geometry, POLYGON((18.905 50.165, 18.925 50.165, 18.905 50.185, 18.905 50.165)))",
     ["o'hara"]),
    ("S_CONTAINS(MULTIPOINT((18.9 50.17),(18.91 50.17)), geometry)", ["centrum", "o'hara"]),
    ("S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(18.9 50.17), LINESTRING(18.909 50.17, 18.911 50.17)))",
     ["centrum", "o'hara"]),
    ("liczba < 5 AND S_INTERSECTS(geom, MULTIPOLYGON(((18.899 50.169, 18.901 50.169, 18.901 50.173, 18.899 50.169))))",
     ["centrum"]),
    ("S_TOUCHES(geometry, LINESTRING(18.9 50.17, 18.901 50.17)) AND liczba = 1", ["centrum"]),
    ("T_AFTER(zmieniono, DATE('9999-12-31')) OR T_BEFORE(zmieniono, DATE('0000-01-01'))", []),
    ("liczba < 5 AND S_INTERSECTS(geom, POLYGON((18.89 50.169,18.901 50.171,18.901 50.169,18.89 50.171,18.89 50.169)))",
     ["centrum"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_filter_finds_what_it_says(places, text, expected):
    assert places.ids(filter=text) == expected


POLYGON_CASES = [
    ("S_TOUCHES(geometry, BBOX(18.91,50.17,18.92,50.18))", ["d1", "d3"]),
    ("S_EQUALS(geometry, BBOX(18.91,50.17,18.92,50.18))", ["d2"]),
    ("S_INTERSECTS(geometry, BBOX(18.91,50.175,18.91,50.175))", ["d1", "d2"]),
    ("S_INTERSECTS(geometry, BBOX(18.915,50.16,18.915,50.19))", ["d2"]),
    ("S_TOUCHES(geometry, POLYGON((18.91 50.17,18.92 50.17,18.92 50.18,18.91 50.18,18.91 50.17)))", ["d1", "d3"]),
    ("S_EQUALS(geometry, POLYGON((18.91 50.17,18.92 50.17,18.92 50.18,18.91 50.18,18.91 50.17)))", ["d2"]),
    ("S_CONTAINS(geometry, POINT(18.905 50.175))", ["d1"]),
    ("S_OVERLAPS(geometry, BBOX(18.905,50.16,18.915,50.175))", ["d1", "d2"]),
    ("S_CROSSES(geometry, LINESTRING(18.89 50.175, 18.915 50.175))", ["d1", "d2"]),
    ("S_WITHIN(geometry, BBOX(18.9,50.17,18.92,50.18))", ["d1", "d2"]),
    ("S_DISJOINT(geometry, BBOX(18.9,50.17,18.92,50.18))", ["d4"]),
    ("geometry IS NULL", ["bez-geometrii"]),
    ("S_INTERSECTS(geometry, geometry)", ["d1", "d2", "d3", "d4"]),
    ("numer LIKE '_/1' AND numer > '2'", ["d2", "d3", "d4"]),
]


@pytest.mark.parametrize(("text", "expected"), POLYGON_CASES, ids=[text for text, _ in POLYGON_CASES])
def test_a_spatial_filter_finds_what_it_says(areas, text, expected):
    assert areas.ids(filter=text) == expected


JSON_CASES = [
    ({"op": "=", "args": [{"property": "nazwa"}, "łąka"]}, ["a/b?c#ł"]),
    (
        {
            "op": "and",
            "args": [
                {"op": "<=", "args": [{"property": "liczba"}, 2]},
                {"op": "not", "args": [{"op": "isNull", "args": [{"property": "rodzaj"}]}]},
            ],
        },
        ["centrum", "o'hara"],
    ),
    ({"op": "between", "args": [{"property": "liczba"}, 2, 3]}, ["o'hara", "a/b?c#ł"]),
    ({"op": "in", "args": [{"property": "liczba"}, [1, 3]]}, ["centrum", "a/b?c#ł"]),
    ({"op": "like", "args": [{"op": "casei", "args": [{"property": "nazwa"}]}, "łąka%"]}, ["centrum", "a/b?c#ł"]),
    ({"op": "t_after", "args": [{"property": "od_dnia"}, {"date": "2022-01-01"}]}, ["100%"]),
    (
        {"op": "t_intersects", "args": [{"property": "zmieniono"}, {"interval": ["2024-05-02", ".."]}]},
        ["a/b?c#ł"],
    ),
    (
        {
            "op": "s_intersects",
            "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [18.9, 50.17]}],
        },
        ["centrum"],
    ),
    ({"op": "s_within", "args": [{"property": "geometry"}, {"bbox": [18.9299999, 50.1699999, 18.9300001, 50.1700001]}]},
     ["100%"]),
    ({"op": "=", "args": [{"op": "*", "args": [{"property": "liczba"}, 2]}, 4]}, ["o'hara"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), JSON_CASES, ids=[json.dumps(case) for case, _ in JSON_CASES])
def test_the_same_filters_in_json(places, content, expected):
    assert places.ids(filter=json.dumps(content), filter_lang="cql2-json") == expected


@pytest.mark.parametrize("text", ["liczba * 1e308 * 1e308 > 0", "liczba ^ 9999 > 1", "(0 - liczba) ^ 0.5 > 1"])
def test_numbers_out_of_range_are_the_filters_fault(places, refusal, text):
    assert refusal(places, filter=text)[0] == "filter"


def test_hundreds_of_conditions_are_answered(places):
    text = " OR ".join(f"liczba={number}" for number in range(550))

    assert len(places.ids(filter=text)) == 548


def test_folding_as_deep_as_a_filter_may_nest_is_answered(places):
    folded = "accenti(casei(" * 29 + "nazwa" + "))" * 29

    assert places.ids(filter=f"{folded} = 'laka'") == ["a/b?c#ł"]


def test_accents_go_whether_they_are_part_of_a_letter_or_stand_alone(places):
    for written in ("Łąka", "Łąka", "Ľāḳà"):
        assert places.ids(filter=f"ACCENTI('{written}') = 'Laka' AND id = 'centrum'") == ["centrum"]
