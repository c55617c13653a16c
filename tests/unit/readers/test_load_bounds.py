"""What a load keeps of a file in memory is bounded, whatever the file says."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geo.confine import Garbled, Message
from geo.confine.frames import TooMuch
from geo.layers import gmina, loading, tally
from geo.layers.loading import Loader, Where
from geo.layers.model import Features, Finding, Severity
from geo.layers.reader import wire
from geo.layers.reader.placement import Misplaced
from geo.layers.reader.source import AxisRule, Source
from geo.layers.tally import Tally
from geo.texts import Text

PARAGRAPH = "x" * 20_000


def features(count: int, text: str) -> Features:
    """So many features with one text."""
    return Features(
        kind="table",
        numbers=list(range(1, count + 1)),
        names=["a"] * count,
        lines=[None] * count,
        fields={"opis": [text] * count},
        geometries=np.full(count, None, dtype=object),
        srs=[None] * count,
        teryt=[None] * count,
        findings={},
    )


def refused(code: str = "outside", text: str = "") -> Finding:
    """A refusal."""
    return Finding(Severity.REFUSED, code, Text("'{value}' is no {type}.", value=text, type="x"), "a", 1)


def test_a_text_that_many_features_share_is_counted_for_each_of_them():
    sent = wire.messages(features(2000, PARAGRAPH))

    assert len(sent) > 1
    heard = [wire.features(Message(json.loads(one.head), one.blobs), {"table"}) for one in sent]
    assert sum(map(len, heard)) == 2000
    assert max(one.size for one in heard) <= 64 << 20


def test_a_message_that_says_little_and_means_much_is_not_believed():
    (sent,) = wire.messages(features(1600, PARAGRAPH[:100]))
    head = json.loads(sent.head)
    ((_, column),) = head["fields"]
    column[1] = [PARAGRAPH]
    # Each column alone is small enough.
    head["fields"] = [[str(number), column] for number in range(5)]

    with pytest.raises(Garbled):
        wire.features(Message(head, sent.blobs), {"table"})


def test_one_text_of_megabytes_is_neither_sent_nor_believed():
    with pytest.raises(TooMuch):
        wire.messages(features(1, "x" * 1_100_000))

    (sent,) = wire.messages(features(1, "x"))
    head = json.loads(sent.head)
    head["fields"] = [["opis", ["plain", ["x" * 1_100_000]]]]
    with pytest.raises(Garbled):
        wire.features(Message(head, sent.blobs), {"table"})


def test_batches_of_large_features_are_smaller(monkeypatch):
    monkeypatch.setattr(loading, "BATCH_BYTES", 50_000)
    loader = Loader(source=None, layers={}, where=Where(None, None, anywhere=True))

    batches = list(loader._batches([features(1, PARAGRAPH)] * 7))

    assert [len(batch["table"]) for batch in batches] == [3, 3, 1]


def test_of_refusals_so_many_are_kept_and_the_rest_counted_and_told_in_polish(monkeypatch):
    monkeypatch.setattr(tally, "MOST_REFUSALS", 3)
    account = Tally()

    for _ in range(8):
        account.refuse("a", 1, "outside", refused().text)

    assert (account.refused, len(account.findings)) == (8, 3)
    (rest,) = account.rest()
    assert (rest.severity, rest.code, rest.feature) == (Severity.WARNING, "outside", None)
    assert rest.text.say("en").startswith("5 more features were refused for the same reason")
    assert rest.text.say("pl").startswith("Jeszcze 5 obiektów odrzucono")


def test_findings_that_say_too_much_are_only_counted(monkeypatch):
    monkeypatch.setattr(tally, "MOST_SAID", 50_000)
    account = Tally()

    for _ in range(10):
        account.note(refused(text=PARAGRAPH))

    assert len(account.findings) == 3
    assert [one.text.values["n"] for one in account.rest()] == [7]


def test_codes_that_a_file_makes_up_are_counted_together():
    account = Tally()

    for number in range(3000):
        account.note(Finding(Severity.NOTE, f"code-{number}", refused().text))
    account.note(Finding(Severity.NOTE, "x" * 1000, refused().text))

    assert len(account._seen) <= tally.MOST_KINDS + len(Severity)
    assert len(account.findings) + sum(int(one.text.values["n"]) for one in account.rest()) == 3001


def test_gminas_that_a_file_makes_up_are_counted_and_not_all_named(monkeypatch):
    monkeypatch.setattr(tally, "MOST_NAMED", 10)
    account = Tally()

    account.leave_out({f"TERYT {number}": 2 for number in range(100)})

    assert (account.cut, len(account.others), account.others_unlisted) == (200, 10, 180)
    (said,) = account.of_others()
    assert said.text.values["n"] == 200


def test_codes_that_are_no_gminas_are_counted_under_one_name():
    codes = ["2408021", "24080210", "240802", "x" * 30, "", "２４０８０２１"]

    said = [gmina.said(replace(features(1, ""), teryt=[code]), 0) for code in codes]

    assert said == ["TERYT 2408021", *["TERYT ?"] * 5]


def test_a_file_that_names_ever_other_crss_is_refused(monkeypatch):
    monkeypatch.setattr(loading, "MOST_CRS", 3)
    source = Source(file="a.gml", format="GML", kinds=frozenset(), axis_rule=AxisRule.XY)
    loader = Loader(source, layers={}, where=Where(None, None, anywhere=True))
    points = np.array([shapely.Point(500_000, 250_000)] * 4, dtype=object)
    four = replace(features(4, ""), geometries=points, srs=[f"{number}:EPSG:2180" for number in range(4)])

    assert len(loader._placed(four.only(np.array([True, True, True, False])))) == 3
    with pytest.raises(Misplaced) as refusal:
        loader._placed(four)

    assert "more than 3 coordinate reference systems" in refusal.value.text.say("en")
    assert "więcej niż 3 układów" in refusal.value.text.say("pl")


def test_the_size_of_features_counts_the_texts_among_values_of_other_types():
    mixed = replace(
        features(3, "abc"), names=["x"] * 3, fields={"a": ["abc", None, 7], "b": [1, 2, 3], "c": ["", "de", None]}
    )

    assert mixed.size == 3 + 3 + 2
