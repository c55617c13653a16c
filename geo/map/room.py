"""What the map's doors share: the house's parts, the styles, the frame of its pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, request
from markupsafe import Markup

from geo import http, wording
from geo.catalog import Catalog
from geo.deps import Deps
from geo.feature import Collection
from geo.http import pages
from geo.http.assets import FOREVER
from geo.http.frontend import Frontend, of
from geo.map import styles
from geo.map.styles import Styles
from geo.ogc import fingerprint

__all__ = ["FOREVER", "REVALIDATE", "Room", "answer", "embedded"]

TEMPLATES = Path(__file__).parent / "templates"
REVALIDATE = "no-cache"


@dataclass(frozen=True)
class Room:
    """Made once by `views.blueprint`."""

    deps: Deps
    styles: Styles
    frontend: Frontend
    # Part of every entity tag: an upgrade or another configuration makes other documents of the same data.
    salt: str

    @classmethod
    def make(cls, deps: Deps) -> Room:
        """Read what lies on disk: styles, the manifest of the front end.

        Raises:
            Misconfigured: config/styles.yaml is wrong.
        """
        known = (*deps.registry.layers, *deps.registry.flights)
        read, frontend = styles.read(deps.settings.config_dir, known), of(deps.settings)
        configured = (deps.settings.town.model_dump_json(), deps.registry.model_dump_json(), repr(read), repr(frontend))
        return cls(deps, read, frontend, fingerprint.of_service(*configured))

    @property
    def base_url(self) -> str:
        """The address under which this request's client reaches us, without a final slash."""
        return http.base_url(request, self.deps.settings)

    @property
    def root(self) -> str:
        """The path of that address, such as `` or `/geo`."""
        return pages.root_of(request, self.deps.settings)

    def page(
        self,
        template: str,
        language: str,
        *,
        shown: Iterable[Collection] | None = None,
        query: str = "",
        # Any: what the template asks for.
        **values: Any,
    ) -> Response:
        """A page in the frame of all pages.

        `shown` are the collections that it tells of: it says how old they are and warns when they are invented.
        None, or none: it tells of no data, and its footer is of all.
        """
        told = list(shown or ())
        html = pages.render(
            template,
            request,
            self.deps.settings,
            language,
            folders=[TEMPLATES],
            dated=wording.dated(told or self.deps.catalog().collections.values(), language),
            notice=wording.invented(told, language),
            query=query,
            **values,
        )
        return answer(html, "text/html", language=language)

    def document(
        self,
        make: Callable[[Catalog], object],
        mimetype: str = "application/json",
        cache: str = REVALIDATE,
        *,
        language: str | None = None,
        catalog: Catalog | None = None,
    ) -> Response:
        """What follows from the request and from what is published alone: 304 before it is made.

        `make` gives JSON, or a text as it is; `language` is that of its words, if it has any. `catalog` is the one
        that the caller has looked at; without it, the one of this moment.
        """
        catalog = catalog or self.deps.catalog()
        editions = [(known.version, known.published_at) for known in catalog.collections.values()]
        asked = (request.path, request.query_string.decode("latin-1"), self.base_url, language)
        tag = http.entity_tag(request, self.salt, *asked, catalog.revision, *editions)
        if http.fresh(request, tag):
            return _unchanged(tag, cache, language)
        made = make(catalog)
        # Published meanwhile: what was read may be newer than the tag says, so its bytes name it.
        return answer(made, mimetype, cache, language=language, tag=tag if self.deps.catalog() is catalog else None)


def embedded(value: object) -> Markup:
    """JSON that may stand inside a script element: no markup can end it early."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def answer(
    value: object,
    mimetype: str = "application/json",
    cache: str = REVALIDATE,
    *,
    language: str | None = None,
    tag: str | None = None,
) -> Response:
    """JSON, or a text as it is, with an ETag; 304 when the client has it already.

    `language` is that of its words, if it has any; without a `tag` it is named by its bytes.
    """
    body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    tag = tag or http.entity_tag(request, body, language)
    if http.fresh(request, tag):
        return _unchanged(tag, cache, language)
    response = Response(body, mimetype=mimetype)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = _vary(language)
    if language:
        response.headers["Content-Language"] = language
    return response


def _unchanged(tag: str, cache: str, language: str | None) -> Response:
    return http.unchanged(tag, cache_control=cache, vary=_vary(language))


def _vary(language: str | None) -> str:
    return "Accept-Language, Accept-Encoding" if language else "Accept-Encoding"
