"""The map's pages and answers, asked over HTTP."""

import json
import re
from dataclasses import replace

import pytest
from flask import Flask

from geo import gazetteer
from geo.catalog import Catalog
from geo.http.assets import FOREVER
from geo.map import views

PARCEL = "240802_1.0001.AR_3.123%2F4"


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


def test_a_parameter_that_is_missing_is_said_to_be_missing(client):
    missing, wrong = client.get("/api/here?lat=50&zoom=12"), client.get("/api/here?lng=x&lat=50&zoom=12")

    assert "missing" in missing.json["title"]
    assert "must be a number" in wrong.json["title"]


def test_a_house_number_that_does_not_exist_is_said(client):
    answer, page = client.get("/api/search?q=rynek+999&lang=en"), client.get("/szukaj?q=rynek+999")
    exact = client.get("/api/search?q=rynek+16")

    assert answer.json["note"] == "Rynek has no number 999; here are the nearest."
    assert [f["properties"]["label"] for f in answer.json["features"]][:2] == ["Rynek", "Rynek 160"]
    assert "Rynek: nie ma numeru 999. Oto najbliższe." in page.text
    assert exact.json["note"] is None


JUNK = ("%00%01%1f", "%ED%A0%80", "...,;-", "%F0%9F%98%80", "%25%5F", "'--", "a" * 10_000, "%D9%A3%D9%A4")


def test_junk_is_answered_clearly_and_never_with_a_failure(client):
    answers = {junk: client.get(f"/api/search?q={junk}") for junk in JUNK}

    assert {junk: answer.status_code for junk, answer in answers.items()} == {
        junk: 400 if len(junk) > 200 else 200 for junk in JUNK
    }
    assert answers["...,;-"].json["note"] == "Wpisz nazwę, numer albo kod pocztowy."
    assert [client.get(f"/szukaj?q={junk}").status_code for junk in JUNK if len(junk) < 200] == [200] * (len(JUNK) - 1)


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


