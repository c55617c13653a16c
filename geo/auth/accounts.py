"""The doors of administrators: accounts, and what is written down about everybody's work."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo.auth import audit, service, store
from geo.auth.desk import Desk, deeds, number_of, signpost
from geo.auth.gate import STAFF, needs, signed_in
from geo.auth.model import Account, AccountNotFound, Role
from geo.db import Connection
from geo.deps import Deps
from geo.errors import BadRequest, GeoError
from geo.texts import Text

ENTRIES = 100
_DEEDS = {
    "account.added": Text("added an account"),
    "account.disabled": Text("closed an account"),
    "account.enabled": Text("opened or unlocked an account"),
    "roles.changed": Text("changed roles"),
    "password.changed": Text("changed the own password"),
    "password.renewed": Text("made a new password"),
    "session.opened": Text("signed in"),
    "session.ended": Text("ended a session"),
    "sessions.ended": Text("ended all sessions"),
    "sign-in.failed": Text("a wrong password"),
}


def blueprint(deps: Deps) -> Blueprint:
    """`/staff/accounts` and `/staff/audit`."""
    desk, door, mine = Desk(deps), Blueprint("accounts", __name__, url_prefix=STAFF), needs(Role.ADMIN)
    signpost(door, "/accounts", Text("Accounts"), Role.ADMIN)
    signpost(door, "/audit", Text("What was done"), Role.ADMIN)
    deeds(door, _DEEDS)
    door.add_url_rule("/accounts", "accounts", mine(lambda: accounts(desk)))
    door.add_url_rule("/accounts", "add", mine(lambda: add(desk)), methods=["POST"])
    door.add_url_rule("/accounts/<login>", "account", mine(lambda login: account(desk, login)))
    door.add_url_rule("/accounts/<login>", "change", mine(lambda login: change(desk, login)), methods=["POST"])
    door.add_url_rule("/audit", "audit", mine(lambda: read_audit(desk)))
    return door


def accounts(desk: Desk, error: GeoError | None = None) -> Response:
    """Everybody who works here, and a form for one more."""
    with desk.deps.database.transaction() as connection:
        known = store.accounts(connection)
    typed = {name: request.form.get(name, "") for name in ("login", "name", "email")}
    return desk.page(
        "accounts.html",
        signed_in(),
        error=error,
        accounts=known,
        roles=list(Role),
        typed=typed,
        chosen_roles=request.form.getlist("role"),
    )


def add(desk: Desk) -> AnyResponse:
    """Make an account; its password is shown on this answer, and never again."""
    by, form = signed_in().account, request.form
    try:
        with desk.deps.database.transaction() as connection:
            made, password = service.add(
                connection, by, form.get("login", ""), form.get("name", ""), form.get("email", ""), form.getlist("role")
            )
    except GeoError as error:
        return accounts(desk, error)
    return desk.page("password_shown.html", signed_in(), login=made.login, password=password)


def account(desk: Desk, login: str, error: GeoError | None = None) -> Response:
    """One account, where it is signed in, and what was done to it.

    Raises:
        AccountNotFound: there is none of this login.
    """
    with desk.deps.database.transaction() as connection:
        found = store.account(connection, login)
        if found is None:
            raise AccountNotFound(login=login[:60])
        living = service.sessions(connection, found)
        entries = audit.newest(connection, ENTRIES, subject=f"account:{found.login}")
    return desk.page(
        "account.html", signed_in(), error=error, account=found, sessions=living, entries=entries, roles=list(Role)
    )


def change(desk: Desk, login: str) -> AnyResponse:
    """Do one thing to an account: what the button that was pressed says.

    Raises:
        AccountNotFound: there is none of this login.
    """
    by, verb = signed_in().account, request.form.get("do", "")
    try:
        with desk.deps.database.transaction() as connection:
            password = _VERBS.get(verb, _unknown)(connection, by, login)
    except BadRequest as error:
        return account(desk, login, error)
    if isinstance(password, str):
        return desk.page("password_shown.html", signed_in(), login=login, password=password)
    return desk.lead(f"/accounts/{login}", done=verb)


def _set_roles(connection: Connection, by: Account, login: str) -> None:
    service.set_roles(connection, by, login, request.form.getlist("role"))


def _unknown(_connection: Connection, _by: Account, _login: str) -> None:
    raise BadRequest(parameter="do", problem=Text("There is no such action."))


# By the button's word, which says on the next page what was done. A new password is shown instead.
_VERBS: dict[str, Callable[[Connection, Account, str], object]] = {
    "roles": _set_roles,
    "renew": service.renew_password,
    "disabled": service.disable,
    "enabled": service.enable,
    "ended": service.end_all,
}


def read_audit(desk: Desk) -> Response:
    """What was done, the newest first."""
    before = number_of(request.args.get("before", ""))
    with desk.deps.database.transaction() as connection:
        entries = audit.newest(connection, ENTRIES + 1, before)
    more = entries[ENTRIES - 1].id if len(entries) > ENTRIES else None
    return desk.page("audit.html", signed_in(), entries=entries[:ENTRIES], more=more)
