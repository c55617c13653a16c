"""Values as people write them."""

from dataclasses import replace
from datetime import date

import pytest

from geo import wording
from geo.errors import BadRequest
from geo.feature import Field
from geo.map import parameters, words
from geo.map.facts import Fact
from geo.map.phrases import phrases


@pytest.mark.parametrize(
    ("field", "value", "polish", "english"),
    [
        (Field("x", "date", {}), "2026-11-12", "12 listopada 2026", "12 November 2026"),
        (Field("x", "datetime", {}), "2026-11-12T10:00:00+00:00", "12 listopada 2026", "12 November 2026"),
        (Field("x", "number", {}, unit="ha"), 0.0865, "0,0865 ha", "0.0865 ha"),
        (Field("x", "number", {}, unit="m2"), 1234.0, "1234 m²", "1,234 m²"),
        (Field("x", "integer", {}), 0, "0", "0"),
        (Field("x", "boolean", {}), False, "nie", "no"),
        (
            Field("x", "text", {}, enum={"m": {"pl": "mieszkalny", "en": "residential"}}),
            "m",
            "mieszkalny",
            "residential",
        ),
        (Field("x", "text", {}, enum={"m": {"pl": "mieszkalny", "en": "residential"}}), "q", "q", "q"),
        (Field("x", "text", {}), None, "", ""),
        (
            Field("x", "text", {}, unit="ha"),
            "RIVb 0.0489; Br-RV 1",
            "RIVb 0,0489 ha; Br-RV 1",
            "RIVb 0.0489 ha; Br-RV 1",
        ),
        (Field("x", "text", {}), "240802_1.0003 0.5", "240802_1.0003 0.5", "240802_1.0003 0.5"),
    ],
)
def test_a_value_is_said_in_the_readers_language(field, value, polish, english):
    assert wording.say(field, value, "pl").replace("\N{NO-BREAK SPACE}", "") == polish
    assert wording.say(field, value, "en") == english


def test_a_parcel_is_described_without_what_is_empty_or_only_for_machines(catalog):
    fields = {"id_dzialki": "240802_1.0001.AR_3.123/4", "numer": "123/4", "obreb": "0001", "arkusz": None}
    fact = Fact(catalog.collections["parcels"], "240802_1.0001.AR_3.123/4", fields, 18.9, 50.17)

    said = words.describe(fact, "pl", "/geo")

    assert said.label == "Działka 123/4"
    assert [(row.title, row.value) for row in said.rows] == [
        ("Identyfikator działki", "240802_1.0001.AR_3.123/4"),
        ("Numer działki", "123/4"),
        ("Obręb", "0001"),
    ]
    assert said.link == "/geo/ogc/collections/parcels/items/240802_1.0001.AR_3.123%2F4"
    assert said.page == "/geo/obiekt/parcels/240802_1.0001.AR_3.123%2F4"


@pytest.mark.parametrize(
    ("layer", "fields", "polish", "english"),
    [
        (
            "roads",
            {"numer": "DW927", "nazwa": "Rynek", "kategoria": "wojewodzka"},
            "Droga wojewódzka DW927, Rynek",
            "Voivodeship road DW927, Rynek",
        ),
        (
            "roads",
            {"numer": None, "nazwa": "Rynek", "kategoria": "gminna"},
            "Droga gminna, Rynek",
            "Municipal road, Rynek",
        ),
        ("parcels", {"numer": "7", "obreb": None}, "Działka 7", "Parcel 7"),
        ("buildings", {"rodzaj_kst": "m"}, "Budynek, mieszkalny", "Building, residential"),
        ("buildings", {"rodzaj_kst": None}, "Budynek", "Building"),
        ("ortho-2024", {"nazwa": "a.tif"}, "Ortofotomapa 2024", "Orthophoto 2024"),
        ("streets", {"nazwa": "Rynek"}, "Rynek", "Rynek"),
    ],
)
def test_a_heading_is_in_human_words(catalog, layer, fields, polish, english):
    collection = catalog.collections[layer]

    assert [wording.heading(collection, fields, language) for language in ("pl", "en")] == [polish, english]


