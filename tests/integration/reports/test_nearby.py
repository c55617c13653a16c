"""Similar reports nearby: shown in the form, and stopping nobody."""

from uuid import uuid4

import pytest


@pytest.fixture
def verified(send, report, browser, people):
    """A verified report of a damaged road."""
    number = send(report).json["number"]
    browser(people["moderator"]).send(f"/staff/reports/{number}", do="move", to="zweryfikowane")
    return number


@pytest.fixture
def form(application, report):
    """The form after a place was sought, for a category and a place."""

    def form_(**fields):
        typed = {**report, "uuid": str(uuid4()), "do": "find", "q": "Rynek", **fields}
        return application.test_client().post("/zgloszenia/nowe?lang=en", data=typed).text

    return form_


def test_a_similar_report_nearby_is_shown(verified, form, report):
    # About twenty metres further north.
    assert f"/zgloszenia/{verified}?lang=en" in form(lat=report["lat"] + 0.0002)


def test_one_that_is_far_of_another_category_or_closed_is_not(verified, form, report, one):
    link = f"/zgloszenia/{verified}?lang=en"
    assert link not in form(lat=report["lat"] + 0.001)
    assert link not in form(category="zielen")

    one("UPDATE geo.report SET closed_at = now() RETURNING 1")

    assert link not in form()


def test_one_that_is_not_public_is_not_shown(send, report, form):
    number = send(report).json["number"]

    assert f"/zgloszenia/{number}?" not in form()


@pytest.mark.usefixtures("verified")
def test_it_stops_nobody(send, report, one):
    assert send({**report, "uuid": str(uuid4())}).status_code == 201
    assert one("SELECT count(*) FROM geo.report") == (2,)


@pytest.mark.parametrize("place", [{"lng": "nan"}, {"lng": "1e999"}, {"lat": "x"}, {"lat": ""}])
def test_a_place_that_is_none_is_no_failure_of_the_form(form, place):
    assert "Report a problem" in form(**place)
