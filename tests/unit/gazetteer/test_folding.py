"""What people write in many ways is folded to one."""

import pytest

from geo.gazetteer.folding import fold, indexed, natural
from geo.gazetteer.spelling import closest, distance


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Kościuszki", "kosciuszki"),
        ("ŻÓŁĆ, Gęślą Jaźń!", "zolc gesla jazn"),
        ("ul. Rynek 16", "rynek 16"),
        ("ul.Rynek 16", "rynek 16"),
        ("ulica Rynek 16", "rynek 16"),
        ("al. Jana Pawła II", "jana pawla ii"),
        ("os. 30-lecia", "30 lecia"),
        ("pl. 750-lecia", "750 lecia"),
        ("plac", "plac"),
        ("12 A", "12a"),
        ("Rynek 12 a", "rynek 12a"),
        ("12/4 B", "12/4b"),
        ("12 w Mikołowie", "12 w mikolowie"),
        ("3 Maja", "3 maja"),
        ("3-go Maja", "3 maja"),
        ("Trzeciego Maja", "3 maja"),
        ("dwudziestego siódmego stycznia", "27 stycznia"),
        ("43-190 Mikołów", "43-190 mikolow"),
        ("Bielska-Biała", "bielska biala"),
        ("gen.Sikorskiego", "gen sikorskiego"),
        ("działka nr 1234/5", "1234/5"),
        ("240802_1.0001.AR_3.123/4", "240802_1.0001.ar_3.123/4"),
        ("  two \t blanks ", "two blanks"),
        ("Михайло", "михаило"),
        ("%", ""),
        ("", ""),
    ],
)
def test_many_ways_of_writing_are_one(written, folded):
    assert fold(written) == folded


def test_folding_twice_changes_nothing():
    once = fold("al. gen. Władysława Sikorskiego 12 A, 43-190 Mikołów")

    assert fold(once) == once


def test_an_entry_is_stored_with_its_keys_apart_and_its_designator_last():
    assert indexed(["pl. Wolności", "Wolności"]) == "| wolnosci plac "
    assert indexed(["1234/5 Mokre", "240802_1.0001.1234/5"]) == "| 1234/5 mokre | 240802_1.0001.1234/5 "


def test_numbers_sort_as_numbers():
    houses = ["12a", "100", "2", "12", "12/4", "1"]

    assert sorted(houses, key=natural) == ["1", "2", "12", "12/4", "12a", "100"]


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("rynek", "rynek", 0), ("rnyek", "rynek", 1), ("rynk", "rynek", 1), ("katowika", "katowicka", 1), ("", "abc", 3)],
)
def test_swapping_neighbours_is_one_mistake(one, other, steps):
    assert distance(one, other) == steps


def test_a_short_word_may_have_one_mistake_and_a_long_one_two():
    assert closest("lpwa", ["lipowa"], begun=False) is None
    assert closest("lipwa", ["lipowa"], begun=False) == "lipowa"
    assert closest("kosciuzsky", ["kosciuszki"], begun=False) == "kosciuszki"


def test_an_unfinished_word_is_compared_with_beginnings():
    assert closest("kosciuzs", ["kosciuszki", "katowicka"], begun=True) == "kosciuszki"
    assert closest("kosciuzs", ["kosciuszkowska"], begun=False) is None
