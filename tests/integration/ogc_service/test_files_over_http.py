"""Files of features over HTTP: what they are called, how they are sent, and what happens when too many want one."""

import gzip
import json

import pyogrio
import pytest
from flask.testing import FlaskClient
from publishing import addresses, make_app, publish

from geo import db
from geo.deps import Deps
from geo.errors import Unavailable
from geo.ogc.formats import answers, making, selecting, table

ITEMS = "/ogc/collections/addresses/items"
FORMATS = [(one.word, one) for one in table.ON_REQUEST]


def places_left() -> int:
    return answers._sending._value


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch):
    """So small batches and blocks that the fixture's 250 addresses are a large file."""
    monkeypatch.setattr(selecting, "BATCH", 20)
    monkeypatch.setattr(making, "BLOCK", 1000)


@pytest.mark.parametrize(("word", "wanted"), FORMATS)
def test_a_file_comes_by_its_word_and_by_its_media_type(client: FlaskClient, word: str, wanted: table.FileFormat):
    by_word = client.get(ITEMS, query_string={"f": word})
    by_type = client.get(ITEMS, headers={"Accept": wanted.offer.media_type})

    for answer in (by_word, by_type):
        assert (answer.status_code, answer.mimetype) == (200, wanted.offer.media_type)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="addresses.{wanted.extension}"'
        assert answer.headers["Content-Crs"] == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
        assert answer.headers["ETag"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert by_word.data == by_type.data
    again = client.get(ITEMS, query_string={"f": word}, headers={"If-None-Match": by_word.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_browser_and_a_client_without_wishes_get_what_they_got(client: FlaskClient):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    assert client.get(ITEMS, headers={"Accept": browser}).mimetype == "text/html"
    assert client.get(ITEMS).mimetype == "application/geo+json"
    assert client.get(f"{ITEMS}/adr-2", query_string={"f": "csv"}).status_code == 400


def test_without_a_limit_all_come_and_with_one_the_next_page_is_linked(client: FlaskClient):
    whole = client.get(ITEMS, query_string={"f": "csv"})
    page = client.get(ITEMS, query_string={"f": "csv", "limit": "100"})
    links = {link["rel"]: link["href"] for link in client.get(ITEMS, query_string={"limit": "100"}).json["links"]}

    rows, first = whole.text.splitlines(), page.text.splitlines()
    assert (len(rows), len(first), "Link" in whole.headers) == (251, 101, False)
    address = page.headers["Link"].partition(">")[0].removeprefix("<")
    following = client.get(address).text.splitlines()
    assert first[1:] + following[1:] == rows[1:201]
    assert address.partition("after=")[2] == links["next"].partition("after=")[2]


@pytest.mark.parametrize("word", [word for word, _ in FORMATS])
def test_head_says_what_would_come_and_makes_nothing(client: FlaskClient, word: str, monkeypatch: pytest.MonkeyPatch):
    answer = client.get(ITEMS, query_string={"f": word})
    monkeypatch.setattr(answers, "select", None)

    head = client.head(ITEMS, query_string={"f": word})

    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "ETag", "Content-Disposition", "Content-Crs", "Cache-Control", "Vary"):
        assert head.headers[name] == answer.headers[name]
    assert "Content-Length" not in head.headers


@pytest.mark.parametrize(("word", "wanted"), FORMATS)
@pytest.mark.usefixtures("in_pieces")
def test_a_large_file_is_sent_in_pieces_that_are_the_small_one(
    client: FlaskClient, word: str, wanted: table.FileFormat, monkeypatch: pytest.MonkeyPatch
):
    large = client.get(ITEMS, query_string={"f": word}, buffered=False)
    pieces = list(large.response)
    large.close()
    monkeypatch.undo()
    small = client.get(ITEMS, query_string={"f": word})

    assert len(pieces) > 3
    assert all(pieces)
    if wanted is not table.GEOPACKAGE:
        assert b"".join(pieces) == small.data
    assert int(large.headers["Content-Length"]) == sum(map(len, pieces))
    assert places_left() == answers.MOST_SENDING


@pytest.mark.usefixtures("in_pieces")
def test_text_is_compressed_for_who_takes_it(client: FlaskClient):
    plain = client.get(ITEMS, query_string={"f": "geojsonseq"})
    squeezed = client.get(ITEMS, query_string={"f": "geojsonseq"}, headers={"Accept-Encoding": "gzip"})

    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    assert len(squeezed.data) < len(plain.data) / 3
    assert gzip.decompress(squeezed.data) == plain.data
    assert squeezed.headers["ETag"] != plain.headers["ETag"]


@pytest.mark.usefixtures("in_pieces")
def test_who_goes_away_gives_the_place_back(client: FlaskClient):
    for word in ("csv", "gpkg"):
        answer = client.get(ITEMS, query_string={"f": word}, buffered=False)
        next(iter(answer.response))
        taken = places_left()
        answer.close()

        assert (taken, places_left()) == (answers.MOST_SENDING - 1, answers.MOST_SENDING)


@pytest.mark.usefixtures("in_pieces")
def test_while_others_read_slowly_the_next_is_asked_to_wait_and_pages_are_answered(client: FlaskClient):
    slow = [
        client.get(ITEMS, query_string={"f": word}, buffered=False)
        for word in ("csv", "gpkg")
        for _ in range(answers.MOST_SENDING // 2)
    ]

    refused = [client.get(ITEMS, query_string={"f": word}) for word in ("csv", "fgb")]

    assert [(one.status_code, one.headers["Retry-After"]) for one in refused] == [(503, "2")] * 2
    assert client.get(ITEMS).status_code == 200
    for one in slow:
        one.close()
    assert client.get(ITEMS, query_string={"f": "csv"}).status_code == 200


@pytest.mark.usefixtures("in_pieces")
def test_a_slow_client_holds_no_connection_and_no_publication_up(fresh_deps: Deps):
    publish(fresh_deps, "addresses", addresses(300))
    client = make_app(fresh_deps).test_client()
    slow = [client.get(ITEMS, query_string={"f": "csv"}, buffered=False) for _ in range(db.POOL_SIZE + 1)]

    publish(fresh_deps, "addresses", addresses(10))
    lines = [b"".join(one.response).count(b"\n") for one in slow]

    assert lines == [301] * len(slow)


@pytest.mark.usefixtures("in_pieces")
def test_a_file_whose_edition_is_withdrawn_while_it_is_made_is_no_file(
    fresh_deps: Deps, monkeypatch: pytest.MonkeyPatch
):
    publish(fresh_deps, "addresses", addresses(300))
    client = make_app(fresh_deps).test_client()

    def select_and_publish(*asked):
        selection = selecting.select(*asked)
        for count in (10, 20):
            publish(fresh_deps, "addresses", addresses(count))
        return selection

    monkeypatch.setattr(answers, "select", select_and_publish)
    answer = client.get(ITEMS, query_string={"f": "csv"})

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert places_left() == answers.MOST_SENDING


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("word", [word for word, _ in FORMATS])
def test_what_goes_wrong_with_the_first_batch_is_no_empty_table(
    client: FlaskClient, word: str, monkeypatch: pytest.MonkeyPatch
):
    def busy(_: selecting.Selection):
        raise Unavailable

    monkeypatch.setattr(selecting.Selection, "batches", busy)
    answer = client.get(ITEMS, query_string={"f": word})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("word", [word for word, _ in FORMATS])
def test_while_a_large_file_is_made_another_is_told_to_come_back_and_small_ones_are_made(
    client: FlaskClient, word: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(selecting, "BATCH", 100)

    with answers._alone():
        large = client.get(ITEMS, query_string={"f": word})
        small = client.get(ITEMS, query_string={"f": word, "limit": "100"})
    after = client.get(ITEMS, query_string={"f": word})

    assert (large.status_code, large.headers["Retry-After"]) == (503, "2")
    assert [small.status_code, after.status_code] == [200, 200]


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("word", [word for word, _ in FORMATS])
def test_a_file_that_would_take_too_long_ends_with_the_way_to_the_downloads(
    client: FlaskClient, word: str, monkeypatch: pytest.MonkeyPatch, deps: Deps
):
    monkeypatch.setattr(answers, "MOST_MAKING_S", -1.0)

    answer = client.get(ITEMS, query_string={"f": word})

    assert answer.status_code == 503
    assert "/downloads" in answer.json["detail"]
    assert not [path for path in (deps.settings.data_dir / "downloads").iterdir() if path.is_file()]


@pytest.mark.usefixtures("in_pieces")
@pytest.mark.parametrize("query", ["resultType=hits", "after=9.1"])
def test_head_refuses_what_get_refuses(client: FlaskClient, query: str):
    for word, _ in FORMATS:
        path = f"{ITEMS}?f={word}&{query}"

        assert client.head(path).status_code == client.get(path).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["resultType=hits", "limit=0", "filter=((", "crs=EPSG:1", "after=9.1", "properties=nic", "bbox=1,2"],
)
@pytest.mark.parametrize("word", ["csv", "gpkg"])
def test_what_is_wrong_is_said_as_items_say_it(client: FlaskClient, query: str, word: str):
    answer = client.get(f"{ITEMS}?f={word}&{query}")

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["parameter"] == query.partition("=")[0]


def test_qgis_learns_every_form_from_the_collection(client: FlaskClient, tmp_path):
    links = [link for link in client.get("/ogc/collections/addresses").json["links"] if link["rel"] == "items"]
    forms = {link["type"]: link["href"] for link in links}

    assert set(forms) >= {"application/geo+json", *(one.offer.media_type for one in table.ON_REQUEST)}
    path = tmp_path / "warstwa.fgb"
    path.write_bytes(client.get(forms["application/flatgeobuf"]).data)
    info = pyogrio.read_info(path)
    assert (info["features"], info["crs"]) == (250, "EPSG:4326")


def test_every_file_format_is_an_alternate_of_a_page_but_not_of_a_count(client: FlaskClient):
    page = client.get(ITEMS, query_string={"limit": "5"}).json
    count = client.get(ITEMS, query_string={"resultType": "hits"}).json

    alternates = {link["type"]: link["href"] for link in page["links"] if link["rel"] == "alternate"}
    assert set(alternates) == {"text/html", *(one.offer.media_type for one in table.ON_REQUEST)}
    sequence = client.get(alternates["application/geo+json-seq"]).text
    assert [json.loads(text) for text in sequence.split("\x1e")[1:]] == page["features"]
    assert [link["type"] for link in count["links"] if link["rel"] == "alternate"] == ["text/html"]
