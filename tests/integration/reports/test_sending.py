"""Sending a report: once, however often it is sent; refused in words; nothing lost of what was typed."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from geo.reports import service


def test_a_report_gets_a_number_and_the_same_sent_again_gets_the_same_answer(send, report, one):
    first, again = send(report), send(report)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["status"] == "nowe"
    assert one("SELECT count(*) FROM geo.report") == (1,)


def test_the_same_key_with_other_content_is_refused_and_changes_nothing(send, report, one):
    send(report)

    other = send({**report, "description": "Coś zupełnie innego."})

    assert (other.status_code, other.json["code"]) == (409, "other-content")
    assert one("SELECT description FROM geo.report") == (report["description"],)


def test_ten_at_once_are_one_report_with_ten_equal_answers(send, report, one):
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(report), range(10)))

    told = [answer.json for answer in answers if answer.status_code in {200, 201}]
    assert len({answer["tracking"] for answer in told}) == 1
    assert {answer.status_code for answer in answers} <= {200, 201, 503}
    assert len(told) >= 4
    assert one("SELECT count(*), (SELECT count(*) FROM geo.report_event) FROM geo.report") == (1, 1)


def test_what_is_wrong_is_said_at_each_field(send):
    answer = send({"uuid": "x"})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-report")
    assert set(answer.json["errors"]) == {"uuid", "category", "description", "place"}


def test_a_body_that_is_no_object_is_refused(send):
    assert send([1]).status_code == 400
    assert send(None).status_code == 400


@pytest.mark.usefixtures("town")
def test_our_layers_say_whose_place_it_is_and_the_rule_is_told(send, report, one):
    send(report)

    around, department, body, route = one("SELECT around, department, body, route FROM geo.report")
    assert (around["road"], around["road_manager"]) == ("powiatowa", "Zarząd Dróg w Mikołowie")
    assert (department, body) == (None, "powiat")
    assert route.startswith("3: ")


@pytest.mark.usefixtures("town")
def test_a_place_outside_and_exchanged_coordinates_are_told_apart(send, report, one):
    outside = send({**report, "lng": 19.5})
    swapped = send({**report, "lng": report["lat"], "lat": report["lng"]})

    assert (outside.status_code, outside.json["code"]) == (422, "outside-boundary")
    assert (swapped.status_code, swapped.json["code"]) == (422, "swapped-coordinates")
    assert one("SELECT count(*) FROM geo.report") == (0,)


def test_so_many_of_one_network_and_a_repeat_is_still_answered(send, report, monkeypatch):
    monkeypatch.setattr(service, "MOST_REPORTS", 2)
    for _ in range(2):
        assert send({**report, "uuid": str(uuid4())}).status_code == 201

    last = send({**report, "uuid": str(uuid4())})

    assert (last.status_code, last.json["code"]) == (429, "too-many-reports")


def test_a_repeat_is_answered_also_when_no_new_one_may_come(send, report, monkeypatch):
    first = send(report)
    monkeypatch.setattr(service, "MOST_REPORTS", 0)

    assert send(report).json == first.json


@pytest.mark.usefixtures("people")
def test_urgent_reports_write_to_the_moderators_at_once_and_without_a_name(send, report, letters):
    send({**report, "category": "zagrozenia", "email": "jan@dom.example", "name": "Jan Kowalski"})

    urgent = [letter for letter in letters() if letter[0] == "moderator@town.example"]
    assert len(urgent) == 1
    assert "Kowalski" not in "".join(urgent[0])


def test_the_form_works_without_a_script_and_forgets_nothing_that_was_typed(application, report):
    client = application.test_client()
    page = client.get("/zgloszenia/nowe", headers={"Accept-Language": "pl"}).text
    assert re.search(r'name="uuid" value="[0-9a-f-]{36}"', page)

    refused = client.post("/zgloszenia/nowe?lang=en", data={**report, "do": "send", "description": "Dziura", "lng": ""})

    assert refused.status_code == 422
    assert "Describe it in a few words" in refused.text
    assert ">Dziura</textarea>" in refused.text
    assert 'value="nawierzchnia" checked' in refused.text
    assert 'value="50.175"' in refused.text
    assert report["uuid"] in refused.text


def test_a_form_that_is_right_leads_to_the_reporters_own_page(application, report):
    client = application.test_client()

    sent = client.post("/zgloszenia/nowe?lang=uk", data={**report, "do": "send"})

    assert sent.status_code == 303
    own = client.get(sent.headers["Location"])
    assert own.status_code == 200
    assert 'lang="uk"' in own.text
    assert "нове" in own.text
    assert own.headers["Cache-Control"] == "no-store"


def test_the_form_speaks_three_languages(application):
    client = application.test_client()

    said = {language: client.get(f"/zgloszenia/nowe?lang={language}").text for language in ("pl", "en", "uk")}

    assert "Zgłoś problem" in said["pl"]
    assert "Report a problem" in said["en"]
    assert "Повідомити про проблему" in said["uk"]


def test_markup_in_a_report_is_inert_everywhere(application, send, report):
    send({**report, "description": "<script>alert(1)</script> https://spam.example"})
    tracking = send({**report, "description": "<script>alert(1)</script> https://spam.example"}).json["tracking"]

    page = application.test_client().get(tracking.split("8080")[1]).text

    assert "<script>alert(1)" not in page
    assert 'href="https://spam' not in page
