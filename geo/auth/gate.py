"""The gate: who may enter a route, asked before each view; a route that no rule names lets nobody in.

A session's cookie goes to `/staff` alone and never with another site's form (SameSite=Lax); what changes something
brings the session's form key besides, so that neither a forged form nor one of a session before does anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, g, redirect, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import InternalServerError, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from geo.auth import service
from geo.auth.model import LONGEST, Forbidden, Role, Session, StaleForm
from geo.deps import Deps
from geo.http import base_url
from geo.http.negotiation import prefers_page
from geo.http.pages import path_of, root_of
from geo.settings import Settings
from geo.texts import Text

STAFF = "/staff"
COOKIE = "geo_staff"
# The field of each form with the session's key.
FORM_KEY = "form_key"
ALL_ROLES = frozenset(Role)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_RULE = "geo_roles"
# All that somebody may do whose password was made by somebody else.
_MEANWHILE = frozenset({"staff.password", "staff.sign_out"})

type View = Callable[..., Any]  # what Flask calls with the parts of an address


def needs[V: View](*roles: Role) -> Callable[[V], V]:
    """Marks a view as open to those who have one of some roles; without any, to everybody who is signed in."""

    def mark(view: V) -> V:
        setattr(view, _RULE, frozenset(roles) or ALL_ROLES)
        return view

    return mark


def everybody[V: View](view: V) -> V:
    """Marks a view of staff's as open to everybody; `present` says who is signed in, if anybody."""
    setattr(view, _RULE, frozenset())
    return view


def signed_in() -> Session:
    """The session of this request, behind the gate of a view that needs one."""
    current: Session = g.staff
    return current


def present() -> Session | None:
    """The session of this request to a view of staff's that everybody may enter, if there is one."""
    current: Session | None = g.staff
    return current


class Gate:
    """Stands before every route of an application."""

    def __init__(self, deps: Deps, public: Collection[str]) -> None:
        """`public` names blueprints, and single endpoints, that everybody may enter."""
        self._deps = deps
        self._public = frozenset(public)

    def install(self, app: Flask) -> None:
        """Ask before each view. Staff's pages are kept by nobody."""
        self._app = app
        app.before_request(self._ask)
        app.after_request(_unkept)

    def rule_of(self, endpoint: str) -> frozenset[Role] | None:
        """The roles that may enter an endpoint, none where everybody may; None where no rule names it."""
        if self._is_public(endpoint):
            return frozenset()
        rule: frozenset[Role] | None = getattr(self._app.view_functions.get(endpoint), _RULE, None)
        return rule

    def _ask(self) -> AnyResponse | None:
        endpoint = request.endpoint
        if endpoint is None:
            # There is nothing at this address, which Flask says next.
            return None
        rule = self.rule_of(endpoint)
        if rule is None:
            raise InternalServerError
        if self._is_public(endpoint):
            return None
        g.staff = current = self._session()
        if not rule:
            return None
        if current is None:
            return _sign_in_first(self._deps.settings)
        if request.method not in _READS and not _is_of(request.form.get(FORM_KEY, ""), current):
            raise StaleForm
        if not current.account.has(rule):
            raise Forbidden(roles=", ".join(sorted(rule)))
        if current.account.must_change_password and endpoint not in _MEANWHILE:
            return redirect(f"{root_of(request, self._deps.settings)}{STAFF}/password", 303)
        return None

    def _is_public(self, endpoint: str) -> bool:
        return endpoint.partition(".")[0] in self._public

    def _session(self) -> Session | None:
        token = request.cookies.get(COOKIE)
        if not token:
            return None
        with self._deps.database.transaction() as connection:
            return service.session(connection, token)


def is_from_here() -> bool:
    """Whether a form of ours sent this request, by what browsers say of where a request comes from.

    For the sign-in, before which there is no session whose key could be asked for: nobody is to be signed in as
    somebody else by another site. A program says nothing of this and is believed.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def keep(response: AnyResponse, token: str, settings: Settings) -> None:
    """Let the browser hold a session."""
    _set_cookie(response, token, int(LONGEST.total_seconds()), settings)


def drop(response: AnyResponse, settings: Settings) -> None:
    """Let the browser forget it."""
    _set_cookie(response, "", 0, settings)


def _set_cookie(response: AnyResponse, value: str, max_age_s: int, settings: Settings) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=max_age_s,
        path=f"{root_of(request, settings)}{STAFF}",
        secure=_is_secure(settings),
        httponly=True,
        samesite="Lax",
    )


def _is_secure(settings: Settings) -> bool:
    return base_url(request, settings).startswith("https:")


def _is_of(key: str, current: Session) -> bool:
    return hmac.compare_digest(key.encode("utf-8", "replace"), current.form_key.encode())


def _sign_in_first(settings: Settings) -> AnyResponse:
    if request.method == "GET" and prefers_page(request):
        wanted = quote(
            path_of(request) + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
        )
        return redirect(f"{root_of(request, settings)}{STAFF}?next={wanted}", 303)
    problem = Text("Sign in at {address}.", address=STAFF)
    raise Unauthorized(problem.say("en"), www_authenticate=WWWAuthenticate("cookie", {"realm": STAFF}))


def _unkept(response: Response) -> Response:
    if request.path == STAFF or request.path.startswith(f"{STAFF}/"):
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response
