"""Two doors, one app: an answer never depends on the door."""

import pytest
from told import told
from werkzeug.test import Client

from server import app


@pytest.mark.parametrize(
    ("headers", "encoding"),
    [
        ({}, None),
        ({"Accept-Encoding": "gzip, deflate, br, zstd"}, "gzip"),
        ({"Accept-Encoding": "*"}, "gzip"),
        ({"Accept-Encoding": "identity"}, None),
        ({"Accept-Encoding": "gzip;q=0"}, None),
        ({"Accept-Encoding": "gzip; q=0.0, *"}, None),
        ({"If-None-Match": '"another"'}, None),
    ],
)
def test_both_doors_give_the_same_tile(doors, headers, encoding):
    fast, slow, address = doors
    slow.get(address)

    quick, thorough = fast.get(address, headers=headers), slow.get(address, headers=headers)

    assert quick.status_code == thorough.status_code == 200
    assert quick.headers.get("Content-Encoding") == thorough.headers.get("Content-Encoding") == encoding
    assert quick.data == thorough.data
    assert told(quick) == told(thorough)


# How an If-None-Match may be written around a tag, and whether its client holds what the tag names.
HELD = (
    ("{tag}", True),
    ("W/{tag}", True),
    ('"other", W/"another" ,{tag}', True),
    ('"with,comma",,{tag},', True),
    ("{bare}", False),
    ("{bare}, other", False),
    ("w/{tag}", False),
    ('"x-{bare}"', False),
    ('"{bare}-x"', False),
    ("other {tag}", False),
    ("{tag} other", False),
    ('"', False),
    ("", False),
)


def test_clients_that_hold_the_tile_or_the_page_are_told_so_at_both_doors_however_they_write_it(doors, items):
    fast, slow, tile = doors
    for address in (tile, items[2], f"{items[2]}?limit=1&properties=nazwa"):
        tag = slow.get(address).headers["ETag"]
        assert fast.get(address).headers["ETag"] == tag

        for written, held in HELD:
            known = {"If-None-Match": written.format(tag=tag, bare=tag[1:-1])}
            quick, thorough = (door.get(address, headers=known) for door in (fast, slow))

            assert quick.status_code == thorough.status_code == (304 if held else 200), (address, known)
            assert quick.data == thorough.data, (address, known)
            assert told(quick) == told(thorough), (address, known)


def test_a_parameter_of_a_tile_is_refused_at_both_doors_by_its_name(doors):
    fast, slow, address = doors
    slow.get(address)

    answers = [door.get(f"{address}?x=1") for door in (fast, slow)]

    assert [(answer.status_code, answer.json["parameter"]) for answer in answers] == [(400, "x"), (400, "x")]


def test_an_old_version_leads_to_the_new_address(doors):
    fast, _, address = doors
    parts = address.split("/")
    parts[3] = "0-abcdef"

    answer = fast.get("/".join(parts))

    assert answer.status_code == 307
    assert answer.headers["Location"] == address
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_old_version_leads_to_the_new_address_behind_a_path_of_a_proxy(doors, deps, database):
    _, _, address = doors
    behind = deps.settings.model_copy(update={"public_url": None, "trusted_proxies": ("127.0.0.1",)})
    client = Client(app.create(behind, deps.registry, database.owner, database.public))
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example", "X-Forwarded-Prefix": "/mapa"}
    version = address.split("/")[3]

    answer = client.get(
        address.replace(version, "0-abcdef"), headers=forwarded, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    )

    assert answer.headers["Location"] == f"/mapa{address}"


