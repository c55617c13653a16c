"""Errors as `application/problem+json` (RFC 9457), or as a page for a person's browser."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from uuid import uuid4

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import BadRequest, GeoError, Unavailable
from geo.http import pages
from geo.http.negotiation import accepted_language, prefers_page
from geo.settings import Settings
from geo.texts import LANGUAGES, Text

log = logging.getLogger(__name__)

TITLES = {
    400: Text("The request is not understood"),
    401: Text("Signing in is needed"),
    403: Text("This is not permitted"),
    404: Text("Not found"),
    405: Text("This method is not supported here"),
    406: Text("Not available in this format"),
    408: Text("The request did not come in time"),
    409: Text("This contradicts the present state"),
    412: Text("What is here is no longer what you hold"),
    413: Text("The request is too large"),
    414: Text("The address is too long"),
    415: Text("This format is not accepted"),
    416: Text("The file has no such part"),
    422: Text("The request breaks a rule"),
    429: Text("Too many requests"),
    503: Text("The service is busy"),
}
_REQUEST_FAILED = Text("The request failed")
_SERVER_FAILED = Text("The server failed")


def install(app: Flask, settings: Settings) -> None:
    """Let every error of an application leave as a problem or a page; nothing of its insides leaks."""

    @app.errorhandler(GeoError)
    def of_ours(error: GeoError) -> Response:
        if error.status >= 500 and not isinstance(error, Unavailable):
            return unexpected(error)
        members: dict[str, object] = {"code": error.code}
        if isinstance(error, BadRequest) and (parameter := error.values.get("parameter")) is not None:
            members["parameter"] = str(parameter)
        response = problem(settings, error.status, error.text, members)
        if isinstance(error, Unavailable):
            response.headers["Retry-After"] = "2"
        return response

    @app.errorhandler(HTTPException)
    def of_werkzeug(error: HTTPException) -> Response | AnyResponse:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error.get_response()
        response = problem(settings, status, _detail(error, status), {"code": _code(status)})
        for name, value in error.get_headers(request.environ):
            if name in {"Allow", "Content-Range", "Retry-After", "WWW-Authenticate"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        number, detail = logged(error)
        return problem(settings, 500, detail, {"code": "internal", "instance": f"urn:uuid:{number}"})


def logged(error: Exception) -> tuple[str, Text]:
    """Write down what nobody expected; the number under which it stands in the log, and what the client is told."""
    number = str(uuid4())
    log.error("unexpected error", exc_info=error, extra={"id": number, "path": request.path[:200]})
    return number, Text("Something went wrong on our side. Tell us this number: {number}", number=number)


def problem(settings: Settings, status: int, detail: Text, members: dict[str, object]) -> Response:
    """The answer for one problem; `members` are more of its members, such as the code."""
    asked = request.args.get("lang")
    language = asked if asked in LANGUAGES else accepted_language(request.headers.get("Accept-Language"))
    said = {
        "type": "about:blank",
        "title": title(status).say(language),
        "status": status,
        "detail": detail.say(language),
        "instance": pages.root_of(request, settings) + pages.path_of(request),
        **members,
    }
    if prefers_page(request):
        body = pages.render("error.html", request, settings, language, problem=said)
        response = Response(_bytes(body), status, mimetype="text/html")
    else:
        body = json.dumps(said, ensure_ascii=False)
        response = Response(_bytes(body), status, content_type="application/problem+json")
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "no-cache"
    response.vary.update(("Accept", "Accept-Language"))
    return response


def _bytes(body: str) -> bytes:
    """Whatever a client sent and an error repeats has bytes: an error about an error helps nobody."""
    return body.encode("utf-8", "replace")


def title(status: int) -> Text:
    """What a status means, in a few words."""
    return TITLES.get(status, _SERVER_FAILED if status >= 500 else _REQUEST_FAILED)


def _detail(error: HTTPException, status: int) -> Text:
    """What werkzeug says in English only."""
    if status == 404:
        return Text("There is nothing at this address.")
    if methods := getattr(error, "valid_methods", None):
        return Text("Use one of: {methods}.", methods=", ".join(sorted(methods)))
    return title(status)


def _code(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.lower().replace(" ", "-")
    except ValueError:
        return "http-error"
