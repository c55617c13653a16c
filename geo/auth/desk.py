"""What the doors of staff share: the frame of their pages, and where a form leads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo import wording
from geo.auth import audit
from geo.auth.gate import ALL_ROLES, FORM_KEY, STAFF
from geo.auth.model import LOCK, LockedOut, Role, Session
from geo.deps import Deps
from geo.errors import GeoError
from geo.http import language_of, pages
from geo.texts import Text

_PLACES, _DEEDS = "geo_staff_places", "geo_staff_deeds"
TEMPLATES = Path(__file__).parent / "templates"
# A page of staff's own: after signing in nobody is led elsewhere.
_OWN = re.compile(r"/staff(/[A-Za-z0-9._~%/-]*)?(\?[A-Za-z0-9._~%=&+-]*)?", re.ASCII)
# What a page says after something was done, by the word in its address.
DONE = {
    "password": Text("The password is changed; your other sessions have ended."),
    "session": Text("The session has ended."),
    "out": Text("You are signed out."),
    "roles": Text("The roles are changed."),
    "disabled": Text("The account is closed, and its sessions have ended."),
    "enabled": Text("The account is open and unlocked."),
    "ended": Text("All sessions of the account have ended."),
}


def number_of(written: str) -> int | None:
    """A number of ours as a form or an address brings it back; None for anything else."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None


class Place(NamedTuple):
    """A page of staff's that the head of each of their pages leads to."""

    path: str
    title: Text
    roles: frozenset[Role]


def signpost(door: Blueprint, path: str, title: Text, *roles: Role) -> None:
    """Let the head of staff's pages lead to a page of this door those who may enter it; in the order of the doors."""
    place = Place(path, title, frozenset(roles) or ALL_ROLES)
    door.record(lambda state: state.app.extensions.setdefault(_PLACES, []).append(place))


def deeds(door: Blueprint, words: Mapping[str, Text]) -> None:
    """Say in words what the doors of a room write into the audit table, by the action."""
    door.record(lambda state: state.app.extensions.setdefault(_DEEDS, {}).update(words))


@dataclass(frozen=True)
class Desk:
    """Made once by each blueprint of staff's."""

    deps: Deps
    # Where a room above has its templates, which extend `staff.html` of this one.
    templates: Path | None = None
    # What that room's pages say after something was done, by the word in their address.
    said: Mapping[str, Text] = MappingProxyType({})

    def page(self, template: str, current: Session | None, *, error: GeoError | None = None, **values: Any) -> Response:
        """A page for whoever is signed in; with an error, what was typed stands in it still."""
        language = language_of(request)
        done = {**DONE, **self.said}.get(request.args.get("done", ""))
        body = pages.render(
            template,
            request,
            self.deps.settings,
            language,
            folders=(*((self.templates,) if self.templates else ()), TEMPLATES),
            current=current,
            form_key=current.form_key if current else "",
            form_key_name=FORM_KEY,
            places=[
                (place.path, place.title.say(language))
                for place in current_app.extensions.get(_PLACES, ())
                if current and current.account.has(place.roles)
            ],
            error=error.text.say(language) if error else None,
            done=done.say(language) if done and not error else None,
            deed=lambda action: _said(current_app.extensions.get(_DEEDS, {}), action, language),
            doer=lambda actor: Text("command line").say(language) if actor == audit.COMMAND_LINE else actor,
            moment=lambda when: wording.moment(when, language),
            role_title=lambda role: Role(role).words.say(language),
            **values,
        )
        response = Response(body, error.status if error else 200, mimetype="text/html")
        if isinstance(error, LockedOut):
            response.headers["Retry-After"] = str(LOCK // timedelta(seconds=1))
        response.headers["Content-Language"] = language
        response.vary.add("Accept-Language")
        return response

    def lead(self, path: str = "", done: str = "") -> AnyResponse:
        """Send a browser on to a page of staff's, so that loading it again does nothing twice."""
        chosen = pages.chosen_language(request)
        query = "&".join([*([f"done={done}"] if done else []), *([f"lang={chosen}"] if chosen else [])])
        root = pages.root_of(request, self.deps.settings)
        return redirect(f"{root}{STAFF}{path}{'?' + query if query else ''}", 303)

    def lead_to(self, wanted: str) -> AnyResponse:
        """Send a browser on to where it wanted to go, if that is a page of staff's."""
        root = pages.root_of(request, self.deps.settings)
        return redirect(root + wanted, 303) if _OWN.fullmatch(wanted) else self.lead()


def _said(words: Mapping[str, Text], action: str, language: str) -> str:
    """An action in words; one of an older version, for which there are none any more, as it was written."""
    return words[action].say(language) if action in words else action
