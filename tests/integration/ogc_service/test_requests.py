"""Requests as odd or hostile as clients make them: 4xx with the parameter named, or the right answer; never 5xx."""

import gzip
import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from publishing import ODD_ID, PUBLIC_URL, make_app, make_deps

ITEMS = "/ogc/collections/addresses/items"
TILES = "/ogc/collections/addresses/tiles/WebMercatorQuad"
EVERY_KIND = ["/ogc", "/ogc/openapi", "/ogc/collections", "/ogc/collections/addresses", ITEMS, f"{TILES}/13/2771/4525"]
HEADERS = [
    {"Accept": "text/html;q=0"},
    {"Accept": "application/json;q=0, text/html"},
    {"Accept-Language": "pl;q=0, en;q=0"},
    {"Accept-Language": "en;q=banana, \x80\xff"},
    {"Accept": ";;;,,,q=1/0"},
    {"Accept": "text/html," * 5000},
    {"Accept-Encoding": "gzip;q=0"},
    {"Accept-Encoding": "*;q=abc"},
    {"If-None-Match": '"' * 99},
]


@pytest.mark.parametrize("path", EVERY_KIND)
@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: str(headers)[:40])
def test_no_header_is_a_server_error(client: FlaskClient, path: str, headers: dict[str, str]):
    assert client.get(path, headers=headers).status_code in {200, 406}


@pytest.mark.parametrize("path", EVERY_KIND)
def test_an_unknown_parameter_is_named(client: FlaskClient, path: str):
    answer = client.get(path, query_string={"unknown_thing": "1"})

    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["parameter"] == "unknown_thing"
    assert answer.json["code"] == "invalid-parameter"
    assert answer.json["status"] == 400


@pytest.mark.parametrize(
    "query",
    [
        "datetime=foo",
        "datetime=2024-01-01/P",
        "datetime=2024-01-01/PT",
        "datetime=2024-01-01/P9999Y",
        "datetime=2024-01-01/P999999D999999D",
        "datetime=P1D/P1D",
        "datetime=../P1D",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "limit=0",
        "limit=-1",
        "limit=ten",
        "offset=-1",
        "crs=EPSG:9999",
        "bbox=1,2,3,4&bbox-crs=nonsense",
        "filter=((",
        "filter=nazwa_ktorej_nie_ma=1",
        "filter-lang=sql",
        "filter=ulica IS NULL&filter-crs=EPSG:9999",
        "sortby=unknown",
        "properties=unknown",
        *(f"f={value}" for value in ("", "xml", "JSON")),
        *(f"lang={value}" for value in ("", "de", "pl-PL")),
    ],
)
def test_a_wrong_value_is_400_with_its_parameter(client: FlaskClient, query: str):
    answer = client.get(f"{ITEMS}?{query}")

    assert answer.status_code == 400
    assert answer.json["parameter"] == query.rsplit("&", maxsplit=1)[-1].split("=", maxsplit=1)[0]


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/nothing",
        "/ogc/collections/nothing",
        "/ogc/collections/nothing/items",
        "/ogc/collections/nothing/tiles",
        "/ogc/collections/roads",
        f"{ITEMS}/nothing",
        f"{ITEMS}/{'x' * 3000}",
        f"{ITEMS}/%00",
        f"{ITEMS}/%ff%fe",
        f"{TILES}/99/0/0",
        f"{TILES}/-1/0/0",
        f"{TILES}/13/-1/4525",
        f"{TILES}/13/word/4525",
        f"{TILES}/13/2770.5/4525",
        f"{TILES}/13/²/4525",
        f"{TILES}/13/0/0",
        f"{TILES}/99999999999999999999/0/0",
        "/ogc/collections/addresses/tiles/WorldCRS84Quad/1/0/0",
        "/ogc/tileMatrixSets/Nothing",
    ],
)
def test_what_is_not_there_is_404(client: FlaskClient, path: str):
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.json["status"] == 404
    assert "detail" in answer.json


def test_a_box_out_of_the_world_finds_nothing(client: FlaskClient):
    for box in ("500,500,600,600", "-60,-30,-50,-20", "1e300,1e300,1e301,1e301"):
        assert client.get(ITEMS, query_string={"bbox": box}).json["features"] == []
    northings_last = {
        "bbox": "6550000,5550000,6570000,5570000",
        "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/2177",
    }
    assert client.get(ITEMS, query_string=northings_last).json["features"] == []


def test_an_identifier_with_every_odd_letter_is_found(client: FlaskClient):
    answer = client.get(f"{ITEMS}/{quote(ODD_ID, safe='')}")
    own = next(link["href"] for link in answer.json["links"] if link["rel"] == "self")

    assert answer.json["id"] == ODD_ID
    assert client.get(own.removeprefix(PUBLIC_URL)).json["id"] == ODD_ID
    assert client.get(f"{ITEMS}/{quote(ODD_ID, safe='')}?f=html").status_code == 200


def test_a_plus_in_a_query_is_read_as_browsers_and_as_people_mean_it(client: FlaskClient):
    assert client.get(f"{ITEMS}?sortby=+numer_porzadkowy").status_code == 200
    assert client.get(f"{ITEMS}?ulica=%C5%BBwirki+i+Wigury&resultType=hits").json["numberMatched"] == 125


