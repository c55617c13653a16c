"""What is asked again is not sent again, in the language and the version that was asked for."""

from dataclasses import replace

import pytest
from flask import Flask
from map_addresses import PAGES, SPOKEN

from geo.catalog import Catalog
from geo.http.assets import FOREVER
from geo.map import views


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
