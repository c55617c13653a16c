"""What the doors of reports share: the house's parts, the categories, the frame of their pages in three languages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, request

from geo import http, wording
from geo.deps import Deps
from geo.errors import GeoError
from geo.http import pages
from geo.http.negotiation import accepted_language
from geo.reports import categories, service
from geo.reports.categories import Categories
from geo.reports.model import Surroundings
from geo.texts import LANGUAGES, SPOKEN

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Room:
    """Made once by each blueprint."""

    deps: Deps
    rules: Categories

    @classmethod
    def make(cls, deps: Deps) -> Room:
        """Read the categories.

        Raises:
            Misconfigured: config/categories.yaml is wrong.
        """
        return cls(deps, categories.read(deps.settings.config_dir, deps.registry))

    @property
    def base_url(self) -> str:
        """The address under which this request's client reaches us, without a final slash."""
        return http.base_url(request, self.deps.settings)

    @property
    def root(self) -> str:
        """The path of that address."""
        return pages.root_of(request, self.deps.settings)

    def around(self, lng: float, lat: float) -> Surroundings:
        """What our layers say of a place (degrees, WGS 84).

        Raises:
            OutsideBoundary, Swapped: it does not lie in the municipality.
        """
        collections, town = self.deps.catalog().collections, self.deps.settings.town.municipality.name
        return service.look(self.deps.database.public, collections, self.rules, town, lng, lat)

    def published(self, template: str, **values: Any) -> Response:
        """A page that everybody may read; 304 for who holds it."""
        language = language_of_form()
        vary, body = "Accept-Language, Accept-Encoding", self._body(template, language, error=None, **values)
        tag = http.entity_tag(request, body, language)
        if http.fresh(request, tag):
            return http.unchanged(tag, cache_control="no-cache", vary=vary)
        response = Response(body, mimetype="text/html")
        response.set_etag(tag)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = vary
        response.headers["Content-Language"] = language
        return response

    def page(self, template: str, *, error: GeoError | None = None, **values: Any) -> Response:
        """A page for one person, kept by nobody; with an error, what was typed stands in it still."""
        language = language_of_form()
        body = self._body(template, language, error=error.text.say(language) if error else None, **values)
        response = Response(body, error.status if error else 200, mimetype="text/html")
        response.headers["Content-Language"] = language
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Accept-Language")
        return response

    # Any: what the template asks for.
    def _body(self, template: str, language: str, **values: Any) -> str:
        known = self.deps.catalog().collections.values()
        # What tells of data is in the two languages of the data.
        data_language = language if language in LANGUAGES else "en"
        return pages.render(
            template,
            request,
            self.deps.settings,
            language,
            folders=[TEMPLATES],
            dated=wording.dated(known, data_language),
            languages=SPOKEN,
            rules=self.rules,
            own=own_suffix(),
            moment=lambda when: wording.moment(when, data_language),
            day=lambda when: wording.day(when, data_language),
            **values,
        )


def language_of_form() -> str:
    """The language of a page for reporters: `lang=`, else Accept-Language, else Polish."""
    asked = request.args.get("lang")
    return asked if asked in SPOKEN else accepted_language(request.headers.get("Accept-Language"), SPOKEN)


def own_suffix() -> str:
    """What links between pages for reporters end with: they speak one language more than the others."""
    asked = request.args.get("lang")
    return f"?lang={asked}" if asked in SPOKEN else ""
