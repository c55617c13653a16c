"""The one frame of every page for people: head, masthead, footer; two languages, nothing from other hosts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from geo.http import assets, frontend, palette
from geo.http.proxies import base_url
from geo.settings import Settings
from geo.texts import LANGUAGES, catalogue

ROOM = Path(__file__).parent
LANGUAGE_NAMES = {"pl": "polski", "en": "English", "uk": "українська"}


class Notice(Protocol):
    """What must be known before anything else of what a page shows: `geo.wording` says it, the frame shows it."""

    @property
    def sentence(self) -> str:
        """All of it in a sentence or two."""

    @property
    def partly(self) -> bool:
        """Whether it counts for a part of what is shown only."""

    @property
    def layers(self) -> Sequence[str]:
        """The titles of the layers for which it counts, where the sentence does not name them."""


def install(app: Flask, settings: Settings) -> None:
    """Serve what the frame is dressed in."""
    app.register_blueprint(assets.blueprint(settings))


def render(
    template: str,
    request: Request,
    settings: Settings,
    language: str,
    *,
    folders: Sequence[Path] = (),
    dated: str = "",
    notice: Notice | None = None,
    languages: Sequence[str] = LANGUAGES,
    **values: object,
) -> str:
    """A page from a template of `folders` or of this room, which may extend `base.html` of this room.

    Args:
        template: its name.
        request: what is answered.
        settings: the town's.
        language: the page's.
        folders: where other rooms have their templates; the first that has one counts.
        dated: the footer's sentence on source and date of what the page shows.
        notice: what must be known before anything else, such as that the data is invented.
        languages: which ones the page is to be had in.
        values: what the template itself asks for, beside what every page has: `root` (the path under which the
            client reaches us, such as `` or `/geo`), `suffix` (what links to pages end with), `town`, `language`.
    """
    root = root_of(request, settings)
    return (
        environment(language, *folders)
        .get_template(template)
        .render(
            root=root,
            suffix=suffix(request),
            here=request.path,
            chosen=chosen_language(request),
            town=settings.town,
            # Texts of the configuration are Polish and English.
            town_title=getattr(settings.town.title, language, settings.town.title.pl),
            language=language,
            languages=[(code, LANGUAGE_NAMES[code], _in_language(request, root, code)) for code in languages],
            colours={theme: palette.colours(theme) for theme in palette.THEMES},
            palette_version=assets.palette_version(),
            frontend=frontend.of(settings),
            dated=dated,
            notice=notice,
            **values,
        )
    )


def root_of(request: Request, settings: Settings) -> str:
    """The path under which the client reaches us, such as `` or `/geo`; no host, which may have several names."""
    return urlsplit(base_url(request, settings)).path


def path_of(request: Request) -> str:
    """The path of this request below the root, encoded: never one that a browser reads as another host (`//host`)."""
    return "/" + quote(request.path.lstrip("/"))


def chosen_language(request: Request) -> str | None:
    """The language that the reader chose, not the browser's."""
    chosen = request.args.get("lang")
    return chosen if chosen in LANGUAGES else None


def suffix(request: Request) -> str:
    """What a link to another page ends with: a language that somebody chose goes along, a browser says its own."""
    chosen = chosen_language(request)
    return f"?lang={chosen}" if chosen else ""


def fingerprint(settings: Settings) -> str:
    """Changes with the frame: part of the entity tag of a page whose body is not looked at."""
    digest = hashlib.sha256(assets.palette_version().encode())
    for path in sorted((ROOM / "templates").iterdir()):
        digest.update(path.read_bytes())
    digest.update(repr(frontend.of(settings).styles).encode())
    return digest.hexdigest()[:12]


@cache
def environment(language: str, *folders: Path) -> Environment:
    """The templates of some folders, and those of this room, in one language of the catalogue."""
    made = Environment(
        loader=FileSystemLoader([*folders, ROOM / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        # A server keeps to the templates that it was started with, while an upgrade replaces them.
        auto_reload=False,
    )
    # The i18n extension adds this method at run time.
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    return made


def _in_language(request: Request, root: str, language: str) -> str:
    """This page's address in another language, everything else kept; always said, else the browser's own would come."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{root}{path_of(request)}?{urlencode([*query, ('lang', language)])}"
