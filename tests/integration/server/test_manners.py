"""The manners of HTTP at every address of the URL map: a route that is added without them fails here.

Each demand walks all addresses, and says at which it does not hold.
"""

import gzip
import re
import subprocess
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from geo.http import compression
from geo.ogc.formats import table
from tests.addresses import OUTSIDE, Address, Town, town_of

# They tell of this moment, or to one person alone, and are never kept.
_OF_THE_MOMENT = r"/healthz|/readyz|/zgloszenia/(nowe|moje/.*|potwierdz/.*)"
OF_THE_MOMENT = re.compile(_OF_THE_MOMENT)
# How long what may be kept: the first that fits.
KEPT = {
    r"/tiles/[^/]+/[^/]+/\d+/\d+/\d+": "public, max-age=31536000, immutable",
    r"/ogc(/collections/[^/]+)?/tiles/[^/]+/\d+/\d+/\d+": "public, max-age=60",
    r"/wmts/1\.0\.0/[^/]+/.*": "public, max-age=60",
    r"/(ogc|wmts|downloads)(/.*)?": "public, no-cache",
    r"/assets/.*|/favicon\.ico|/robots\.txt": "public, max-age=86400",
    _OF_THE_MOMENT: "no-store",
    r".*": "no-cache",
}
# What other sites' pages may read.
OPEN = ("/ogc", "/tiles", "/styles", "/api", "/assets", "/downloads", "/wmts")
VARIATIONS = {
    "Accept": ("text/html", "application/json", "image/png", "image/jpeg"),
    "Accept-Language": ("en", "pl"),
    "Accept-Encoding": ("gzip", "zstd, gzip", "br", "identity"),
}
COMPRESSIBLE = re.compile(r"(application/(.*\+)?(json|xml|javascript)|text/.*|image/svg\+xml)(;.*)?")
UNPACK_BR = "process.stdout.write(zlib.brotliDecompressSync(fs.readFileSync(0)))"


@pytest.fixture(scope="module")
def town(geoportal) -> Iterator[Town]:
    made = town_of(geoportal)
    yield made
    made.close()


@pytest.fixture(scope="module")
def answers(town: Town) -> dict[Address, TestResponse]:
    """What each address says to who asks for nothing in particular."""
    return {address: town.ask(address.path) for address in town.readable}


def told(answer: TestResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers if name.lower() != "date"}


def unpacked(answer: TestResponse) -> bytes:
    match answer.headers["Content-Encoding"]:
        case "gzip":
            return gzip.decompress(answer.data)
        case "br":
            # Built files only, which Node has compressed.
            return subprocess.run(["node", "-e", UNPACK_BR], input=answer.data, capture_output=True, check=True).stdout
    assert compression.zstd is not None
    return compression.zstd.decompress(answer.data)


def path_of(address: Address) -> str:
    return address.path.partition("?")[0]


def test_every_address_answers(answers: dict[Address, TestResponse]):
    assert {str(one): answer.status for one, answer in answers.items() if answer.status_code != 200} == {}


def test_every_answer_has_a_strong_entity_tag_and_says_how_long_it_keeps(answers: dict[Address, TestResponse]):
    tags = {address: answer.headers.get("ETag", "") for address, answer in answers.items()}
    kept = {address: answer.headers.get("Cache-Control", "") for address, answer in answers.items()}

    assert [
        str(one)
        for one, tag in tags.items()
        if not re.fullmatch(r'"[^"]+"', tag) and not OF_THE_MOMENT.fullmatch(one.path)
    ] == []
    expected = {one: next(kind for at, kind in KEPT.items() if re.fullmatch(at, path_of(one))) for one in kept}
    assert {str(one): value for one, value in kept.items() if value != expected[one]} == {}


def test_who_holds_an_answer_is_told_so_with_the_headers_that_a_cache_keeps(
    town: Town, answers: dict[Address, TestResponse]
):
    wrong = {}
    for address, full in answers.items():
        if OF_THE_MOMENT.fullmatch(address.path):
            continue
        held = f'"another", W/{full.headers["ETag"]}'
        for method in ("GET", "HEAD"):
            again = town.ask(address.path, method, {"If-None-Match": held})
            kept = ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin")
            same = [again.headers.get(name) == full.headers.get(name) for name in kept if name in full.headers]
            if again.status_code != 304 or again.data or not all(same):
                wrong[method, str(address)] = again.status, dict(again.headers), dict(full.headers)

    assert wrong == {}


def test_head_says_what_get_says_without_the_body(town: Town, answers: dict[Address, TestResponse]):
    heads = {address: town.ask(address.path, "HEAD") for address in answers}

    assert [str(one) for one, head in heads.items() if head.data] == []
    assert {
        str(one): (told(head), told(answers[one])) for one, head in heads.items() if told(head) != told(answers[one])
    } == {}
    lengths = {str(one): answer.headers.get("Content-Length") for one, answer in answers.items()}
    assert lengths == {str(one): str(len(answer.data)) for one, answer in answers.items()}


