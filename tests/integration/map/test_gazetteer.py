"""The search finds what people mean."""

import pytest

from geo import gazetteer
from geo.gazetteer import Entry, asking
from geo.map import words
from tests.integration.map.conftest import ADDRESSES


@pytest.mark.usefixtures("filled")
def test_the_first_hit_is_what_was_meant(search):
    meant = {
        "Rynek 16": "Rynek 16",
        "rynek 16a": "Rynek 16a",
        "Rynek 16 A": "Rynek 16a",
        "ul. Rynek 16": "Rynek 16",
        "16 Rynek": "Rynek 16",
        "Rynek 16 Mikołów": "Rynek 16",
        "mikolow rynek 16": "Rynek 16",
        "Kosciuszki Tadeusza 12a": "Tadeusza Kościuszki 12A",
        "Kościuszki": "ulica Tadeusza Kościuszki",
        "kosciuzski": "ulica Tadeusza Kościuszki",
        "kosciuzs": "ulica Tadeusza Kościuszki",
        "lakowa": "ulica Łąkowa",
        "ŁĄKOWA": "ulica Łąkowa",
        "rynek mikolow": "Rynek",
        "mikolow rynek": "Rynek",
        "ul. Rynek Mikołów": "Rynek",
        "miko ryn": "Rynek",
        "trzeciego maja": "ulica 3 Maja",
        "Trzeciego Maja 4": "3 Maja 4",
        "pl. wolnosci": "plac Wolności",
        "plac": "plac Wolności",
        "mikołów": "Mikołów",
        "miko": "Mikołów",
        "m": "Mikołów",
        "123/4": "240802_1.0001.AR_3.123/4",
        "działka 123/4": "240802_1.0001.AR_3.123/4",
        "1234": "240802_1.0001.AR_3.1234",
        "240802_1.0001.AR_3.123/4": "240802_1.0001.AR_3.123/4",
        "240802_1.0002": "240802_1.0002.AR_1.7",
    }

    found = {query: next(iter(search(query)), None) for query in meant}

    assert found == meant


def test_the_registry_lets_a_street_be_found_with_its_locality(deps):
    entry = deps.registry.layers["streets"]

    assert "{nazwa} {miejscowosc}" in entry.search.keys


@pytest.mark.usefixtures("filled")
def test_houses_of_a_street_follow_it_in_the_order_of_their_numbers(search):
    assert search("rynek") == ["Rynek", "Rynek 1", "Rynek 2", "Rynek 16", "Rynek 16a", "Rynek 160"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "missing", "instead", "first"),
    [
        ("Rynek 999", "999", "nearest", ["Rynek", "Rynek 160", "Rynek 16", "Rynek 16a", "Rynek 2"]),
        ("999 rynek", "999", "nearest", ["Rynek", "Rynek 160"]),
        ("rynke 3", "3", "nearest", ["Rynek", "Rynek 2", "Rynek 1"]),
        ("3 maja 17", "17", "nearest", ["ulica 3 Maja", "3 Maja 4"]),
        ("Kościuszki 1", "1", "begun", ["Tadeusza Kościuszki 12A"]),
        ("mikolow 12-34", "12-34", "rest", ["Mikołów"]),
    ],
)
def test_a_number_that_does_not_exist_is_said_and_the_street_offered_with_its_nearest(
    find, query, missing, instead, first
):
    found = find(query)

    assert (found.missing, found.instead) == (missing, instead)
    assert [hit.label for hit in found.hits][: len(first)] == first


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("query", ["Rynek 16", "rynek", "16a ryn", "3 maja", "123", "mikolow 43-19"])
def test_of_what_exists_nothing_is_said_to_be_missing(find, query):
    found = find(query)

    assert found.hits
    assert found.missing is None


@pytest.mark.usefixtures("filled")
def test_a_postcode_finds_its_addresses_with_and_without_the_hyphen(search):
    assert set(search("43-190")) == {f"{street} {number}" for _, street, number in ADDRESSES}
    assert search("43190") == search("43-190")
    assert search("43-190 rynek 16")[0] == "Rynek 16"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("query", ["rynek16", "RYNEK16", "mikołów rynek16"])
def test_a_number_may_follow_its_street_without_a_blank(search, query):
    assert search(query)[0] == "Rynek 16"


