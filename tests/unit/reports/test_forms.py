"""What may come in as a report."""

import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from geo import registry
from geo.reports import categories, forms
from geo.reports.forms import Invalid
from geo.reports.model import Channel

CONFIG = Path(__file__).parents[3] / "config"
RULES = categories.read(CONFIG, registry.read(CONFIG))


@pytest.fixture
def sent():
    """A report as a form sends it."""
    return {
        "uuid": str(uuid4()),
        "category": "nawierzchnia",
        "description": "Dziura w jezdni, głęboka na dłoń.",
        "lng": "18.9",
        "lat": "50,17",
    }


def read(values, channel=Channel.FORM):
    return forms.read(values, RULES, channel)


def test_a_decimal_comma_is_understood(sent):
    assert (read(sent).lng, read(sent).lat) == (18.9, 50.17)


def test_all_that_is_wrong_is_said_at_once_each_at_its_field():
    with pytest.raises(Invalid) as refused:
        read({"lng": "abc", "lat": "91", "email": "nobody"})

    assert set(refused.value.at) == {"uuid", "category", "description", "place", "email"}


@pytest.mark.parametrize("number", ["nan", "inf", "-1e999", "1e400", "", "٣"])
def test_what_is_no_place_is_refused(sent, number):
    if number == "٣":
        # Arabic digits are digits: a place, if one outside of every town.
        assert read({**sent, "lng": number}).lng == 3
        return
    with pytest.raises(Invalid) as refused:
        read({**sent, "lng": number})

    assert set(refused.value.at) == {"place"}


def test_control_characters_and_signs_that_turn_the_text_are_gone_and_lines_stay(sent):
    text = "Dziura\x00 w\x1b[31m jezdni\u202e\r\nobok przystanku 🕳️"

    assert read({**sent, "description": text}).description == "Dziura w[31m jezdni\nobok przystanku 🕳️"


def test_a_line_break_does_not_get_into_a_name(sent):
    assert read({**sent, "name": "Jan\r\nBcc: ofiara@example.pl"}).contact.name == "Jan Bcc: ofiara@example.pl"


def test_a_form_of_ours_that_comes_back_within_three_seconds_is_held_back_and_later_it_is_not(sent, monkeypatch):
    made = str(forms.new_uuid())
    with pytest.raises(Invalid) as refused:
        read({**sent, "uuid": made})

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 5)

    assert set(refused.value.at) == {"uuid"}
    assert read({**sent, "uuid": made}).uuid == UUID(made)


def test_a_key_of_ours_is_of_version_seven_and_never_the_same():
    made = [forms.new_uuid() for _ in range(100)]

    assert {(key.version, key.variant) for key in made} == {(7, "specified in RFC 4122")}
    assert len(set(made)) == 100


def test_whoever_fills_in_what_people_do_not_see_is_told(sent):
    with pytest.raises(Invalid) as refused:
        read({**sent, forms.TRAP: "https://spam.example"})

    assert set(refused.value.at) == {forms.TRAP}


def test_an_answer_is_kept_with_the_words_of_its_question(sent):
    wanted = {**sent, "category": "wysypiska", "answer-co": "opony", "answer-dla_kogo": "wozek"}

    assert read(wanted).answers == (("Co tam leży?", "opony lub części aut"),)


def test_an_answer_that_is_no_option_is_refused(sent):
    with pytest.raises(Invalid) as refused:
        read({**sent, "category": "wysypiska", "answer-co": "<script>"})

    assert set(refused.value.at) == {"answer-co"}


def test_the_same_report_has_the_same_digest_and_another_word_another(sent):
    assert read(sent).digest == read(dict(sent)).digest
    assert read(sent).digest != read({**sent, "description": "Dziura w jezdni, głęboka na stopę."}).digest
