"""The search finds what people mean."""

import pytest

from geo import gazetteer
from geo.gazetteer import Entry, store


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


@pytest.mark.usefixtures("filled")
def test_houses_of_a_street_follow_it_in_the_order_of_their_numbers(search):
    assert search("rynek") == ["Rynek", "Rynek 1", "Rynek 2", "Rynek 16", "Rynek 16a", "Rynek 160"]


@pytest.mark.usefixtures("filled")
def test_a_street_stands_for_a_house_that_it_does_not_have(search):
    assert search("Rynek 999")[0] == "Rynek"


@pytest.mark.usefixtures("filled")
def test_nonsense_finds_nothing(search):
    nonsense = ["", " ", "%", "_", "'", "\\", "\x00", "qwertyuiop", "24080211", "x" * 500]

    assert [query for query in nonsense if search(query)] == []


@pytest.mark.usefixtures("filled")
def test_an_underscore_is_a_letter_and_no_wildcard(search):
    assert search("240802x1.0001") == []


@pytest.mark.usefixtures("filled")
def test_no_more_are_found_than_were_asked_for(search):
    assert len(search("mikolow", limit=3)) == 3


def test_of_equals_the_nearer_comes_first(deps):
    twins = [
        Entry(i, "street", "Polna", place, lng, 50.0) for i, place, lng in (("e", "East", 20.0), ("w", "West", 18.0))
    ]
    with deps.database.transaction() as connection:
        gazetteer.replace(connection, "streets", twins)

    with deps.database.public() as connection:
        found = [hit.detail for hit in gazetteer.search(connection, "polna", 5, near=(19.9, 50.0))]

    assert found == ["East", "West"]


@pytest.mark.usefixtures("filled")
def test_replacing_a_layer_forgets_its_old_entries_and_words_and_no_others(deps, search):
    with deps.database.transaction() as connection:
        count = gazetteer.replace(connection, "streets", [Entry("n", "street", "Nowa", "Mikołów", 18.9, 50.17)])

    assert count == 1
    assert search("łąkowa") == []
    assert search("lakwoa") == []
    assert search("nowa") == ["Nowa"]
    assert search("rynek")[0] == "Rynek 1"


@pytest.mark.usefixtures("filled")
def test_a_replacement_that_fails_leaves_everything_as_it_was(deps, search):
    def dying():
        yield Entry("n", "street", "Nowa", "", 18.9, 50.17)
        raise RuntimeError("the file ends here")

    with pytest.raises(RuntimeError), deps.database.transaction() as connection:
        gazetteer.replace(connection, "streets", dying())

    assert search("lakowa") == ["ulica Łąkowa"]


@pytest.mark.usefixtures("filled")
def test_a_long_query_costs_no_more_scans_than_a_short_one(deps, monkeypatch):
    corrected = []
    monkeypatch.setattr(store, "closest", lambda word, *_, **__: corrected.append(word))
    unknown = [f"nieznane{letter * 3}" for letter in "abcdefghijklmnopqrstuvwxyz"]

    with deps.database.public() as connection:
        gazetteer.search(connection, " ".join(["rynek", *unknown]), 10)

    assert corrected == unknown[: store.MOST_CORRECTED]


@pytest.mark.usefixtures("filled")
def test_a_misspelt_word_is_corrected_after_words_that_are_known(search):
    assert search("Mikołów ulica Tadeusza kosciuzski 12A")[0] == "Tadeusza Kościuszki 12A"


@pytest.mark.usefixtures("filled")
def test_words_beyond_the_tenth_are_not_read(search):
    assert search("rynek " * store.MOST_WORDS + "qwertyuiop")[0] == "Rynek"
