"""Languages and media types from headers as clients write them."""

import pytest
from flask import Flask, request

from geo.errors import BadRequest, NotAcceptable
from geo.http import Offer, chosen, language_of, media_type_of
from geo.http.negotiation import accepted_language, accepts_gzip

JSON = Offer("json", "application/json", ("application/geo+json",))
PAGE = Offer("html", "text/html")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "pl"),
        ("", "pl"),
        ("en", "en"),
        ("en-GB,en;q=0.9,pl;q=0.8", "en"),
        ("de,fr;q=0.5", "pl"),
        ("pl;q=0.1,en;q=0.2", "en"),
        ("pl;q=.1,en;q=.2", "en"),
        ("en;q=0", "pl"),
        ("en;q=0,pl;q=0", "pl"),
        ("en;q=2", "pl"),
        ("en;q=nan", "pl"),
        (",;q=,,;", "pl"),
        ("x" * 100_000, "pl"),
    ],
)
def test_the_language_is_what_the_reader_prefers(header, language):
    assert accepted_language(header) == language


@pytest.mark.parametrize(
    ("header", "word"),
    [
        (None, "json"),
        ("*/*", "json"),
        ("text/html", "html"),
        ("text/*", "html"),
        ("application/geo+json", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/html;q=0, */*", "json"),
        ("application/json;q=0, */*;q=0.1", "html"),
        ("text/html;level=1;q=0.4, application/json;q=0.3", "html"),
        ("garbage", "json"),
        ("text/html;q=1/0", "json"),
        ("*/*;q=0", None),
        ("image/png", None),
    ],
)
def test_the_form_is_what_accept_prefers(header, word):
    found = media_type_of(header, (JSON, PAGE))

    assert (found and found.word) == word


def test_f_counts_more_than_accept_and_is_checked():
    app = Flask("x")
    with app.test_request_context("/?f=html", headers={"Accept": "application/json"}):
        assert chosen(request, (JSON, PAGE)) is PAGE
    with app.test_request_context("/?f=xml"), pytest.raises(BadRequest) as caught:
        chosen(request, (JSON, PAGE))
    with app.test_request_context("/", headers={"Accept": "image/png"}), pytest.raises(NotAcceptable):
        chosen(request, (JSON, PAGE))

    assert caught.value.values["parameter"] == "f"


def test_lang_counts_more_than_the_header_and_is_checked():
    app = Flask("x")
    with app.test_request_context("/?lang=en", headers={"Accept-Language": "pl"}):
        assert language_of(request) == "en"
    with app.test_request_context("/?lang=tlh"), pytest.raises(BadRequest) as caught:
        language_of(request)

    assert caught.value.values["parameter"] == "lang"


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip", True),
        ("br, gzip;q=0.1", True),
        ("*", True),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("br", False),
        (None, False),
    ],
)
def test_gzip_is_used_where_it_is_accepted(header, accepted):
    assert accepts_gzip(header) is accepted
