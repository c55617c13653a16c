"""Identifiers of registers hold slashes, blanks and Polish letters: every address that is made of one leads to it."""

import json
from urllib.parse import quote, unquote

import pytest
from werkzeug.test import Client

from geo.layers import service, uploads
from geo.registry import SearchEntry
from server import app

IDS = [
    "240802_1.0001.AR_3.123/4",
    "dwa słowa",
    "żółć/Łąka",
    "co? gdzie#tam",
    "100%25",
    "a+b&c=d;e",
    '<b>"x"</b>',
    "it's",
    "a//b",
    "C:\\plik",
    "a\tb",
]


@pytest.fixture
def client(deps, database, tmp_path):
    """Asks the whole application; sections of roads carry the odd identifiers, and the search knows them."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": id_, "nazwa": f"Odcinek {n}", "kategoria": "gminna", "zarzadca": "Urząd"},
            "geometry": {"type": "LineString", "coordinates": [[18.90, 50.17], [18.90 + n / 1000, 50.18]]},
        }
        for n, id_ in enumerate(IDS, 1)
    ]
    path = tmp_path / "roads.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    roads = deps.registry.layers["roads"].model_copy(update={"search": SearchEntry(kind="road")})
    known = deps.registry.model_copy(update={"layers": {**deps.registry.layers, "roads": roads}})
    upload = uploads.keep(path, deps.settings.data_dir / "uploads")
    with deps.database.transaction() as connection:
        town = deps.settings.town.municipality
        service.load(connection, known, town, upload, service.Options(layers=("roads",)))
        service.publish(connection, known, "roads")
    whole = app.create(deps.settings, known, database.owner, database.public)
    yield Client(whole)
    whole.doors.tiles.deps.close()


@pytest.mark.parametrize("html", [False, True])
def test_each_is_found_at_its_percent_encoded_address_and_links_to_itself(client, deps, html):
    headers = {"Accept": "text/html" if html else "application/geo+json"}

    for id_ in IDS:
        address = f"/ogc/collections/roads/items/{quote(id_, safe='')}"
        answer = client.get(address, headers=headers)

        assert answer.status_code == 200, id_
        if not html:
            assert answer.json["id"] == id_
            own = next(link["href"] for link in answer.json["links"] if link["rel"] == "self")
            assert own == deps.settings.base_url + address


def test_the_pages_of_a_list_link_each_to_its_own(client):
    page = client.get("/ogc/collections/roads/items?f=html&limit=100").get_data(as_text=True)

    linked = {unquote(part.split('"')[0].split("?")[0]) for part in page.split("/ogc/collections/roads/items/")[1:]}

    assert set(IDS) <= linked


def test_the_search_finds_each_and_leads_to_its_page_in_words(client):
    for n, id_ in enumerate(IDS, 1):
        found = client.get("/api/search", query_string={"q": f"Odcinek {n}"}).json["features"]
        (page,) = [hit["properties"]["page"] for hit in found if hit["properties"]["id"] == id_]

        answers = [client.get(page), client.get(f"/api/feature/roads/{quote(id_, safe='')}")]

        assert page == f"/obiekt/roads/{quote(id_, safe='')}"
        assert [answer.status_code for answer in answers] == [200, 200], id_
        assert all(f"Odcinek {n}" in answer.get_data(as_text=True) for answer in answers)


def test_the_page_of_results_links_with_everything_encoded(client):
    for n, id_ in enumerate(IDS, 1):
        results = client.get("/szukaj", query_string={"q": f"Odcinek {n}"}).get_data(as_text=True)

        assert f'href="/obiekt/roads/{quote(id_, safe="")}"' in results, id_
