"""`POST /collections/{id}/search`: items by a filter in the body, where an address would be too long for it.

The answer is that of `GET …/items` with the same filter. Its links lead there too, as long as the address stays one
that proxies pass on; a longer `next` is to be asked for by POST, with its body beside it.
"""

from __future__ import annotations

import json

from flask import Blueprint, Request, Response, request

from geo import http
from geo.deps import Deps
from geo.errors import BadRequest, GeoError
from geo.feature import Collection
from geo.http import Offer
from geo.ogc import items, parameters
from geo.ogc.cql2.problems import MAX_BYTES, bad
from geo.ogc.envelope import Link
from geo.texts import Text

JSON_TYPES = ("application/json", "application/cql2+json", "application/query-cql-json")
TEXT_TYPES = ("text/plain", "text/cql2", "application/cql2-text")
OFFERS = (Offer("json", items.GEOJSON, ("application/json",)),)
# nginx reads a request line of 8 kB unless told otherwise.
LONGEST_ADDRESS = 7000


class FilterTooLarge(GeoError):
    """A filter has at most {most} bytes."""

    code = "content-too-large"
    status = 413


class UnknownFilterType(GeoError):
    """The body is '{type}'; a filter comes as one of: {known}."""

    code = "unsupported-media-type"
    status = 415


def add_to(room: Blueprint, deps: Deps) -> None:
    """Give a room the address."""

    def search(collection_id: str) -> Response:
        known = deps.catalog().collection(collection_id)
        return _answer(request, deps, known)

    path = "/collections/<collection_id>/search"
    room.add_url_rule(path, "search", search, methods=["POST"], strict_slashes=False)


def _answer(request: Request, deps: Deps, known: Collection) -> Response:
    http.chosen(request, OFFERS)
    http.language_of(request)
    language = _language_of_body(request)
    body = _body(request)
    sent = tuple(pair for pair in request.args.items(multi=True) if pair != ("filter-lang", language))
    query = parameters.parse_items((*sent, ("filter", body), ("filter-lang", language)), known.type)
    base = f"{http.base_url(request, deps.settings)}/ogc"
    with deps.database.public() as connection:
        document = items.items(connection, known, query, base, relink=lambda link: _short(link, body, language))
    response = Response(document.body, content_type=items.GEOJSON)
    response.headers.update(document.headers)
    # Nobody else will ask the same; a cache could not tell anyway.
    response.headers["Cache-Control"] = "no-store"
    return response


def _language_of_body(request: Request) -> str:
    if request.mimetype in JSON_TYPES:
        return "cql2-json"
    if request.mimetype in TEXT_TYPES:
        return "cql2-text"
    raise UnknownFilterType(type=request.mimetype[:60], known=", ".join((*JSON_TYPES, *TEXT_TYPES)))


def _body(request: Request) -> str:
    """The filter, of which no more is read than a filter may have.

    Raises:
        FilterTooLarge: there is more.
        BadRequest: it is no UTF-8.
    """
    content = b"" if (request.content_length or 0) > MAX_BYTES else request.stream.read(MAX_BYTES + 1)
    if (request.content_length or 0) > MAX_BYTES or len(content) > MAX_BYTES:
        raise FilterTooLarge(most=MAX_BYTES)
    try:
        return content.decode()
    except UnicodeDecodeError as exc:
        raise _no_text() from exc


def _no_text() -> BadRequest:
    return bad(Text("The body is not UTF-8 text."))


def _short(link: Link, body: str, language: str) -> Link | None:
    """The link as it is, or followed by POST when its address is too long. A page has no such other address."""
    if len(link["href"]) <= LONGEST_ADDRESS:
        return link
    if link["type"] != items.GEOJSON:
        return None
    address, _, query = link["href"].partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] not in {"filter", "filter-lang"})
    is_json = language == "cql2-json"
    return {
        **link,
        "href": f"{address.removesuffix('/items')}/search" + (f"?{kept}" if kept else ""),
        "method": "POST",
        "headers": {"Content-Type": JSON_TYPES[0] if is_json else TEXT_TYPES[0]},
        "body": json.loads(body) if is_json else body,
    }