@pytest.mark.parametrize("host", ["evil.example", "evil.example:99999", "a b<script>", "gis.example.pl@evil.example"])
def test_a_strange_host_never_gets_into_a_link(client: FlaskClient, host: str):
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil"}
    for path in (*EVERY_KIND, "//ogc//collections", "/ogc/collections/", "/ogc/nothing"):
        answer = client.get(path, headers=headers)
        assert answer.status_code in {200, 404}
        assert b"evil" not in answer.data
        assert "evil" not in str(answer.headers)


def test_a_trusted_proxy_says_where_the_service_is(service_dsns: tuple[str, str]):
    deps = make_deps(*service_dsns, trusted_proxies=("10.0.0.0/8",), public_url=None)
    client = make_app(deps).test_client()
    headers = {"X-Forwarded-Host": "mapa.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/geo"}

    through = client.get("/ogc", headers=headers, environ_base={"REMOTE_ADDR": "10.1.2.3"})
    around = client.get("/ogc", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    page = client.get("/ogc?f=html", headers=headers, environ_base={"REMOTE_ADDR": "10.1.2.3"})
    deps.close()

    assert through.json["links"][1]["href"] == "https://mapa.example/geo/ogc?f=json"
    assert around.json["links"][1]["href"] == "http://127.0.0.1:8080/ogc?f=json"
    assert 'href="/geo/styles/palette.css?v=' in page.text


def test_the_form_is_chosen_by_f_then_by_accept(client: FlaskClient):
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    assert client.get("/ogc", headers=browser).mimetype == "text/html"
    assert client.get("/ogc?f=json", headers=browser).mimetype == "application/json"
    assert client.get(ITEMS, headers={"Accept": "application/json"}).mimetype == "application/geo+json"
    assert client.get("/ogc", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/ogc/collections/nothing", headers=browser).mimetype == "text/html"
    assert "Nie ma kolekcji" in client.get("/ogc/collections/nothing", headers=browser).text


def test_what_the_client_holds_is_not_sent_again(client: FlaskClient):
    for path in EVERY_KIND:
        first = client.get(path)
        second = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        other = client.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
        assert not first.headers["ETag"].startswith("W/")
        assert (second.status_code, second.data) == (304, b"")
        assert second.headers["ETag"] == first.headers["ETag"]
        assert second.headers["Vary"]
        assert other.status_code == 200


def test_another_language_form_or_crs_is_another_entity(client: FlaskClient):
    tags = [
        client.get(f"/ogc?{query}").headers["ETag"]
        for query in ("lang=pl&f=json", "lang=en&f=json", "f=html", "f=html&lang=en")
    ]
    tags += [client.get(f"{ITEMS}?crs=EPSG:{code}").headers["ETag"] for code in (2177, 2180)]

    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("letters", [0, *range(400, 2000, 40), 7000])
def test_links_never_fill_the_four_kilobytes_that_a_proxy_has_for_headers(client: FlaskClient, letters: int):
    condition = f"numer_porzadkowy <> '{'x' * letters}'"
    answer = client.get(ITEMS, query_string={"filter": condition, "limit": 1, "offset": 5})

    head = f"HTTP/1.1 {answer.status}\r\n{answer.headers}"
    listed = {link["rel"] for link in answer.json["links"]}
    assert answer.status_code == 200
    assert len(head.encode()) < 3500
    assert listed == {"self", "alternate", "collection", "next", "prev"}
    if letters < 700:
        assert {'rel="next"', 'rel="prev"'} <= set(" ".join(answer.headers.get_all("Link")).replace(";", "").split())


def test_json_is_compressed_for_those_who_can_read_it(client: FlaskClient):
    packed = client.get(ITEMS, headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == client.get(ITEMS).data


def test_tiles_are_given_as_asked(client: FlaskClient):
    vector = client.get(f"{TILES}/13/2771/4525")
    packed = client.get(f"{TILES}/13/2771/4525", headers={"Accept-Encoding": "gzip"})
    raster = "/ogc/collections/ortho-2024/tiles/WebMercatorQuad/13/2771/4525"

    assert vector.content_type == "application/vnd.mapbox-vector-tile"
    assert gzip.decompress(packed.data) == vector.data
    assert client.get(raster).mimetype == "image/webp"
    assert client.get(f"{raster}?f=png").mimetype == "image/png"
    assert client.get(raster, headers={"Accept": "image/jpeg"}).mimetype == "image/jpeg"
    assert client.get(f"{raster}?f=mvt").status_code == 400
    limits = client.get("/ogc/collections/addresses/tiles/WebMercatorQuad").json["tileMatrixSetLimits"]
    assert limits[0]["tileMatrix"] == "13"


def test_reading_is_open_to_every_page_and_writing_is_not_offered(client: FlaskClient):
    answer = client.options(ITEMS, headers={"Origin": "https://else.example", "Access-Control-Request-Method": "GET"})
    refused = client.post(ITEMS, data=json.dumps({}))

    assert answer.status_code == 200
    assert "POST" not in answer.headers["Allow"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get(ITEMS).headers["Access-Control-Allow-Origin"] == "*"
    assert refused.status_code == 405
    assert refused.content_type == "application/problem+json"
    assert client.head(ITEMS).data == b""
    assert "default-src 'self'" in client.get("/ogc?f=html").headers["Content-Security-Policy"]
