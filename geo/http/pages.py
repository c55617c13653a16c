"""Pages for people: one base template in the town's look, two languages, no script, nothing from other hosts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Flask, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.http.proxies import base_url
from geo.settings import Settings
from geo.texts import LANGUAGES, catalogue

ROOM = Path(__file__).parent
STATIC_PATH = "/page"


def install(app: Flask) -> None:
    """Serve the style sheet of the pages under /page/."""
    app.register_blueprint(Blueprint("page", __name__, static_folder=str(ROOM / "static"), static_url_path=STATIC_PATH))


def render(
    template: str,
    request: Request,
    settings: Settings,
    language: str,
    *,
    folder: Path | None = None,
    **values: object,
) -> str:
    """A page from a template of this room or of `folder`, which may extend `base.html` of this room.

    The template has `root` (the path under which the client reaches us, such as `` or `/geo`), `town`,
    `language`, `languages` (the same page in each language) and what the caller gives.
    """
    # No host: the page must find its style sheet under whatever name the browser knows us by.
    root = urlsplit(base_url(request, settings)).path
    return (
        _environment(language, folder or ROOM / "templates")
        .get_template(template)
        .render(
            root=root,
            town=settings.town,
            language=language,
            languages={name: _in_language(request, root, name) for name in LANGUAGES},
            **values,
        )
    )


@cache
def _environment(language: str, folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, ROOM / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        # A server keeps to the templates that it was started with, while an upgrade replaces them.
        auto_reload=False,
    )
    # The i18n extension adds this method at run time.
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    return environment


def _in_language(request: Request, root: str, language: str) -> str:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{root}{quote(request.path)}?{urlencode([*query, ('lang', language)])}"
