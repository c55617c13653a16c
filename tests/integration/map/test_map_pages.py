"""The map's pages: what they say, of what they warn, and where they lead."""

import json
import re

import pytest
from flask import Flask
from map_addresses import PARCEL

from geo.map import views


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


def test_the_page_of_one_object_says_how_old_its_own_layer_is(client, deps):
    with deps.database.transaction() as connection:
        connection.execute("UPDATE geo.edition SET data_date = '2019-03-01' WHERE collection = 'addresses'")
        connection.execute("UPDATE geo.revision SET revision = revision + 1")

    address, town = client.get("/obiekt/addresses/a16?lang=en").text, client.get("/?lang=en").text

    assert "Data as of 1 March 2019." in address
    assert "Data from 1 March 2019 to 12 November 2026;" in town
    assert "12 November 2026" not in address


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


def test_what_somebody_types_is_never_markup(client):
    page = client.get("/szukaj?q=%3Cscript%3Ealert(1)%3C/script%3E").text

    assert "<script>alert" not in page


def test_the_shell_hands_the_script_its_data_and_phrases(client):
    page = client.get("/?lang=en").text
    data = json.loads(re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page)[1])

    assert data["language"] == "en"
    assert [layer["id"] for layer in data["layers"]] == ["boundary", "parcels", "buildings", "streets", "addresses"]
    assert data["phrases"]["nothingHere"] == "Nothing is registered at this place."


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
