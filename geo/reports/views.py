"""The doors of reporters: the form, the letter's link, their own report. All of it works without a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from geo import gazetteer
from geo.deps import Deps
from geo.errors import BadRequest, GeoError
from geo.http.proxies import subscriber
from geo.reports import api, forms, history, moves, public, published, service, store
from geo.reports.forms import Invalid, Submission
from geo.reports.letters import CONFIRM, TRACK
from geo.reports.model import Channel, ReasonNeeded, Report, ReportNotFound, Status, Surroundings
from geo.reports.moves import Actor
from geo.reports.published import Published
from geo.reports.room import Room, language_of_form, own_suffix
from geo.texts import Text

FORM = "/zgloszenia/nowe"
MOST_PLACES = 10
_LONGEST_QUERY = 200


def blueprint(deps: Deps) -> Blueprint:
    """Everything under `/zgloszenia`, and `/api/reports`.

    Raises:
        Misconfigured: config/categories.yaml is wrong.
    """
    room, door = Room.make(deps), Blueprint("reports", __name__)
    door.add_url_rule(FORM, "form", lambda: form(room))
    door.add_url_rule(FORM, "send", lambda: send(room), methods=["POST"])
    door.add_url_rule(f"{TRACK}<token>", "own", lambda token: own(room, token))
    door.add_url_rule(f"{TRACK}<token>", "change", lambda token: change(room, token), methods=["POST"])
    door.add_url_rule(f"{CONFIRM}<token>", "confirmation", lambda token: room.page("confirm.html", token=token))
    door.add_url_rule(f"{CONFIRM}<token>", "confirm", lambda token: confirm(room, token), methods=["POST"])
    public.add_routes(door, room)
    api.add_routes(door, room)
    return door


def form(room: Room) -> Response:
    """The empty form; a link from the map may bring a place along: `?lng=18.9&lat=50.17`."""
    typed = {name: request.args.get(name, "")[:40] for name in ("lng", "lat", "category")}
    return _form(room, typed)


def send(room: Room) -> AnyResponse:
    """Find a place, show what lies there, or receive the report: what the button that was pressed says.

    Whatever is wrong, all that was typed stands in the form again.
    """
    typed = dict(request.form)
    if chosen := typed.get("place"):
        # "18.9 50.17 address": a place of those that the search found.
        typed.update(zip(("lng", "lat", "found"), chosen.split(" "), strict=False))
    try:
        if typed.get("do") == "find":
            return _form(room, typed, found=_found(room, typed.get("q", "")))
        sent = forms.read({**typed, "language": language_of_form()}, room.rules, Channel.FORM)
        received = _received(room, sent)
    except Invalid as invalid:
        return _form(room, typed, error=invalid, wrong=invalid.at)
    except GeoError as error:
        return _form(room, typed, error=error)
    return redirect(f"{room.root}{TRACK}{received}{own_suffix()}", 303)


def _received(room: Room, sent: Submission) -> str:
    around = room.around(sent.lng, sent.lat)
    with room.deps.database.transaction() as connection:
        network = subscriber(request.remote_addr or "")
        return service.submit(connection, room.rules, sent, around, network, room.base_url).tracking


def _found(room: Room, query: str) -> gazetteer.Found:
    if not query.strip():
        raise BadRequest(parameter="q", problem=Text("Write an address, a street or a parcel number."))
    with room.deps.database.public() as connection:
        collections = room.deps.catalog().collections
        return gazetteer.search(connection, query[:_LONGEST_QUERY], collections, MOST_PLACES)


def _form(
    room: Room,
    typed: Mapping[str, str],
    *,
    found: gazetteer.Found | None = None,
    error: GeoError | None = None,
    wrong: Mapping[str, Text] | None = None,
) -> Response:
    language = language_of_form()
    return room.page(
        "form.html",
        error=error,
        # A field that was not sent is an empty one.
        typed=defaultdict(str, typed),
        uuid=typed.get("uuid") or str(forms.new_uuid()),
        wrong=defaultdict(str, {name: text.say(language) for name, text in (wrong or {}).items()}),
        hits=[hit for hit in found.hits if hit.lng is not None] if found else None,
        lies=_lies(room, typed),
        similar=_similar(room, typed),
        trap=forms.TRAP,
        longest=forms.LONGEST_TEXT,
    )


def _similar(room: Room, typed: Mapping[str, str]) -> list[Published]:
    """Reports that may be of the same, once place and category are said; they are shown and stop nobody."""
    category = room.rules.categories.get(typed.get("category", ""))
    try:
        lng, lat = float(typed.get("lng", "")), float(typed.get("lat", ""))
    except ValueError:
        return []
    if category is None or not (abs(lng) <= 180 and abs(lat) <= 90):
        return []
    with room.deps.database.public() as connection:
        return published.near(connection, typed["category"], lng, lat, category.nearby)


def _lies(room: Room, typed: Mapping[str, str]) -> Surroundings | None:
    """What lies at the place that was said so far; None where none was, or not in the municipality."""
    try:
        return room.around(float(typed.get("lng", "")), float(typed.get("lat", "")))
    except (ValueError, GeoError):
        return None


def confirm(room: Room, token: str) -> AnyResponse:
    """Take the address of a letter's link as its owner's. By a button: mail programs follow links by themselves.

    Raises:
        ReportNotFound: the link is of no report, or the contact was erased.
    """
    with room.deps.database.transaction() as connection:
        report = service.confirm(connection, room.rules, token, room.base_url)
        tracking = store.tracking(connection, report.id)
    return redirect(f"{room.root}{TRACK}{tracking}{own_suffix()}", 303)


def own(room: Room, token: str, error: GeoError | None = None) -> Response:
    """A reporter's own report: where it stands, what happened, and what they may do.

    Raises:
        ReportNotFound: the link is of no report, or was revoked.
    """
    with room.deps.database.transaction() as connection:
        report = _tracked(room, token)
        happened = history.events(connection, report.id)
    return room.page(
        "own.html",
        error=error,
        report=report,
        events=[event for event in happened if event.kind in public.TOLD],
        may=_may(report),
        token=token,
        status_words=lambda status: Status(status).words.say(language_of_form()),
        category=public.category_title(room.rules, report.category, language_of_form()),
    )


def _may(report: Report) -> list[Status]:
    """What a reporter may make of a report on their page; an address is confirmed by the letter's link alone."""
    ends = [move.to for move in moves.possible(report.status, Actor.REPORTER)]
    return [to for to in ends if not (to is Status.NEW and report.status is Status.UNCONFIRMED)]


def change(room: Room, token: str) -> AnyResponse:
    """Answer a question, withdraw the report or open it again, as the table of moves permits.

    Raises:
        ReportNotFound: the link is of no report.
    """
    report = _tracked(room, token)
    reason = request.form.get("reason", "")[: forms.LONGEST_TEXT]
    wanted = next((to for to in _may(report) if to == request.form.get("to")), None)
    try:
        if wanted is None:
            # Another one has moved it since the page was loaded.
            raise BadRequest(parameter="to", problem=Text("There is no such action."))
        if wanted is Status.NEW and not reason.strip():
            raise ReasonNeeded(wanted=wanted.words)
        with room.deps.database.transaction() as connection:
            service.move(
                connection,
                room.rules,
                report.id,
                wanted,
                Actor.REPORTER,
                None,
                reason=reason,
                base_url=room.base_url,
            )
    except GeoError as error:
        return own(room, token, error)
    return redirect(f"{room.root}{TRACK}{token}{own_suffix()}", 303)


def _tracked(room: Room, token: str) -> Report:
    with room.deps.database.transaction() as connection:
        report = store.tracked(connection, token)
    if report is None:
        raise ReportNotFound
    return report
