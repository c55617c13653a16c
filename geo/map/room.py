"""What the map's doors share: the house's parts, the styles, the built front end, the templates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo import http
from geo.deps import Deps
from geo.map import frontend, palette, styles
from geo.map.frontend import Frontend
from geo.map.styles import Styles
from geo.map.words import day
from geo.texts import LANGUAGES, catalogue

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_NAMES = {"pl": "polski", "en": "English"}
REVALIDATE = "no-cache"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Room:
    """Made once by `views.blueprint`."""

    deps: Deps
    styles: Styles
    frontend: Frontend
    templates: Mapping[str, Environment]
    # Changes with the palette: part of its address.
    palette_version: str

    @classmethod
    def make(cls, deps: Deps) -> Room:
        """Read what lies on disk: styles, templates, the manifest of the front end.

        Raises:
            Misconfigured: config/styles.yaml is wrong.
        """
        known = (*deps.registry.layers, *deps.registry.flights)
        return cls(
            deps=deps,
            styles=styles.read(deps.settings.config_dir, known),
            frontend=frontend.read(deps.settings.root / "web" / "dist"),
            templates={language: environment(language) for language in LANGUAGES},
            palette_version=hashlib.sha256(palette.css().encode()).hexdigest()[:8],
        )

    def page(self, template: str, language: str, *, query: str = "", **values: object) -> Response:
        """A page with everything that each page carries: title, languages, sources, links."""
        catalog, settings = self.deps.catalog(), self.deps.settings
        newest = max((c.data_date or c.published_at.date() for c in catalog.collections.values()), default=None)
        html = (
            self.templates[language]
            .get_template(template)
            .render(
                language=language,
                languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
                language_links={code: _in_language(code) for code in LANGUAGES},
                suffix=suffix(),
                chosen=request.args.get("lang"),
                town=settings.town,
                town_title=getattr(settings.town.title, language),
                description=getattr(settings.town.title, language),
                colours={theme: palette.colours(theme) for theme in palette.THEMES},
                palette_version=self.palette_version,
                frontend=self.frontend,
                synthetic=catalog.synthetic,
                newest=newest and day(newest, language),
                query=query,
                **values,
            )
        )
        response = Response(html, mimetype="text/html")
        response.headers["Content-Language"] = language
        response.headers["Vary"] = "Accept-Language"
        response.headers["Cache-Control"] = REVALIDATE
        return response


def environment(language: str) -> Environment:
    """The templates in one language of the catalogue."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        # A server keeps to the templates that it was started with, while an upgrade replaces them.
        auto_reload=False,
    )
    made.policies["ext.i18n.trimmed"] = True
    # The i18n extension adds this method to the environment; Jinja's types do not know it.
    install: Any = getattr(made, "install_gettext_translations")  # noqa: B009 - see above
    install(catalogue(language), newstyle=True)
    return made


def suffix() -> str:
    """What a link to another page ends with: a language that somebody chose goes along, a browser says its own."""
    chosen = request.args.get("lang")
    return f"?lang={chosen}" if chosen in LANGUAGES else ""


def _in_language(code: str) -> str:
    """This page's address in another language, everything else kept."""
    arguments = {name: value for name, value in request.args.items() if name != "lang"}
    # Always said: without it the browser's own language would come.
    return f"{request.path}?{urlencode({**arguments, 'lang': code})}"


def embedded(value: object) -> Markup:
    """JSON that may stand inside a script element: no markup can end it early."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 - escaped here


def answer(
    value: object, mimetype: str = "application/json", cache: str = REVALIDATE, *, language: str | None = None
) -> Response:
    """JSON with an ETag; 304 when the client has it already. `language` is that of its words, if it has any."""
    body = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    vary = "Accept-Language, Accept-Encoding" if language else "Accept-Encoding"
    tag = http.entity_tag(request, body, language)
    if http.fresh(request, tag):
        response = http.unchanged(tag, cache_control=cache, vary=vary)
    else:
        response = Response(body, mimetype=mimetype)
        response.set_etag(tag)
        response.headers["Cache-Control"] = cache
        response.headers["Vary"] = vary
    if language:
        response.headers["Content-Language"] = language
    return response
