"""`/downloads`: what there is, in JSON and on a page, and the files."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from geo import http, wording
from geo.deps import Deps
from geo.downloads.model import Download, PreparedFile
from geo.downloads.shelf import Shelf
from geo.errors import NotFound, Unavailable
from geo.feature import Collection
from geo.http import Offer, files, pages
from geo.ogc.formats import making
from geo.ogc.formats.answers import Sending
from geo.texts import Text

CACHE_CONTROL = "public, no-cache"
TEMPLATES = Path(__file__).parent / "templates"
_PAGE = Offer("html", "text/html")
OFFERS = (Offer("json", "application/json"), _PAGE)

# Any: JSON documents, words of a template.
type Document = dict[str, Any]


class NoDownload(NotFound):
    """There is no file '{name}' to download."""

    code = "no-download"


def blueprint(deps: Deps, shelf: Shelf) -> Blueprint:
    """The room's addresses."""
    room = Blueprint("downloads", __name__)

    @room.get("/downloads")
    def every() -> Response:
        found = [(known, ready) for known in deps.catalog().collections.values() if (ready := shelf.of(known))]
        return _about(deps, found, whole=True)

    @room.get("/downloads/<layer>")
    def one(layer: str) -> Response:
        return _about(deps, [found(layer)], whole=False)

    @room.get("/downloads/<layer>.<extension>")
    def file(layer: str, extension: str) -> Response:
        for _ in range(2):
            # Exchanged between our look and the opening: the second look has the new one.
            with suppress(FileNotFoundError):
                return _file(shelf, found(layer)[1], f"{layer}.{extension}")
        raise Unavailable

    def found(layer: str) -> tuple[Collection, Download]:
        known = deps.catalog().collection(layer)
        ready = shelf.of(known)
        if ready is None:
            raise NoDownload(name=layer)
        return known, ready

    return room


def _file(shelf: Shelf, ready: Download, name: str) -> Response:
    """A file, a part of it or the news that the client has it; FileNotFoundError when it has just been removed."""
    http.only(request.args, "lang")
    file = ready.file(name)
    if file is None:
        raise NoDownload(name=name[:60])
    response = files.send(
        request,
        shelf.path(ready, name),
        media_type=file.format.offer.media_type,
        name=name,
        tag=file.sha256,
        modified=ready.prepared_at,
        as_attachment=True,
    )
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Repr-Digest"] = f"sha-256=:{_base64(file)}:"
    if response.content_type == file.format.offer.media_type:
        response.headers["Content-Type"] = file.format.content_type
    # Of 304 there is nothing to send, and no length.
    if request.method != "HEAD" and (response.content_length or 0) > making.BLOCK:
        pieces = response.response
        response.response = Sending(iter(pieces), getattr(pieces, "close", lambda: None))  # type: ignore[arg-type] # bytes
    return response


def _base64(file: PreparedFile) -> str:
    """The checksum as RFC 9530 writes it."""
    return b64encode(bytes.fromhex(file.sha256)).decode()


def _about(deps: Deps, found: list[tuple[Collection, Download]], *, whole: bool) -> Response:
    http.only(request.args, "f", "lang")
    language, offer = http.language_of(request), http.chosen(request, OFFERS)
    root = http.base_url(request, deps.settings)
    documents = [_document(known, ready, root, language) for known, ready in found]
    if offer is _PAGE:
        body = _page(deps, found, language)
    else:
        content: object = {"downloads": documents} if whole else documents[0]
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    tag = http.entity_tag(request, offer.media_type, language, body)
    vary = "Accept, Accept-Language, Accept-Encoding"
    if http.fresh(request, tag):
        return http.unchanged(tag, cache_control=CACHE_CONTROL, vary=vary)
    response = Response(body, mimetype=offer.media_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Vary"] = vary
    response.headers["Content-Language"] = language
    return response


def _document(known: Collection, ready: Download, root: str, language: str) -> Document:
    return {
        "layer": ready.layer,
        "title": known.title[language],
        "attribution": known.attribution[language],
        "licence": ready.licence,
        "licenceUrl": ready.licence_url,
        "synthetic": ready.synthetic,
        "edition": ready.edition,
        "features": ready.features,
        "dataDate": ready.data_date.isoformat() if ready.data_date else None,
        "published": ready.published_at.isoformat(timespec="seconds"),
        "prepared": ready.prepared_at.isoformat(timespec="seconds"),
        "collection": f"{root}/ogc/collections/{quote(ready.layer, safe='')}",
        "files": [
            {
                "href": f"{root}/downloads/{ready.name(file)}",
                "type": file.format.offer.media_type,
                "title": file.format.title.say(language),
                "length": file.length,
                "sha256": file.sha256,
            }
            for file in ready.files
        ],
    }


def _page(deps: Deps, found: list[tuple[Collection, Download]], language: str) -> str:
    shown = [known for known, _ in found]
    single = shown[0].title[language] if len(shown) == 1 else None
    title = Text("Downloads").say(language)
    return pages.render(
        "downloads.html",
        request,
        deps.settings,
        language,
        folders=[TEMPLATES],
        dated=wording.dated(shown, language),
        notice=wording.invented(shown, language),
        heading=f"{title}: {single}" if single else title,
        layers=[_words(known, ready, language) for known, ready in found],
    )


def _words(known: Collection, ready: Download, language: str) -> Document:
    return {
        "id": ready.layer,
        "title": known.title[language],
        "source": known.attribution[language],
        "day": wording.day(ready.data_date, language) if ready.data_date else None,
        "prepared": wording.day(ready.prepared_at.date(), language),
        "licence": ready.licence,
        "licence_url": ready.licence_url,
        "count": wording.number(ready.features, language),
        "files": [
            {
                "name": ready.name(file),
                "title": file.format.title.say(language),
                "size": wording.size(file.length, language),
                "sha256": file.sha256,
            }
            for file in ready.files
        ],
    }
