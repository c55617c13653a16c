"""Whole layers as files: described, linked from every page, and nothing else to be had."""

import hashlib
import re
import sqlite3

import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL, parcels

from geo.ogc.formats.table import PREPARED


def test_every_file_of_a_layer_is_there_with_size_date_licence_and_checksum(town: FlaskClient):
    about = town.get("/downloads/parcels").json

    assert {file["type"] for file in about["files"]} == {one.offer.media_type for one in PREPARED}
    assert (about["layer"], about["features"], about["licence"]) == ("parcels", 4, "CC BY 4.0")
    assert (about["dataDate"], about["edition"]) == ("2026-10-31", 1)
    assert about["prepared"] >= about["published"]
    for file in about["files"]:
        assert file["href"].startswith(f"{PUBLIC_URL}/downloads/parcels.")
        answer = town.get(file["href"].removeprefix(PUBLIC_URL))
        assert (answer.status_code, answer.mimetype) == (200, file["type"])
        assert len(answer.data) == file["length"] == answer.content_length
        assert hashlib.sha256(answer.data).hexdigest() == file["sha256"]
        assert answer.headers["ETag"] == f'"{file["sha256"]}"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert town.get("/downloads").json["downloads"] == [about]


def test_the_collection_links_to_its_files_by_enclosure(town: FlaskClient):
    about = town.get("/downloads/parcels").json
    for path in ("/ogc/collections/parcels", "/ogc/collections"):
        document = town.get(path).json
        links = (document if "id" in document else document["collections"][0])["links"]

        found = [link for link in links if link["rel"] == "enclosure"]

        assert {(one["href"], one["type"], one["length"]) for one in found} == {
            (one["href"], one["type"], one["length"]) for one in about["files"]
        }
        assert all(one["title"] for one in found)


@pytest.mark.parametrize("path", ["/ogc/collections/parcels", "/downloads/parcels", "/downloads", "/dane"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_file_that_a_page_links_can_be_had_in_the_language_chosen(town: FlaskClient, path: str, language: str):
    page = town.get(path, query_string={"f": "html", "lang": language} if path != "/dane" else {"lang": language})

    linked = re.findall(r'href="([^"]*/downloads/parcels\.[^"]*)"', page.text)

    assert len(linked) >= len(PREPARED)
    assert not [address for address in linked if "?" in address]
    assert {town.get(address.removeprefix(PUBLIC_URL)).status_code for address in linked} == {200}


def test_a_file_has_no_language_and_passes_over_one(town: FlaskClient):
    assert town.get("/downloads/parcels.gpkg?lang=en").data == town.get("/downloads/parcels.gpkg").data


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/downloads/parcels", ("Pobierz", "SHA-256", "CC BY 4.0", "31 października 2026", "Do pobrania")),
        ("/downloads", ("Działki ewidencyjne", "kB")),
        ("/ogc/collections/parcels", ("Pobierz całą warstwę", "kB", "CC BY 4.0", "Sumy kontrolne")),
        ("/dane", ("Pobierz całą warstwę", "kB", "CC BY 4.0")),
    ],
)
def test_residents_find_the_files_on_pages(town: FlaskClient, path: str, said: tuple[str, ...]):
    page = town.get(path, headers={"Accept": "text/html", "Accept-Language": "pl"})

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "/downloads/parcels.gpkg" in page.text
    for words in said if path != "/downloads/parcels" else said[1:]:
        assert words in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/downloads/addresses",
        "/downloads/parcels.exe",
        "/downloads/parcels.",
        "/downloads/parcels.gpkg.bak",
        "/downloads/..%2f..%2fetc%2fpasswd",
        "/downloads/parcels.%2e%2e%2fabout.json",
        "/downloads/nothing.csv",
        "/downloads/about.json",
    ],
)
def test_there_is_nothing_else_to_be_had(town: FlaskClient, path: str):
    assert town.get(path).status_code == 404


def test_an_unknown_parameter_is_named_here_too(town: FlaskClient):
    for path in ("/downloads", "/downloads/parcels", "/downloads/parcels.csv"):
        answer = town.get(path, query_string={"q": "1"})

        assert (answer.status_code, answer.json["parameter"]) == (400, "q")


def test_of_a_flight_and_of_what_is_not_ready_nothing_is_promised(town: FlaskClient):
    for name in ("ortho-2024", "addresses"):
        assert town.get(f"/downloads/{name}").status_code == 404
        assert "enclosure" not in {link["rel"] for link in town.get(f"/ogc/collections/{name}").json["links"]}
        assert "/downloads/" not in town.get(f"/ogc/collections/{name}?f=html").text


def test_a_prepared_geopackage_holds_the_layer(town: FlaskClient, tmp_path):
    path = tmp_path / "parcels.gpkg"
    path.write_bytes(town.get("/downloads/parcels.gpkg").data)

    with sqlite3.connect(path) as file:
        ids = [row[0] for row in file.execute("SELECT id_dzialki FROM parcels ORDER BY fid")]

    assert ids == [row[0] for row in parcels()]
