"""Items by a filter in the body of a POST: the answer of GET, with links that lead on."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
from flask.testing import FlaskClient
from publishing import PUBLIC_URL

from geo.ogc.cql2.problems import MAX_BYTES

HOME = "/ogc/collections/addresses"
TEXT = "ulica = 'Żwirki i Wigury' AND S_INTERSECTS(geometry, BBOX(18.80,50.15,18.94,50.20))"
IN_JSON = {
    "op": "and",
    "args": [
        {"op": "=", "args": [{"property": "ulica"}, "Żwirki i Wigury"]},
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [18.80, 50.15, 18.94, 50.20]}]},
    ],
}
# Finds every second address and is longer than a proxy takes for an address.
LONG_TEXT = "ulica IS NOT NULL AND numer_porzadkowy NOT IN (" + ", ".join(f"'ż{n}'" for n in range(700)) + ")"
LONG_JSON = {
    "op": "and",
    "args": [
        {"op": "not", "args": [{"op": "isNull", "args": [{"property": "ulica"}]}]},
        {"op": "not", "args": [{"op": "in", "args": [{"property": "numer_porzadkowy"}, ["ż" * 1200] * 3]}]},
    ],
}


def search(client: FlaskClient, body: Any, path: str = f"{HOME}/search", **headers: str) -> Any:
    """A POST of a text, of bytes, or of JSON."""
    kind = "text/plain" if isinstance(body, (str, bytes)) else "application/json"
    content = body if isinstance(body, (str, bytes)) else json.dumps(body, ensure_ascii=False)
    return client.post(path, data=content, headers={"Content-Type": kind, **headers})


def pages(client: FlaskClient, answer: Any) -> Iterator[Any]:
    """The documents from a first answer on, each link followed as it says."""
    document = answer.json
    while True:
        yield document
        following = next((link for link in document["links"] if link["rel"] == "next"), None)
        if following is None:
            return
        address = following["href"].removeprefix(PUBLIC_URL)
        if following.get("method") == "POST":
            document = search(client, following["body"], address, **following["headers"]).json
        else:
            document = client.get(address).json


@pytest.mark.parametrize(("body", "language"), [(TEXT, "cql2-text"), (IN_JSON, "cql2-json")])
def test_a_search_answers_what_get_answers_byte_for_byte(client: FlaskClient, body: Any, language: str):
    written = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    query = {"limit": "7", "crs": "EPSG:2177", "filter": written, "filter-lang": language}

    posted = search(client, body, f"{HOME}/search?limit=7&crs=EPSG:2177")
    asked = client.get(f"{HOME}/items", query_string=query)

    assert (posted.status_code, posted.content_type) == (200, "application/geo+json")
    assert posted.json["numberReturned"] == 7
    assert posted.data == asked.data
    assert posted.headers["Content-Crs"] == asked.headers["Content-Crs"]
    assert posted.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [TEXT, IN_JSON, LONG_TEXT, LONG_JSON], ids=["text", "json", "long text", "long json"])
@pytest.mark.parametrize("sort", ["", "&sortby=-numer_porzadkowy"])
def test_the_links_of_a_search_lead_through_all_of_its_pages(client: FlaskClient, body: Any, sort: str):
    everything = search(client, body, f"{HOME}/search?limit=1000{sort}").json["features"]

    followed = list(pages(client, search(client, body, f"{HOME}/search?limit=20{sort}")))

    assert [feature["id"] for page in followed for feature in page["features"]] == [one["id"] for one in everything]
    assert len(followed) == -(-len(everything) // 20) > 1
    assert all(len(link["href"]) < 7500 for page in followed for link in page["links"])


def test_what_is_too_long_for_an_address_is_followed_by_post_with_its_body(client: FlaskClient):
    links = {link["rel"]: link for link in search(client, LONG_TEXT, f"{HOME}/search?limit=5").json["links"]}

    assert set(links) == {"self", "collection", "next"}
    assert links["next"]["method"] == "POST"
    assert links["next"]["body"] == LONG_TEXT
    assert urlsplit(links["next"]["href"]).path == f"{HOME}/search"
    assert urlsplit(links["self"]["href"]).query == "limit=5"


def test_a_filter_in_another_crs_and_the_count_alone_are_asked_for_as_by_get(client: FlaskClient):
    box = "S_INTERSECTS(geometry, BBOX(5550000,6550000,5570000,6570000))"
    path = f"{HOME}/search?filter-crs=EPSG:2177&resultType=hits"

    assert search(client, box, path).json["numberMatched"] > 100
    assert search(client, box, path).json["features"] == []


@pytest.mark.parametrize(
    ("body", "kind", "status", "parameter"),
    [
        (b"", "text/plain", 400, "filter"),
        (b"((", "text/plain", 400, "filter"),
        (b"\xff\xfe", "text/plain", 400, "filter"),
        (b"ulica = 'a\x00b'", "text/plain", 400, "filter"),
        (b"{", "application/json", 400, "filter"),
        (b"[]", "application/json", 400, "filter"),
        (b'{"op":"=","args":[{"property":"nothing"},1]}', "application/json", 400, "filter"),
        (b'{"op":"and","args":[' * 200, "application/json", 400, "filter"),
        (b"(" * 1800, "text/plain", 400, "filter"),
        (b"x" * (MAX_BYTES + 1), "text/plain", 413, None),
        (b"true", "application/xml", 415, None),
        (b"true", "", 415, None),
        (b"true", "application/x-www-form-urlencoded", 415, None),
    ],
)
def test_a_body_that_is_no_filter_is_refused(client: FlaskClient, body: bytes, kind: str, status: int, parameter: str):
    answer = search(client, body, **{"Content-Type": kind})

    assert (answer.status_code, answer.json.get("parameter")) == (status, parameter)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_body_without_a_length_is_read_no_further_than_a_filter_goes(client: FlaskClient):
    class Endless:
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= MAX_BYTES + 1
            self.taken += size
            return b"x" * size

    stream = Endless()
    environ = {"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_TYPE": "text/plain"}

    answer = client.post(f"{HOME}/search", environ_overrides=environ)

    assert answer.status_code == 413
    assert stream.taken <= 4 * MAX_BYTES


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("filter=true", "filter"),
        ("filter-lang=cql2-json", "filter-lang"),
        ("unknown=1", "unknown"),
        ("limit=0", "limit"),
        ("f=xml", "f"),
        ("f=csv", "f"),
        ("lang=de", "lang"),
    ],
)
def test_parameters_are_as_strict_as_with_get(client: FlaskClient, query: str, parameter: str):
    answer = search(client, "true", f"{HOME}/search?{query}")

    assert (answer.status_code, answer.json["parameter"]) == (400, parameter)


@pytest.mark.parametrize("accepted", ["application/geo+json", "application/json", "text/html, */*;q=0.1", "*/*"])
def test_a_search_answers_geojson_to_whoever_takes_it(client: FlaskClient, accepted: str):
    answer = search(client, "true", Accept=accepted)

    assert (answer.status_code, answer.content_type) == (200, "application/geo+json")


@pytest.mark.parametrize(
    ("accepted", "said_as"), [("text/csv", "application/problem+json"), ("text/html", "text/html; charset=utf-8")]
)
def test_who_wants_a_search_in_another_form_is_told_the_one_there_is(client: FlaskClient, accepted: str, said_as: str):
    answer = search(client, "true", Accept=accepted)

    assert (answer.status_code, answer.content_type) == (406, said_as)
    assert "application/geo+json" in answer.text


def test_the_address_takes_post_alone_and_a_collection_that_is_there(client: FlaskClient):
    refused = client.get(f"{HOME}/search")

    assert (refused.status_code, set(refused.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
    assert search(client, "true", "/ogc/collections/nothing/search").status_code == 404
    assert search(client, "true", f"{HOME}/search/").status_code == 200
    assert search(client, "true", f"{HOME}/search?filter-lang=cql2-text").status_code == 200


def test_a_page_of_another_site_may_search(client: FlaskClient):
    asked = {"Origin": "https://else.example", "Access-Control-Request-Method": "POST"}
    permitted = client.options(f"{HOME}/search", headers=asked)

    assert "POST" in permitted.headers["Allow"]
    assert "Content-Type" in permitted.headers["Access-Control-Allow-Headers"]
    assert search(client, "true", Origin="https://else.example").headers["Access-Control-Allow-Origin"] == "*"


def test_the_openapi_document_describes_the_search(client: FlaskClient):
    document = client.get("/ogc/openapi").json
    operation = document["paths"]["/collections/addresses/search"]["post"]
    schema = {**operation["requestBody"]["content"]["application/json"]["schema"], "components": document["components"]}

    jsonschema.Draft202012Validator(schema).validate(IN_JSON)
    names = {one["$ref"].rsplit("/", 1)[-1] for one in operation["parameters"] if "$ref" in one}
    assert {"limit", "crs", "filter-crs"} <= names
    assert not names & {"filter", "filter-lang"}
    assert {"200", "400", "413", "415"} <= set(operation["responses"])