def test_head_says_what_get_says_in_every_form(town: Town):
    forms = {form: address for address in town.readable for form in town.forms(address)}
    files = tuple(f"f={one.word}" for one in table.ON_REQUEST)
    of_items = [form for form in forms if "/items?" in form]
    # What is refused is refused to both; a wrong word of `f` itself too.
    refused = [
        *(f"{form}&{wrong}" for form in of_items for wrong in ("after=9.1", "limit=0", "crs=x", "nothing=1")),
        *(f"{form}&resultType=hits" for form in of_items),
        *{form.rpartition("=")[0] + "=nothing" for form in forms},
    ]

    wrong = {}
    for path in (*forms, *refused):
        get, head = town.ask(path), town.ask(path, "HEAD")
        said = told(get)
        if get.status_code == 200 and path.endswith(files):
            # How long a file will be is not known before it is made (RFC 9110, 9.3.2).
            del said["content-length"]
        if (head.status_code, head.data, told(head)) != (get.status_code, b"", said):
            wrong[path] = (head.status, told(head)), (get.status, said)

    assert {form.rpartition("=")[2] for form in forms} >= {one.offer.word for one in table.ON_REQUEST} | {
        "json",
        "html",
        "mvt",
        "webp",
        "jpeg",
        "png",
    }
    assert wrong == {}


def test_options_and_a_wrong_method_name_the_right_ones(town: Town):
    wrong = {}
    for address in town.addresses:
        options = town.ask(
            address.path, "OPTIONS", {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
        )
        refused = [
            town.ask(address.path, verb) for verb in ("POST", "PUT", "PATCH", "DELETE") if verb not in address.methods
        ]
        allowed = {*options.headers.get("Allow", "").replace(" ", "").split(",")}
        if (options.status_code, options.data, allowed) != (200, b"", set(address.methods)):
            wrong[str(address)] = options.status, dict(options.headers)
        for answer in refused:
            named = {*answer.headers.get("Allow", "").replace(" ", "").split(",")}
            if (
                answer.status_code != 405
                or answer.mimetype != "application/problem+json"
                or named != set(address.methods)
            ):
                wrong[str(address)] = answer.status, dict(answer.headers)

    assert wrong == {}


def test_public_data_are_open_to_every_page_and_nothing_else_is(town: Town, answers: dict[Address, TestResponse]):
    wrong = {}
    for address, full in answers.items():
        is_open = path_of(address).startswith(OPEN)
        preflight = town.ask(address.path, "OPTIONS", {"Origin": "https://x.example"})
        mistaken = town.ask(address.path + ("&" if "?" in address.path else "?") + "lang=xx")
        for answer in (full, preflight, mistaken):
            if (answer.headers.get("Access-Control-Allow-Origin") == "*") != is_open:
                wrong[str(address)] = answer.status, dict(answer.headers)
        if is_open and set(address.methods) != set(
            preflight.headers.get("Access-Control-Allow-Methods", "").split(", ")
        ):
            wrong[str(address)] = dict(preflight.headers)
        if is_open and "ETag" not in full.headers["Access-Control-Expose-Headers"]:
            wrong[str(address)] = dict(full.headers)

    assert wrong == {}


def test_one_tag_names_one_body_and_what_an_answer_depends_on_is_named(
    town: Town, answers: dict[Address, TestResponse]
):
    wrong = []
    for address, plain in answers.items():
        if OF_THE_MOMENT.fullmatch(address.path):
            continue
        seen = {plain.headers.get("ETag"): plain.data}
        for header, values in VARIATIONS.items():
            for value in values:
                answer = town.ask(address.path, headers={header: value})
                vary = {name.strip().lower() for name in answer.headers.get("Vary", "").split(",")}
                if answer.data != plain.data and header.lower() not in vary:
                    wrong.append((str(address), header, value, "does not stand in Vary"))
                tag = answer.headers.get("ETag")
                if tag and seen.setdefault(tag, answer.data) != answer.data:
                    wrong.append((str(address), header, value, "has the tag of another body"))

    assert wrong == []


def test_what_can_be_compressed_is_and_is_the_same_inside(town: Town, answers: dict[Address, TestResponse]):
    wrong = []
    for address, plain in answers.items():
        # A form has a new key each time.
        if OF_THE_MOMENT.fullmatch(address.path):
            continue
        for accepted in ("gzip", "gzip, deflate, br, zstd"):
            packed = town.ask(address.path, headers={"Accept-Encoding": accepted})
            encoding = packed.headers.get("Content-Encoding")
            if encoding is None and len(plain.data) > 1000 and COMPRESSIBLE.fullmatch(plain.content_type):
                wrong.append((str(address), accepted, "is not compressed"))
            if (encoding is None and packed.data != plain.data) or (encoding and unpacked(packed) != plain.data):
                wrong.append((str(address), accepted, "is something else inside"))

    assert wrong == []


def test_every_answer_is_safe_in_a_browser(answers: dict[Address, TestResponse]):
    needed = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Content-Type")

    assert [str(one) for one, answer in answers.items() if not all(name in answer.headers for name in needed)] == []


def test_behind_a_proxy_with_a_path_every_link_stays_there(town: Town, answers: dict[Address, TestResponse]):
    wrong = []
    assert f"{OUTSIDE}/ogc/collections" in town.ask_behind_a_proxy("/ogc").text
    inside = town.settings.base_url
    for address, plain in answers.items():
        for accept in (plain.mimetype, "text/html"):
            answer = town.ask_behind_a_proxy(address.path, {"Accept": accept})
            body = answer.get_data(as_text=True) if COMPRESSIBLE.fullmatch(answer.content_type) else ""
            links = " ".join(answer.headers.get_all("Link"))
            leaving = re.findall(r'(?:href|src|action|content)="(/(?!mapa/|mapa")[^"]*)"', body)
            if inside in body + links or leaving:
                wrong.append((str(address), accept, leaving))

    assert wrong == []