@pytest.mark.usefixtures("filled")
def test_a_layer_that_is_not_published_is_not_found_nor_corrects_a_word(find):
    assert [hit.label for hit in find("rynek 16", layers=["streets"]).hits] == ["Rynek"]
    assert find("kosciuzski", layers=["parcels"]).hits == []


def test_what_nobody_has_drawn_is_found_without_a_place(deps, find):
    with deps.database.transaction() as connection:
        gazetteer.replace(connection, "streets", [Entry("u", "street", "ulica Ukryta", "Mikołów", None)])

    (hit,) = find("ukryta").hits

    assert (hit.label, hit.lng, hit.lat, hit.bbox) == ("ulica Ukryta", None, None, None)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("query", ["", " \x01\x02\t", "...,;-/", "\x00", "\N{GRINNING FACE}"])
def test_a_query_without_a_word_is_known_to_hold_none(find, query):
    found = find(query)

    assert (found.hits, found.asked) == ([], "nothing")


@pytest.mark.usefixtures("filled")
def test_nonsense_finds_nothing(search):
    nonsense = ["", " ", "%", "_", "'", "\\", "\x00", "qwertyuiop", "24080211", "x" * 500]

    assert [query for query in nonsense if search(query)] == []


@pytest.mark.usefixtures("filled")
def test_an_underscore_is_a_letter_and_no_wildcard(search):
    assert search("240802x1.0001") == []


@pytest.mark.usefixtures("filled")
def test_no_more_are_found_than_were_asked_for_and_it_is_known_that_there_are_more(find):
    cut, whole = find("rynek", limit=5), find("rynek", limit=6)

    assert (len(cut.hits), cut.more) == (5, True)
    assert (len(whole.hits), whole.more) == (6, False)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "asked", "advice"),
    [
        ("qwertyuiop", "names", "Nothing was found. Check the spelling."),
        ("9999/9", "numbers", "Nothing has this number. Check it, or choose the place on the map."),
        ("qwertyuiop 7", "both", "Nothing was found. Check the spelling, or leave out the number."),
    ],
)
def test_the_advice_for_what_is_not_found_fits_what_was_asked(find, query, asked, advice):
    found = find(query)

    assert (found.hits, found.asked) == ([], asked)
    assert words.note(found, "en") == advice


@pytest.mark.usefixtures("filled")
def test_replacing_a_layer_forgets_its_old_entries_and_words_and_no_others(deps, search):
    with deps.database.transaction() as connection:
        count = gazetteer.replace(connection, "streets", [Entry("n", "street", "Nowa", "Mikołów", (18.9, 50.17))])

    assert count == 1
    assert search("łąkowa") == []
    assert search("lakwoa") == []
    assert search("nowa") == ["Nowa"]
    assert search("rynek")[0] == "Rynek 1"


@pytest.mark.usefixtures("filled")
def test_a_replacement_that_fails_leaves_everything_as_it_was(deps, search):
    def dying():
        yield Entry("n", "street", "Nowa", "", (18.9, 50.17))
        raise RuntimeError("the file ends here")

    with pytest.raises(RuntimeError), deps.database.transaction() as connection:
        gazetteer.replace(connection, "streets", dying())

    assert search("lakowa") == ["ulica Łąkowa"]


@pytest.mark.usefixtures("filled")
def test_a_long_query_costs_no_more_scans_than_a_short_one(deps, monkeypatch):
    corrected = []
    monkeypatch.setattr(asking, "closest", lambda word, *_, **__: corrected.append(word))
    unknown = [f"nieznane{letter * 3}" for letter in "abcdefghijklmnopqrstuvwxyz"]

    with deps.database.public() as connection:
        gazetteer.search(connection, " ".join(["rynek", *unknown]), ["streets"], 10)

    assert corrected == unknown[: asking.MOST_CORRECTED]


@pytest.mark.usefixtures("filled")
def test_a_misspelt_word_is_corrected_after_words_that_are_known(search):
    assert search("Mikołów ulica Tadeusza kosciuzski 12A")[0] == "Tadeusza Kościuszki 12A"


@pytest.mark.usefixtures("filled")
def test_words_beyond_the_tenth_are_not_read(search):
    assert search("rynek " * asking.MOST_WORDS + "qwertyuiop")[0] == "Rynek"
