"""The doors of everybody who works here: sign in and out, the own password, the own sessions."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo.auth import passwords, service
from geo.auth.desk import Desk, number_of, signpost
from geo.auth.gate import STAFF, drop, everybody, is_from_here, keep, needs, present, signed_in
from geo.auth.model import StaleForm
from geo.deps import Deps
from geo.errors import BadRequest, GeoError
from geo.http.proxies import subscriber
from geo.texts import Text

_DIFFERENT = Text("The two are different; write the new password twice.")


class WrongPassword(GeoError):
    """Login and password do not agree, or the account is closed. Five failures stop it for a quarter of an hour."""

    code = "wrong-password"
    status = 422


def blueprint(deps: Deps) -> Blueprint:
    """`/staff`, `/staff/sign-out`, `/staff/password`, `/staff/sessions`."""
    desk, door = Desk(deps), Blueprint("staff", __name__, url_prefix=STAFF)
    signpost(door, "", Text("My work"))
    door.add_url_rule("", "home", everybody(lambda: home(desk)))
    door.add_url_rule("", "sign_in", everybody(lambda: sign_in(desk)), methods=["POST"])
    door.add_url_rule("/sign-out", "sign_out", needs()(lambda: sign_out(desk)), methods=["POST"])
    door.add_url_rule("/password", "password", needs()(lambda: password(desk)), methods=["GET", "POST"])
    door.add_url_rule("/sessions", "sessions", needs()(lambda: sessions(desk)))
    door.add_url_rule("/sessions", "end_session", needs()(lambda: end_session(desk)), methods=["POST"])
    return door


def home(desk: Desk) -> Response:
    """Who is signed in and what they may do; without a session, the sign-in."""
    current = present()
    if current is None:
        return desk.page("sign_in.html", None, login="", wanted=request.args.get("next", ""))
    return desk.page("home.html", current)


def sign_in(desk: Desk) -> AnyResponse:
    """Open a session."""
    login, wanted = request.form.get("login", ""), request.form.get("next", "")
    try:
        token = _opened(desk.deps, login, request.form.get("password", ""))
    except GeoError as error:
        return desk.page("sign_in.html", None, error=error, login=login, wanted=wanted)
    response = desk.lead_to(wanted)
    keep(response, token, desk.deps.settings)
    return response


def _opened(deps: Deps, login: str, password: str) -> str:
    if not is_from_here():
        raise StaleForm
    address, browser = request.remote_addr or "", request.headers.get("User-Agent", "")
    with deps.database.transaction() as connection:
        attempt = service.begin(connection, login, subscriber(address))
    # Between the two: computing holds no connection, and nobody's lock.
    agrees = passwords.agrees(password, attempt.kept)
    with deps.database.transaction() as connection:
        token = service.finish(connection, attempt, password, address, browser) if agrees else None
        if token is None:
            service.failed(connection, attempt, address)
    if token is None:
        raise WrongPassword
    return token


def sign_out(desk: Desk) -> AnyResponse:
    """End this session."""
    current = signed_in()
    with desk.deps.database.transaction() as connection:
        service.end(connection, current.account, current.id)
    response = desk.lead(done="out")
    drop(response, desk.deps.settings)
    return response


def password(desk: Desk) -> AnyResponse:
    """Change the own password."""
    current = signed_in()
    if request.method != "POST":
        return desk.page("password.html", current, shortest=passwords.SHORTEST)
    old, new, again = (request.form.get(name, "") for name in ("old", "password", "again"))
    try:
        if new != again:
            raise BadRequest(parameter="again", problem=_DIFFERENT)
        with desk.deps.database.transaction() as connection:
            service.change_password(connection, current, old, new)
    except GeoError as error:
        return desk.page("password.html", current, error=error, shortest=passwords.SHORTEST)
    return desk.lead(done="password")


def sessions(desk: Desk) -> Response:
    """Where the own account is signed in."""
    current = signed_in()
    with desk.deps.database.transaction() as connection:
        found = service.sessions(connection, current.account)
    return desk.page("sessions.html", current, sessions=found)


def end_session(desk: Desk) -> AnyResponse:
    """End one of the own sessions."""
    current, number = signed_in(), number_of(request.form.get("session", ""))
    if number is not None:
        with desk.deps.database.transaction() as connection:
            service.end(connection, current.account, number)
    return desk.lead("/sessions", done="session")