def test_many_invented_layers_are_counted_and_their_list_is_folded(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET synthetic = (collection <> 'parcels')")
        connection.execute("UPDATE geo.revision SET revision = revision + 1")
    count = len(deps.catalog().collections)

    page = client.get("/?lang=en").text

    notice = re.search(r'<div class="notice".*?</div>', page, re.DOTALL)[0]
    assert f"Invented layers: {count - 1} of {count}. The others are real." in notice
    folded = re.search(r"<details>.*</details>", notice, re.DOTALL)[0]
    assert folded.count("<li>") == count - 1
    assert "Parcels" not in folded


def test_in_a_town_of_both_kinds_it_is_said_which_layers_are_invented(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET synthetic = (collection = 'parcels')")
        connection.execute("UPDATE geo.revision SET revision = revision + 1")

    pages = {
        address: client.get(address).text for address in ("/", f"/obiekt/parcels/{PARCEL}", "/obiekt/addresses/a16")
    }

    assert "Zmyślone są tu: Działki ewidencyjne. Pozostałe warstwy są prawdziwe." in pages["/"]
    assert "Część zmyślona" in pages["/"]
    assert "Te dane są zmyślone" in pages[f"/obiekt/parcels/{PARCEL}"]
    assert "Dane pokazowe" not in pages["/obiekt/addresses/a16"]
    facts = client.get("/api/here?lng=18.9005&lat=50.1705&zoom=18").json
    assert {fact["layer"]: fact["synthetic"] for fact in facts} == {
        "addresses": False,
        "parcels": True,
        "buildings": False,
        "boundary": False,
    }


WRONG = (
    ("/api/search", "q"),
    ("/api/search?q=a&limit=0", "limit"),
    ("/api/search?q=a&limit=x", "limit"),
    ("/api/search?q=a&lang=de", "lang"),
    ("/api/search?q=a&quary=b", "quary"),
    ("/api/search?q=" + "a" * 201, "q"),
    ("/api/here?lat=50&zoom=12", "lng"),
    ("/api/here?lng=19&lat=91&zoom=12", "lat"),
    ("/api/here?lng=19&lat=50&zoom=nan", "zoom"),
    ("/styles/town.json?theme=pink", "theme"),
    ("/api/search?q=a&q=b", "q"),
    ("/api/here?lng=19&lat=50&zoom=12&zoom=13", "zoom"),
    ("/api/here?lng=19&lat=50&zoom=12&utm_source=x", "utm_source"),
    (f"/api/feature/parcels/{PARCEL}?lang=pl&lang=en", "lang"),
    (f"/api/feature/parcels/{PARCEL}?format=json", "format"),
    ("/api/progress?since=1", "since"),
    ("/styles/town.json?theme=dark&theme=dark", "theme"),
    ("/styles/town.json?them=dark", "them"),
    ("/tiles/parcels.json?lang=pl&lang=pl", "lang"),
    ("/tiles/parcels.json?f=json", "f"),
    ("/?lang=xx", "lang"),
)


def test_a_wrong_parameter_is_named(client):
    answers = [(client.get(address), parameter) for address, parameter in WRONG]

    assert [answer.status_code for answer, _ in answers] == [400] * len(WRONG)
    assert [parameter for answer, parameter in answers if parameter not in answer.json["title"]] == []


def test_a_list_that_is_cut_says_so_in_the_answer_and_on_the_page(client):
    cut = client.get("/api/search?q=rynek&limit=2").json
    whole = client.get("/api/search?q=rynek").json
    nothing = client.get("/api/search?q=").json

    assert (len(cut["features"]), cut["more"], cut["note"]) == (2, True, None)
    assert whole["more"] is False
    assert (nothing["features"], nothing["more"]) == ([], False)


def test_what_does_not_exist_is_not_found(client):
    nowhere = (
        "/api/feature/parcels/none",
        "/api/feature/parcels/%00",
        "/obiekt/parcels/a%00b",
        "/obiekt/%00/a",
        "/api/feature/parcels/%ff",
        "/api/feature/owners/1",
        "/obiekt/parcels/none",
        "/tiles/owners.json",
        "/assets/no.js",
    )

    assert {address: client.get(address).status_code for address in nowhere} == dict.fromkeys(nowhere, 404)


def test_the_page_of_one_object_says_how_old_its_own_layer_is(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET data_date = '2019-03-01' WHERE collection = 'addresses'")
        connection.execute("UPDATE geo.revision SET revision = revision + 1")

    address, town = client.get("/obiekt/addresses/a16?lang=en").text, client.get("/?lang=en").text

    assert "Data as of 1 March 2019." in address
    assert "Data from 1 March 2019 to 12 November 2026;" in town
    assert "12 November 2026" not in address


def test_the_example_in_the_search_box_is_an_address_that_is_found(client):
    example = re.search(r'placeholder="e.g. ([^"]+)"', client.get("/?lang=en").text)[1]

    (first, *_) = client.get("/api/search", query_string={"q": example}).json["features"]
    assert (first["properties"]["kind"], first["properties"]["label"]) == ("address", example)


def test_the_map_opens_on_the_town_as_it_is_published(client):
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', client.get("/").text)[1])

    assert data["extent"] == [18.9, 50.169, 18.901, 50.171]
    assert data["reach"][0] < 18.9


def test_every_document_and_page_follows_a_trusted_proxy_and_no_stranger(proxied):
    said = {"X-Forwarded-Host": "mapa.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/geo"}
    documents = ("/styles/town.json", "/tiles/parcels.json", f"/api/feature/parcels/{PARCEL}")
    pages = ("/", "/szukaj?q=rynek+16", f"/obiekt/parcels/{PARCEL}", "/dane", "/dostepnosc")

    def ask(address, client):
        return proxied.get(address, headers=said, environ_base={"REMOTE_ADDR": client}).text

    linked = [link for page in pages for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', ask(page, "10.1.2.3"))]
    assert len(linked) > 50
    assert [link for link in linked if not link.startswith("/geo/")] == []
    for document in documents[:2]:
        addresses = re.findall(r'"(https?://[^"]+)"', ask(document, "10.1.2.3"))
        assert any("/tiles/" in address for address in addresses)
        assert [address for address in addresses if not address.startswith("https://mapa.example/geo/")] == []
    assert '"link":"/geo/ogc/' in ask(documents[2], "10.1.2.3")
    assert [address for address in (*documents, *pages) if "mapa.example" in ask(address, "192.0.2.1")] == []


@pytest.mark.parametrize(
    ("suffix", "language", "extract"), [("", "pl", "urzędowy wypis"), ("lang=en", "en", "official extract")]
)
def test_every_page_links_statement_privacy_and_sources_and_is_no_extract(client, suffix, language, extract):
    for address in ("/", "/szukaj?q=rynek", f"/obiekt/parcels/{PARCEL}", "/dane", "/dostepnosc", "/prywatnosc"):
        page = client.get(f"{address}{'&' if '?' in address else '?'}{suffix}").text

        assert f'<html lang="{language}">' in page
        assert extract in page
        for link in ("/dostepnosc", "/prywatnosc", "/dane"):
            assert re.search(f'href="{link}["?]', page)
        assert ("12 listopada 2026" if language == "pl" else "12 November 2026") in page
        told = ("zmyślon" if language == "pl" else "invented") in page
        # Statements show no data.
        assert told is (address not in {"/dostepnosc", "/prywatnosc"})
        # Nothing from other hosts, and nothing that a strict CSP would stop.
        assert not re.search(r'(?:src|srcset)="(?:https?:)?//', page)
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page)


def test_the_search_works_without_script_and_each_result_has_a_page(client):
    results = client.get("/szukaj?q=rynek+16").text
    page = re.search(r'href="(/obiekt/addresses/a16)"', results)

    assert page
    feature = client.get(page[1]).text
    assert "<h1>Rynek 16</h1>" in feature
    assert "PL-2000" in feature
    assert "123/4" in feature


def test_what_somebody_types_is_never_markup(client):
    page = client.get("/szukaj?q=%3Cscript%3Ealert(1)%3C/script%3E").text

    assert "<script>alert" not in page


def test_the_shell_hands_the_script_its_data_and_phrases(client):
    page = client.get("/?lang=en").text
    data = json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page)[1])

    assert data["language"] == "en"
    assert [layer["id"] for layer in data["layers"]] == ["boundary", "parcels", "buildings", "streets", "addresses"]
    assert data["phrases"]["nothingHere"] == "Nothing is registered at this place."


def test_the_veil_is_the_world_around_the_town(client):
    answer = client.get("/styles/outside.geojson?v=1")

    geometry = answer.json["geometry"]
    assert geometry["type"] == "Polygon"
    assert len(geometry["coordinates"]) == 2


@pytest.mark.usefixtures("town")
def test_the_veil_and_its_tag_are_of_one_boundary_when_another_is_published_meanwhile(deps):
    old = deps.catalog()
    boundary = replace(old.collection("boundary"), version="2-x", table="boundary_e2")
    new = Catalog(old.revision + 1, {**old.collections, "boundary": boundary})
    with deps.database.transaction() as connection:
        connection.execute(
            "CREATE TABLE layers.boundary_e2 AS SELECT fid, ST_Translate(geom, 0.1, 0) AS geom FROM layers.boundary_e1"
        )
        connection.execute("GRANT SELECT ON layers.boundary_e2 TO geo_public")

    def ask(*seen):
        seen = list(seen)
        app = Flask(__name__)
        moves = replace(deps, catalog=lambda: seen.pop(0) if len(seen) > 1 else seen[0])
        app.register_blueprint(views.blueprint(moves))
        answer = app.test_client().get(f"/styles/outside.geojson?v={boundary.version}")
        return answer.headers["ETag"], answer.data, answer.headers["Cache-Control"]

    before, during, after = ask(old), ask(old, new), ask(new)

    assert before[:2] != after[:2]
    assert (before[2], after[2]) == ("no-cache", FOREVER)
    # Named by its bytes, so that nothing of the one stands under the tag of the other.
    assert during[1:] == before[1:]
    assert during[0] not in {before[0], after[0]}


def test_a_style_that_has_not_changed_is_not_sent_again(client):
    first = client.get("/styles/town.json")

    again = client.get("/styles/town.json", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert set(first.json["sources"]) == {"boundary", "parcels", "buildings", "streets", "addresses", "outside"}


def test_a_layer_has_a_style_of_its_own(client):
    answer = client.get("/styles/parcels.json")

    assert set(answer.json["sources"]) == {layer["source"] for layer in answer.json["layers"]} == {"parcels"}
    assert client.get("/styles/nothing.json").status_code == 404


def test_an_empty_house_still_has_a_map(deps):
    app = Flask(__name__)
    app.register_blueprint(views.blueprint(deps))

    answer = app.test_client().get("/")

    assert answer.status_code == 200
    assert "Jeszcze niczego nie opublikowano." in answer.text


def test_a_street_that_nobody_has_drawn_has_a_page_in_words(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE layers.streets_e1 SET geom = NULL")

    page = client.get("/obiekt/streets/s0")

    assert page.status_code == 200
    assert "<h1>Rynek</h1>" in page.text
    assert "WGS" not in page.text
    assert "#map=" not in page.text
    assert client.get("/api/feature/streets/s0").json["lng"] is None


SPOKEN = ("/api/search?q=rynek+16", f"/api/feature/parcels/{PARCEL}", "/api/progress", "/tiles/parcels.json")
PAGES = ("/", "/szukaj?q=rynek", f"/obiekt/parcels/{PARCEL}", "/dane", "/dostepnosc")


def test_without_lang_the_language_is_the_browsers_and_else_polish(client):
    for address in (*SPOKEN, *PAGES):
        browsers = client.get(address, headers={"Accept-Language": "de, en-GB;q=0.9, pl;q=0.1"})
        chosen = client.get(f"{address}{'&' if '?' in address else '?'}lang=pl", headers={"Accept-Language": "en"})
        nobodys = client.get(address)

        said = [answer.headers["Content-Language"] for answer in (browsers, chosen, nobodys)]
        assert (address, said) == (address, ["en", "pl", "pl"])
        assert "Accept-Language" in browsers.vary
        assert browsers.data != nobodys.data or address == "/api/progress"


def test_a_chosen_language_goes_along_against_the_browsers_own(client):
    english = {"Accept-Language": "en"}

    own = client.get("/dane", headers=english).text
    chosen = client.get("/dane?lang=pl", headers=english).text

    assert 'href="/dane?lang=pl"' in own
    assert 'href="/prywatnosc"' in own
    assert 'href="/prywatnosc?lang=pl"' in chosen


def test_links_to_pages_may_carry_what_others_added(client):
    tracked = [f"{address}{'&' if '?' in address else '?'}utm_source=x&utm_source=y" for address in PAGES]

    assert [client.get(address).status_code for address in tracked] == [200] * len(PAGES)


def test_an_entity_tag_names_one_encoding_and_one_language(client):
    for address in ("/styles/town.json", *SPOKEN):
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
        same = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}

        assert plain.headers["ETag"] != packed.headers["ETag"]
        assert "Accept-Encoding" in plain.vary
        unchanged = client.get(address, headers=same)
        assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, packed.headers["ETag"])
        assert client.get(address, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 200
    tags = {client.get(address, headers={"Accept-Language": x}).headers["ETag"] for x in ("pl", "en")}
    assert len(tags) == 2


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_has_not_changed_is_not_sent_again(client, address):
    first = client.get(address)
    tag = first.headers.get("ETag", "")

    again = client.get(address, headers={"If-None-Match": tag})
    english = client.get(address, headers={"If-None-Match": tag, "Accept-Language": "en"})

    assert not tag.startswith("W/")
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Vary"] == first.headers["Vary"]
    assert english.status_code == 200