@pytest.mark.parametrize("written", ["", "-1", "0", "1.5", "²", "x", "9" * 5000])
def test_a_limit_that_is_no_number_is_named(written):
    with pytest.raises(BadRequest) as caught:
        parameters.whole({"limit": written}, "limit", 10, 1, 50)

    assert caught.value.values["parameter"] == "limit"


def test_a_limit_above_the_highest_is_the_highest():
    assert parameters.whole({"limit": "999"}, "limit", 10, 1, 50) == 50


@pytest.mark.parametrize("written", [{}, {"lng": ""}, {"lng": "181"}, {"lng": "nan"}, {"lng": "inf"}, {"lng": "x"}])
def test_a_coordinate_outside_the_world_is_named(written):
    with pytest.raises(BadRequest) as caught:
        parameters.number(written, "lng", -180, 180)

    assert caught.value.values["parameter"] == "lng"


def test_the_script_gets_the_same_phrases_in_both_languages_and_every_plural_form():
    polish, english = phrases("pl"), phrases("en")

    assert polish.keys() == english.keys()
    assert [polish[f"found.{form}"] for form in ("one", "few", "many")] == [
        "Znaleziono {n} miejsce",
        "Znaleziono {n} miejsca",
        "Znaleziono {n} miejsc",
    ]
    assert english["found.one"] == "{n} place found"


@pytest.mark.parametrize(
    ("language", "label", "layer_title"),
    [("pl", "Ortofotomapa 2024", "Ortofotomapa"), ("en", "Orthophoto 2024", "Orthophoto")],
)
def test_a_picture_of_a_flight_is_called_by_its_flight_and_not_by_its_file(catalog, language, label, layer_title):
    fact = Fact(catalog.collections["ortho-2024"], "0123456789abcdef", {"nazwa": "ortho-2024-centrum.tif"}, 18.9, 50.17)

    said = words.describe(fact, language, "")

    assert (said.label, said.layer_title) == (label, layer_title)
    assert [row.value for row in said.rows] == ["ortho-2024-centrum.tif"]


def test_a_picture_says_when_it_was_taken_and_how_fine_it_is(catalog):
    fields = {"nazwa": "centrum.tif", "data_nalotu": "2024-05-17", "piksel_m": 0.1}
    fact = Fact(catalog.collections["ortho-2024"], "0123456789abcdef", fields, 18.9, 50.17)

    assert words.describe(fact, "pl", "").layer_title == "Ortofotomapa, 17 maja 2024, piksel 0,1 m"
    assert words.describe(fact, "en", "").layer_title == "Orthophoto, 17 May 2024, pixel 0.1 m"


def aged(catalog, **days):
    return [replace(catalog.collections[name.replace("_", "-")], data_date=day) for name, day in days.items()]


def test_a_page_of_layers_of_several_ages_says_the_span_and_not_only_the_newest(catalog):
    old, new, flown = date(2019, 3, 1), date(2026, 11, 12), date(2015, 7, 1)
    several = aged(catalog, addresses=old, parcels=new, ortho_2019=flown)

    span = "Data from 1 March 2019 to 12 November 2026; each layer has a date of its own."
    assert wording.dated(several, "en") == span
    assert wording.dated(several, "pl").startswith("Stan danych: od 1 marca 2019 do 12 listopada 2026;")
    assert wording.dated(aged(catalog, addresses=old), "pl") == "Stan danych: 1 marca 2019."
    assert wording.dated(aged(catalog, ortho_2019=flown), "en") == ""


def test_the_day_of_publication_is_never_said_to_be_the_day_of_the_data(catalog):
    known, unknown = aged(catalog, parcels=date(2026, 11, 12), addresses=None)
    published = wording.day(unknown.published_at.date(), "pl")

    assert wording.dated([unknown], "pl") == f"Opublikowano {published}."
    assert wording.dated([known, unknown], "pl") == (
        f"Stan danych: 12 listopada 2026. Warstwy bez podanego stanu opublikowano do {published}."
    )
    assert wording.provenance(unknown, "pl").endswith(f"; opublikowano {published}.")
    assert wording.provenance(known, "pl").endswith("; stan na 12 listopada 2026.")
