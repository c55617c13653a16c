"""What everybody may read: verified reports, through the view that holds nothing else, with the public role."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from geo.auth.desk import number_of
from geo.reports import published
from geo.reports.categories import Categories
from geo.reports.model import ReportNotFound, Status
from geo.reports.room import Room, language_of_form

PAGE = 50
# Events of the history that a timeline tells.
TOLD = frozenset({"received", "status"})


def add_routes(door: Blueprint, room: Room) -> None:
    """`/zgloszenia` and `/zgloszenia/<number>`."""
    door.add_url_rule("/zgloszenia", "listing", lambda: listing(room))
    door.add_url_rule("/zgloszenia/<int:number>", "report", lambda number: report(room, number))


def listing(room: Room) -> Response:
    """Verified reports, the newest first."""
    before = number_of(request.args.get("before", ""))
    category = request.args.get("category", "")
    with room.deps.database.public() as connection:
        found = published.newest(connection, PAGE + 1, before, category if category in room.rules.categories else None)
    more = found[PAGE - 1].number if len(found) > PAGE else None
    return room.published("reports.html", reports=found[:PAGE], more=more, chosen_category=category, **_words(room))


def report(room: Room, number: int) -> Response:
    """One verified report.

    Raises:
        ReportNotFound: there is none, or it is not public.
    """
    with room.deps.database.public() as connection:
        found = published.one(connection, number)
    if found is None:
        raise ReportNotFound
    return room.published("report.html", report=found, **_words(room))


def category_title(rules: Categories, word: str, language: str) -> str:
    """A category in words; one that the file does not have any more, as it is kept."""
    known = rules.categories.get(word)
    return known.title.say(language) if known else word


# Any: what the templates ask for.
def _words(room: Room) -> dict[str, Any]:
    language = language_of_form()
    return {
        "category_title": lambda word: category_title(room.rules, word, language),
        "status_words": lambda status: Status(status).words.say(language),
    }
