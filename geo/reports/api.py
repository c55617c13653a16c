"""What the form's script and other programs send: `POST /api/reports`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from geo.errors import BadRequest
from geo.http import problems
from geo.http.proxies import subscriber
from geo.reports import forms, service
from geo.reports.forms import Invalid
from geo.reports.letters import TRACK
from geo.reports.model import Channel
from geo.reports.room import Room, language_of_form
from geo.texts import Text

_NO_OBJECT = Text("It is no JSON object.")


def add_routes(door: Blueprint, room: Room) -> None:
    """`/api/reports`."""
    door.add_url_rule("/api/reports", "post", lambda: post(room), methods=["POST"])


def post(room: Room) -> Response:
    """Receive a report as JSON: 201 with its number; the same sent again gets the same answer with 200.

    Raises:
        BadRequest: the body is no JSON object.
        OtherContent: its uuid came with other content.
        OutsideBoundary, Swapped: the place does not lie in the municipality.
        TooMany: so many came from this network lately.
    """
    body = request.get_json(silent=True, cache=False)
    if not isinstance(body, dict):
        raise BadRequest(parameter="body", problem=_NO_OBJECT)
    try:
        sent = forms.read(_flat(body), room.rules, Channel.API)
    except Invalid as invalid:
        errors = {name: text.say(language_of_form()) for name, text in invalid.at.items()}
        return problems.problem(
            room.deps.settings, invalid.status, invalid.text, {"code": invalid.code, "errors": errors}
        )
    with room.deps.database.transaction() as connection:
        known = service.repeated(connection, sent)
    if known is None:
        around = room.around(sent.lng, sent.lat)
        with room.deps.database.transaction() as connection:
            network = subscriber(request.remote_addr or "")
            received = service.submit(connection, room.rules, sent, around, network, room.base_url)
    else:
        received = known
    answer = jsonify(
        number=received.number, status=received.status, tracking=f"{room.base_url}{TRACK}{received.tracking}"
    )
    answer.status_code = 200 if known else 201
    answer.headers["Cache-Control"] = "no-store"
    return answer


# Any: what a client wrote.
def _flat(body: dict[str, Any]) -> dict[str, object]:
    """The fields as a form has them."""
    answers = body.get("answers")
    flat: dict[str, object] = {name: value for name, value in body.items() if isinstance(value, str | int | float)}
    if isinstance(answers, dict):
        flat.update({f"answer-{name}": str(value) for name, value in answers.items()})
    return flat
