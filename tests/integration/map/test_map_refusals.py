"""A wrong question is answered with what is wrong in it, and nothing fails."""

from map_addresses import PAGES, PARCEL


def test_a_parameter_that_is_missing_is_said_to_be_missing(client):
    missing, wrong = client.get("/api/here?lat=50&zoom=12"), client.get("/api/here?lng=x&lat=50&zoom=12")

    assert "missing" in missing.json["title"]
    assert "must be a number" in wrong.json["title"]


JUNK = ("%00%01%1f", "%ED%A0%80", "...,;-", "%F0%9F%98%80", "%25%5F", "'--", "a" * 10_000, "%D9%A3%D9%A4")


def test_junk_is_answered_clearly_and_never_with_a_failure(client):
    answers = {junk: client.get(f"/api/search?q={junk}") for junk in JUNK}

    assert {junk: answer.status_code for junk, answer in answers.items()} == {
        junk: 400 if len(junk) > 200 else 200 for junk in JUNK
    }
    assert answers["...,;-"].json["note"] == "Wpisz nazwę, numer albo kod pocztowy."
    assert [client.get(f"/szukaj?q={junk}").status_code for junk in JUNK if len(junk) < 200] == [200] * (len(JUNK) - 1)


WRONG = (
    ("/api/search", "q"),
    ("/api/search?q=a&limit=0", "limit"),
    ("/api/search?q=a&limit=x", "limit"),
    ("/api/search?q=a&lang=de", "lang"),
    ("/api/search?q=a&quary=b", "quary"),
    ("/api/search?q=" + "a" * 201, "q"),
    ("/api/here?lat=50&zoom=12", "lng"),
    ("/api/here?lng=19&lat=91&zoom=12", "lat"),
    ("/api/here?lng=19&lat=50&zoom=nan", "zoom"),
    ("/styles/town.json?theme=pink", "theme"),
    ("/api/search?q=a&q=b", "q"),
    ("/api/here?lng=19&lat=50&zoom=12&zoom=13", "zoom"),
    ("/api/here?lng=19&lat=50&zoom=12&utm_source=x", "utm_source"),
    (f"/api/feature/parcels/{PARCEL}?lang=pl&lang=en", "lang"),
    (f"/api/feature/parcels/{PARCEL}?format=json", "format"),
    ("/api/progress?since=1", "since"),
    ("/styles/town.json?theme=dark&theme=dark", "theme"),
    ("/styles/town.json?them=dark", "them"),
    ("/tiles/parcels.json?lang=pl&lang=pl", "lang"),
    ("/tiles/parcels.json?f=json", "f"),
    ("/?lang=xx", "lang"),
)


def test_a_wrong_parameter_is_named(client):
    answers = [(client.get(address), parameter) for address, parameter in WRONG]

    assert [answer.status_code for answer, _ in answers] == [400] * len(WRONG)
    assert [parameter for answer, parameter in answers if parameter not in answer.json["title"]] == []


def test_what_does_not_exist_is_not_found(client):
    nowhere = (
        "/api/feature/parcels/none",
        "/api/feature/parcels/%00",
        "/obiekt/parcels/a%00b",
        "/obiekt/%00/a",
        "/api/feature/parcels/%ff",
        "/api/feature/owners/1",
        "/obiekt/parcels/none",
        "/tiles/owners.json",
        "/assets/no.js",
    )

    assert {address: client.get(address).status_code for address in nowhere} == dict.fromkeys(nowhere, 404)


def test_links_to_pages_may_carry_what_others_added(client):
    tracked = [f"{address}{'&' if '?' in address else '?'}utm_source=x&utm_source=y" for address in PAGES]

    assert [client.get(address).status_code for address in tracked] == [200] * len(PAGES)
