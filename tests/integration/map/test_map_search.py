"""What the search box, a touch on the map and one object answer."""

import re

from map_addresses import PARCEL

from geo import gazetteer


def test_the_search_answers_geojson_with_words(client):
    answer = client.get("/api/search?q=rynek+16&limit=1&lang=en")

    assert answer.mimetype == "application/geo+json"
    (feature,) = answer.json["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [18.9, 50.17]}
    assert feature["properties"]["label"] == "Rynek 16"
    assert feature["properties"]["kind_title"] == "address"
    assert feature["properties"]["layer"] == "addresses"


def test_what_is_here_is_said_for_every_collection_at_the_point(client):
    answer = client.get("/api/here?lng=18.9005&lat=50.1705&zoom=18&lang=pl")

    assert [found["layer"] for found in answer.json] == ["addresses", "parcels", "buildings", "boundary"]
    assert answer.json[0]["label"] == "Rynek 16"
    assert {"title": "Data nadania", "value": "9 maja 2001"} in answer.json[0]["rows"]
    assert {"title": "Rodzaj według KŚT", "value": "mieszkalny"} in answer.json[2]["rows"]


def test_a_line_is_reached_by_a_fingertip_near_it_and_no_further(client):
    near = client.get("/api/here?lng=18.9005&lat=50.16993&zoom=17").json
    far = client.get("/api/here?lng=18.9005&lat=50.16960&zoom=17").json

    assert "streets" in [found["layer"] for found in near]
    assert "streets" not in [found["layer"] for found in far]


def test_nothing_is_here_far_away(client):
    assert client.get("/api/here?lng=0&lat=0&zoom=18").json == []


def test_one_feature_is_said_with_a_point_on_it(client):
    answer = client.get(f"/api/feature/parcels/{PARCEL}?lang=en")

    assert answer.json["label"] == "Parcel 123/4"
    assert answer.json["rows"] == [
        {"title": "Parcel identifier", "value": "240802_1.0001.AR_3.123/4"},
        {"title": "Parcel number", "value": "123/4"},
    ]
    assert (answer.json["lng"], answer.json["lat"]) == (18.9005, 50.1705)


def test_a_house_number_that_does_not_exist_is_said(client):
    answer, page = client.get("/api/search?q=rynek+999&lang=en"), client.get("/szukaj?q=rynek+999")
    exact = client.get("/api/search?q=rynek+16")

    assert answer.json["note"] == "Rynek has no number 999; here are the nearest."
    assert [f["properties"]["label"] for f in answer.json["features"]][:2] == ["Rynek", "Rynek 160"]
    assert "Rynek: nie ma numeru 999. Oto najbliższe." in page.text
    assert exact.json["note"] is None


def test_what_nobody_has_drawn_is_found_without_a_place(client, deps):
    with deps.database.transaction() as connection:
        entry = gazetteer.Entry("s0", "street", "Ukryta", "Mikołów", None)
        gazetteer.replace(connection, "streets", [entry])

    (feature,) = client.get("/api/search?q=ukryta").json["features"]
    page = client.get("/szukaj?q=ukryta").text

    assert feature["geometry"] is None
    assert "bbox" not in feature
    assert 'href="/obiekt/streets/s0"' in page
    assert "#map=18" not in page


def test_a_list_that_is_cut_says_so_in_the_answer_and_on_the_page(client):
    cut = client.get("/api/search?q=rynek&limit=2").json
    whole = client.get("/api/search?q=rynek").json
    nothing = client.get("/api/search?q=").json

    assert (len(cut["features"]), cut["more"], cut["note"]) == (2, True, None)
    assert whole["more"] is False
    assert (nothing["features"], nothing["more"]) == ([], False)


def test_the_example_in_the_search_box_is_an_address_that_is_found(client):
    example = re.search(r'placeholder="e.g. ([^"]+)"', client.get("/?lang=en").text)[1]

    (first, *_) = client.get("/api/search", query_string={"q": example}).json["features"]
    assert (first["properties"]["kind"], first["properties"]["label"]) == ("address", example)


def test_the_search_works_without_script_and_each_result_has_a_page(client):
    results = client.get("/szukaj?q=rynek+16").text
    page = re.search(r'href="(/obiekt/addresses/a16)"', results)

    assert page
    feature = client.get(page[1]).text
    assert "<h1>Rynek 16</h1>" in feature
    assert "PL-2000" in feature
    assert "123/4" in feature
