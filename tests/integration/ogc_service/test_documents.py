"""Every JSON document: complete, true, with links that lead somewhere."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL, addresses, make_app, publish

from geo.catalog import CurrentCatalog
from geo.deps import Deps

DOCUMENTS = [
    "/ogc",
    "/ogc/conformance",
    "/ogc/openapi",
    "/ogc/collections",
    "/ogc/collections/addresses",
    "/ogc/collections/addresses/items",
    "/ogc/collections/addresses/items/adr-2",
    "/ogc/collections/addresses/schema",
    "/ogc/collections/addresses/queryables",
    "/ogc/collections/addresses/sortables",
    "/ogc/collections/addresses/tiles",
    "/ogc/collections/addresses/tiles/WebMercatorQuad",
    "/ogc/collections/ortho-2024",
    "/ogc/collections/ortho-2024/items",
    "/ogc/collections/ortho-2024/tiles/WebMercatorQuad",
    "/ogc/tiles",
    "/ogc/tiles/WebMercatorQuad",
    "/ogc/tileMatrixSets",
    "/ogc/tileMatrixSets/WebMercatorQuad",
]


def hrefs(content: object) -> list[dict[str, str]]:
    """Every link of a document, however deep."""
    if isinstance(content, list):
        return [link for one in content for link in hrefs(one)]
    if isinstance(content, dict):
        own = [content] if "href" in content else []
        return own + [link for one in content.values() for link in hrefs(one)]
    return []


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/collections",
        "/ogc/collections/addresses",
        "/ogc/collections/addresses/tiles/WebMercatorQuad",
        "/ogc/tiles/WebMercatorQuad",
    ],
)
def test_a_box_has_eight_decimals_at_most(client: FlaskClient, path: str):
    degrees = re.findall(r"(?:18|50)\.[0-9]{3,}", client.get(path).text)

    assert degrees
    assert max(len(one) for one in degrees) <= len("18.12345678")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_link_is_absolute_and_gives_the_type_that_it_promises(client: FlaskClient, path: str):
    links = [link for link in hrefs(client.get(path).json) if not link.get("templated")]

    ours = [link for link in links if link["href"].startswith(f"{PUBLIC_URL}/ogc")]

    assert all(link["href"].startswith(("https://", "http://")) for link in links)
    for link in ours:
        address = urlsplit(link["href"])
        answer = client.get(f"{address.path}?{address.query}")
        assert answer.status_code == 200, link
        assert answer.content_type.replace("; charset=utf-8", "") == link["type"], link


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_slash_at_the_end_changes_nothing(client: FlaskClient, path: str):
    assert client.get(f"{path}/").data == client.get(path).data


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_page_is_given_in_both_languages_without_any_request_to_another_host(client: FlaskClient, path: str):
    polish = client.get(path, query_string={"f": "html"})
    english = client.get(path, query_string={"f": "html", "lang": "en"})

    assert polish.status_code == english.status_code == 200
    assert '<html lang="pl">' in polish.text
    assert '<html lang="en">' in english.text
    assert "Deklaracja dostępności" in polish.text
    assert "Accessibility statement" in english.text
    for page in (polish.text, english.text):
        assert "<script" not in page
        assert "style=" not in page
        assert 'src="http' not in page
        assert '<link rel="stylesheet" href="/styles/palette.css?v=' in page


@pytest.mark.parametrize(
    ("item", "polish", "english"),
    [("addresses/items/adr-2", "punkt", "point"), ("parcels/items/240802_1.0001.1", "wielokąt", "polygon")],
)
def test_the_page_of_a_feature_says_its_geometry_in_words(client: FlaskClient, item: str, polish: str, english: str):
    page = client.get(f"/ogc/collections/{item}?f=html&lang=pl").text
    in_english = client.get(f"/ogc/collections/{item}?f=html&lang=en").text

    assert f"<dt>Geometria</dt><dd>{polish}</dd>" in page
    assert f"<dt>Geometry</dt><dd>{english}</dd>" in in_english


def test_the_landing_page_links_what_clients_start_from(client: FlaskClient):
    links = {link["rel"]: link for link in client.get("/ogc?lang=en").json["links"] if link["type"] != "text/html"}

    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links["conformance"]["href"] == f"{PUBLIC_URL}/ogc/conformance"
    assert links["data"]["href"] == f"{PUBLIC_URL}/ogc/collections"
    assert client.get("/ogc?lang=pl").json["title"] == "Geoportal Mikołowa"


@pytest.mark.parametrize(("language", "words"), [("pl", "Pobierz te obiekty"), ("en", "Take these features away")])
def test_what_a_filter_finds_can_be_taken_away_from_its_page(client: FlaskClient, language: str, words: str):
    found = {"filter": "id = 'adr-2' OR id = 'ą & b'", "lang": language}
    page = client.get("/ogc/collections/addresses/items", query_string={**found, "f": "html"}).text

    links = re.findall(r'<a rel="alternate" type="([^"]+)" href="([^"]+)">', page)

    assert words in page
    assert {"application/geopackage+sqlite3", "text/csv", "application/geo+json"} <= {kind for kind, _ in links}
    for kind, address in links:
        answer = client.get(unescape(address))
        assert (answer.status_code, answer.mimetype) == (200, kind)
        if kind in {"application/geo+json", "text/csv"}:
            assert b"adr-2" in answer.data
            assert b"adr-1" not in answer.data


WMTS = ("service", "application/xml", f"{PUBLIC_URL}/wmts/1.0.0/WMTSCapabilities.xml")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/ogc", True),
        ("/ogc/collections", True),
        ("/ogc/collections/ortho-2024", True),
        ("/ogc/collections/ortho-2024/tiles", True),
        ("/ogc/collections/addresses", False),
        ("/ogc/collections/addresses/tiles", False),
    ],
)
def test_the_wmts_of_the_flights_is_found_from_where_their_tiles_are(client: FlaskClient, path: str, found: bool):
    own = {(link["rel"], link["type"], link["href"]) for link in client.get(path).json["links"]}

    assert (WMTS in own) is found
    assert ("/wmts/1.0.0/WMTSCapabilities.xml" in client.get(f"{path}?f=html").text) is found
    assert client.get(WMTS[2].removeprefix(PUBLIC_URL)).mimetype == WMTS[1]


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections"])
def test_the_list_of_files_of_whole_layers_is_found(client: FlaskClient, path: str):
    related = {(link["type"], link["href"]) for link in client.get(path).json["links"] if link["rel"] == "related"}

    assert related == {
        ("application/json", f"{PUBLIC_URL}/downloads?f=json"),
        ("text/html", f"{PUBLIC_URL}/downloads?f=html"),
    }
    assert '/downloads?lang=en">Whole layers as files</a>' in client.get(f"{path}?f=html&lang=en").text
    assert '/downloads">Całe warstwy jako pliki</a>' in client.get(f"{path}?f=html").text


def test_the_landing_page_promises_of_its_address_only_what_lies_there(client: FlaskClient):
    page = client.get("/ogc?f=html&lang=pl").text

    assert "spod tego jednego adresu" not in page
    assert "Ortofotomapy mają osobny adres" in page


def test_titles_of_links_are_said_in_the_language_asked_for(client: FlaskClient):
    titles = {link["title"] for link in hrefs(client.get("/ogc/collections?lang=pl").json)}

    assert "Ten dokument jako JSON" in titles
    assert not {title for title in titles if " as " in title or "This" in title}


def test_a_collection_says_all_that_a_client_needs(client: FlaskClient):
    collection = client.get("/ogc/collections/addresses?lang=en").json

    assert collection["itemType"] == "feature"
    assert [uri.split("/")[-1] for uri in collection["crs"]] == ["CRS84", "4326", "3857", "2177", "2180"]
    assert collection["storageCrs"].endswith("CRS84")
    assert collection["itemCount"] == 250
    assert collection["license"] == "CC BY 4.0"
    assert collection["dataDate"] == "2026-10-31"
    assert "synthetic" not in collection
    assert collection["extent"]["temporal"]["interval"] == [["2012-05-01T00:00:00Z", "2021-05-01T23:59:59Z"]]
    west, south, east, north = collection["extent"]["spatial"]["bbox"][0]
    assert 18.79 < west < east < 18.95
    assert 50.14 < south < north < 50.25
    relations = {link["rel"].rsplit("/", 1)[-1] for link in collection["links"]}
    assert relations >= {
        "self",
        "alternate",
        "items",
        "queryables",
        "schema",
        "describedby",
        "license",
        "sortables",
        "tilesets-vector",
        "stylesheet",
    }


def test_invented_data_is_marked_and_says_so(client: FlaskClient):
    collection = client.get("/ogc/collections/ortho-2024?lang=pl").json

    assert collection["synthetic"] is True
    assert "zmyślone" in collection["description"]
    assert "zmyślone" in client.get("/ogc/collections/ortho-2024?f=html").text
    assert {link["rel"].rsplit("/", 1)[-1] for link in collection["links"]} >= {"tilesets-map"}


def test_items_have_the_type_that_links_promise(client: FlaskClient):
    answer = client.get("/ogc/collections/addresses/items")

    assert answer.content_type == "application/geo+json"
    assert answer.headers["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert answer.json["numberMatched"] == 250
    assert answer.json["numberReturned"] == len(answer.json["features"]) == 100
    assert sum('rel="next"' in value for value in answer.headers.get_all("Link")) == 1


def test_a_published_edition_is_served_by_the_next_request(fresh_deps: Deps):
    client = make_app(fresh_deps).test_client()
    before = client.get("/ogc/collections")

    publish(fresh_deps, "addresses", addresses(3))
    first = client.get("/ogc/collections/addresses/items", headers={"If-None-Match": before.headers["ETag"]})
    publish(fresh_deps, "addresses", addresses(5))
    second = client.get("/ogc/collections/addresses/items", headers={"If-None-Match": first.headers["ETag"]})

    assert before.json["collections"] == []
    assert client.get("/ogc?f=html").status_code == 200
    assert first.json["numberMatched"] == 3
    assert second.json["numberMatched"] == 5
    assert client.get("/ogc/collections").json["collections"][0]["itemCount"] == 5
    assert "/collections/addresses/items" in client.get("/ogc/openapi").json["paths"]


def test_a_corrected_licence_reaches_a_client_that_holds_the_answer(fresh_deps: Deps):
    publish(fresh_deps, "addresses", addresses(3))
    source = fresh_deps.registry.layers["addresses"].source
    sources = dict(fresh_deps.registry.sources)
    sources[source] = sources[source].model_copy(update={"licence_url": "https://example.pl/licencja"})
    known = fresh_deps.registry.model_copy(update={"sources": sources})
    corrected = replace(fresh_deps, registry=known, catalog=CurrentCatalog(fresh_deps.database, known))
    address = "/ogc/collections/addresses"
    held = make_app(fresh_deps).test_client().get(address)

    answer = make_app(corrected).test_client().get(address, headers={"If-None-Match": held.headers["ETag"]})

    assert answer.status_code == 200
    assert b"https://example.pl/licencja" in answer.data


@pytest.mark.parametrize("order", ["", "&sortby=-numer_porzadkowy"])
def test_who_pages_across_a_publication_is_told_to_start_again(fresh_deps: Deps, order: str):
    client = make_app(fresh_deps).test_client()
    publish(fresh_deps, "addresses", addresses(5))
    first = client.get(f"/ogc/collections/addresses/items?limit=2{order}").json
    following = next(link["href"] for link in first["links"] if link["rel"] == "next").removeprefix(PUBLIC_URL)
    assert client.get(following).json["numberReturned"] == 2

    publish(fresh_deps, "addresses", addresses(7))
    answer = client.get(following, headers={"Accept-Language": "en"})

    assert (answer.status_code, answer.json["parameter"]) == (400, "after")
    assert "replaced while paging" in answer.json["detail"]