@pytest.mark.parametrize(
    "tile", ["12/0/0", "99/0/0", "3/8/0", "12/x/1", "-1/0/0", "12/1.5/1", "12/²/1", f"12/{'9' * 400}/1"]
)
def test_what_is_no_tile_is_not_found_at_either_address(doors, tile):
    fast, _, address = doors
    base = "/".join(address.split("/")[:4])
    z, x, y = tile.split("/")

    answers = [fast.get(f"{base}/{tile}"), fast.get(f"/ogc/collections/roads/tiles/WebMercatorQuad/{z}/{y}/{x}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all(answer.headers["Content-Type"].startswith("application/problem+json") for answer in answers)


QUERIES = (
    "", "limit=1", "f=json", "lang=en&limit=5", "offset=1", "offset=9", "bbox=18.8,50.1,19,50.3", "bbox=1,1,2,2",
    "crs=http://www.opengis.net/def/crs/EPSG/0/2177", "properties=nazwa&skipGeometry=true", "sortby=-nazwa",
    "nazwa=Lipowa", "filter=nazwa%20LIKE%20%27L%25%27", "resultType=hits", "f=html", "id=1&f=json", "filter=1/0%3D1",
)  # fmt: skip


WRONG = (
    "limit=0", "x=1", "limit=1&limit=2", "f=xml", "lang=de", "after=7.1", "bbox=1", "%00=1", "nazwa=%FF", "%FE=1",
    "nazwa=%C5",
)  # fmt: skip


def test_both_doors_give_the_same_page_of_features(items):
    fast, slow, address = items

    for query in (*QUERIES, *WRONG):
        quick, thorough = fast.get(f"{address}?{query}"), slow.get(f"{address}?{query}")

        assert quick.status_code == thorough.status_code == (400 if query in WRONG else 200), query
        assert quick.data == thorough.data, query
        assert told(quick) == told(thorough), query


def test_a_value_that_is_no_text_is_refused_by_its_parameter_at_both_doors(items):
    fast, slow, address = items

    for path, query in (
        (address, "limit=1&nazwa=%FFLipowa"), (address, "limit=1&nazwa=\xff"), ("/api/search", "q=a&nazwa=%C5"),
    ):  # fmt: skip
        sent = {"environ_overrides": {"QUERY_STRING": query}, "headers": {"Accept-Language": "en"}}
        answers = [door.get(path, **sent) for door in (fast, slow)]

        assert [(answer.status_code, answer.json["parameter"]) for answer in answers] == [(400, "nazwa")] * 2, query
        assert all("UTF-8" in answer.json["detail"] for answer in answers)
    # Links from elsewhere carry parameters in whatever encoding.
    assert [door.get("/?utm_source=%B3").status_code for door in (fast, slow)] == [200, 200]


def test_both_doors_negotiate_a_page_of_features_alike(items):
    fast, slow, address = items
    for accept in (None, "*/*", "application/json", "text/html", "application/geo+json;q=0, */*", "image/png"):
        for encoding in (None, "gzip, deflate, br, zstd", "gzip;q=0", "identity", "br"):
            asked = {"Accept": accept, "Accept-Encoding": encoding}
            headers = {name: value for name, value in asked.items() if value is not None}

            quick, thorough = (door.get(f"{address}?properties=nazwa", headers=headers) for door in (fast, slow))
            again = fast.get(f"{address}?properties=nazwa", headers=headers)

            assert quick.status_code == again.status_code == thorough.status_code, asked
            assert quick.data == again.data == thorough.data, asked
            assert told(quick) == told(again) == told(thorough), asked


def test_a_client_that_holds_the_page_is_told_so_at_both_doors(items):
    fast, slow, address = items
    tag = slow.get(address).headers["ETag"]

    answers = [door.get(address, headers={"If-None-Match": tag}) for door in (fast, slow)]
    others = [door.get(address, headers={"If-None-Match": "*"}) for door in (fast, slow)]
    wrong = [door.get(address, headers={"If-None-Match": '"another", *'}) for door in (fast, slow)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(304, b""), (304, b"")]
    assert told(answers[0]) == told(answers[1])
    # Any answer that there is: RFC 9110, 13.1.2.
    assert [(answer.status_code, answer.data) for answer in others] == [(304, b""), (304, b"")]
    assert told(others[0]) == told(others[1])
    assert [answer.status_code for answer in wrong] == [200, 200]


def test_whoever_wants_nothing_that_there_is_gets_304_of_it_alone(doors, items):
    fast, slow, tile = doors
    any_answer = {"If-None-Match": "*"}
    for address in (
        tile, items[2], f"{items[2]}/1", f"{items[2]}?f=html", f"{items[2]}?f=csv", "/ogc", "/ogc/collections",
        "/ogc/openapi", "/styles/town.json", "/tiles/roads.json", "/api/search?q=Lipowa", "/",
    ):  # fmt: skip
        for door in (fast, slow):
            answer, whole = door.get(address, headers=any_answer), door.get(address)

            assert (answer.status_code, answer.data, whole.status_code) == (304, b"", 200), address
            assert {name: answer.headers.get(name) for name in ("ETag", "Cache-Control", "Vary")} == {
                name: whole.headers.get(name) for name in ("ETag", "Cache-Control", "Vary")
            }, address
    for address in (f"{items[2]}/nothing", f"{items[2]}?limit=0", "/ogc/collections/nothing"):
        assert [door.get(address, headers=any_answer).status_code for door in (fast, slow)] == [
            door.get(address).status_code for door in (fast, slow)
        ]


def test_links_follow_a_trusted_proxy_at_both_doors(items, deps, database):
    _, _, address = items
    behind = deps.settings.model_copy(update={"public_url": None, "trusted_proxies": ("127.0.0.1",)})
    fast = app.create(behind, deps.registry, database.owner, database.public)
    Client(fast).get("/readyz")
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "gis.example", "X-Forwarded-Prefix": "/mapa"}

    for client, root in (("127.0.0.1", "https://gis.example/mapa"), ("10.0.0.9", behind.base_url)):
        quick, thorough = (
            Client(door).get(address, headers=forwarded, environ_base={"REMOTE_ADDR": client})
            for door in (fast, fast.doors.behind)
        )

        assert quick.json["links"][0]["href"] == f"{root}{address}"
        assert told(quick) == told(thorough)
