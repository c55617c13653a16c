"""`geo accounts`: add, list, roles, password, disable, enable, sign-out. A door: it opens the transaction."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.auth import service, store
from geo.auth.model import Role
from geo.deps import Deps
from geo.texts import Text

Login = Annotated[str, typer.Argument(help="The account's login.")]
Roles = Annotated[list[Role], typer.Option("--role", help="What they may do; may be repeated.")]


def app() -> typer.Typer:
    """The command group."""
    group = typer.Typer(no_args_is_help=True, help="Accounts of those who work in the geoportal.")
    group.command()(add)
    group.command("list")(list_)
    group.command()(roles)
    group.command()(password)
    group.command()(disable)
    group.command()(enable)
    group.command("sign-out")(sign_out)
    return group


def add(
    context: typer.Context,
    login: Annotated[str, typer.Argument(help="2 to 40 letters a-z, digits, dots, dashes.")],
    role: Roles,
    name: Annotated[str, typer.Option(help="The person's name.")],
    email: Annotated[str, typer.Option(help="Where mail for them goes.")],
) -> None:
    """Make an account, and say its password, which is changed at the first sign-in."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        made, secret = service.add(connection, None, login, name, email, role)
    _say(
        deps,
        Text("Account {login} is made. Its password, shown this once: {password}", login=made.login, password=secret),
    )
    _say(deps, Text("Sign in at {address}.", address=f"{deps.settings.base_url}/staff"))


def list_(context: typer.Context) -> None:
    """Everybody who works here, their roles, and whether the account is open."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        known = store.accounts(connection)
    if not known:
        _say(deps, Text("There is no account yet; make the first one with 'geo accounts add'."))
    for account in known:
        state = Text("closed") if account.disabled_at else Text("open")
        told = ", ".join(sorted(account.roles))
        typer.echo(f"{account.login}\t{account.name}\t{told}\t{state.say(deps.settings.language)}")


def roles(context: typer.Context, login: Login, role: Roles) -> None:
    """Exchange an account's roles for those that are given."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        account = service.set_roles(connection, None, login, role)
    _say(deps, Text("{login}: {roles}.", login=account.login, roles=", ".join(sorted(account.roles))))


def password(context: typer.Context, login: Login) -> None:
    """Make a new password for somebody who lost theirs, and end their sessions."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        secret = service.renew_password(connection, None, login)
    _say(deps, Text("The new password of {login}, shown this once: {password}", login=login, password=secret))


def disable(context: typer.Context, login: Login) -> None:
    """Close an account and end its sessions; what it did stays written down."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        service.disable(connection, None, login)
    _say(deps, Text("Account {login} is closed.", login=login))


def enable(context: typer.Context, login: Login) -> None:
    """Open a closed account, or unlock one after too many failed attempts."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        service.enable(connection, None, login)
    _say(deps, Text("Account {login} is open.", login=login))


def sign_out(context: typer.Context, login: Login) -> None:
    """End every session of an account."""
    deps: Deps = context.obj()
    with deps.database.transaction() as connection:
        ended = service.end_all(connection, None, login)
    _say(deps, Text("{n} session ended.", "{n} sessions ended.", n=ended))


def _say(deps: Deps, text: Text) -> None:
    typer.echo(text.say(deps.settings.language))
