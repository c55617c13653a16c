"""What a file says becomes a value of its field's type, or is named."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from geo.layers import values
from geo.layers.model import Features, RawFeature, Severity
from geo.registry import LayerEntry


def texts(name):
    return {"pl": name, "en": name}


def entry(**fields):
    return LayerEntry.model_validate(
        {
            "title": texts("t"),
            "description": texts("d"),
            "source": "s",
            "geometry": "point",
            "key": "key",
            "label": "{key}",
            "fields": {"key": {"type": "text", "title": texts("k"), "required": True}}
            | {name: {"title": texts(name)} | field for name, field in fields.items()},
            "from": {"table": {}},
            "tiles": {"min_zoom": 1, "max_zoom": 2},
        }
    )


def columns(layer, *rows):
    batch = [RawFeature("table", n, f"f{n}", {"key": f"k{n}"} | row, None, None) for n, row in enumerate(rows)]
    return values.columns_of(layer, {}, Features.of("table", batch))


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("text", 12.0, "12"),
        ("text", True, "true"),
        ("text", False, "false"),
        ("text", 1.5, "1.5"),
        ("text", "", None),
        ("integer", "7", 7),
        ("number", "1,5", 1.5),
        ("boolean", "tak", True),
        ("date", "2025-01-02T10:00:00", date(2025, 1, 2)),
        ("date", "2024-05-01Z", date(2024, 5, 1)),
        ("date", "2024-05-01+02:00", date(2024, 5, 1)),
        ("date", "2024-05-01T23:30:00Z", date(2024, 5, 1)),
        ("date", "20240501", date(2024, 5, 1)),
        ("datetime", datetime.fromisoformat("2025-07-01T12:00:00"), datetime(2025, 7, 1, 10, tzinfo=UTC)),
        ("datetime", "2025-01-01T12:00:00", datetime(2025, 1, 1, 11, tzinfo=UTC)),
    ],
)
def test_a_value_gets_its_fields_type_alone_and_among_others(kind, given, stored):
    layer = entry(a={"type": kind})

    alone, _ = columns(layer, {"a": given})
    among, _ = columns(layer, {"a": None}, {"a": given}, {"a": given})

    assert alone["a"] == [stored]
    assert among["a"] == [None, stored, stored]


def test_values_that_python_takes_for_equal_stay_apart():
    found, _ = columns(entry(a={"type": "text"}), {"a": 1}, {"a": True}, {"a": 1.0}, {"a": "1"})

    assert found["a"] == ["1", "true", "1", "1"]


def test_a_value_of_another_type_is_named_and_left_empty():
    found, problems = columns(entry(a={"type": "number"}), {"a": "2"}, {"a": "two"}, {"a": "inf"})

    assert found["a"] == [2.0, None, None]
    assert {n: [(s, code) for s, code, _ in said] for n, said in problems.items()} == {
        1: [(Severity.WARNING, "bad-value")],
        2: [(Severity.WARNING, "bad-value")],
    }


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("integer", "12_3"),
        ("integer", "1_2.0"),
        ("integer", "2.7"),
        ("number", "12_3"),
        ("date", "2024-05-01 or so"),
        ("date", "2024-05-01Zulu"),
    ],
)
def test_what_only_python_or_a_guess_would_read_is_named_and_left_empty(kind, given):
    found, problems = columns(entry(a={"type": kind}), {"a": given})

    assert found["a"] == [None]
    assert [(s, code) for s, code, _ in problems[0]] == [(Severity.WARNING, "bad-value")]


def test_a_missing_required_value_refuses_its_feature_only():
    _, problems = columns(entry(), {}, {"key": None}, {"key": ""})

    assert {n: [(s, code) for s, code, _ in said] for n, said in problems.items()} == {
        1: [(Severity.REFUSED, "missing-value")],
        2: [(Severity.REFUSED, "missing-value")],
    }


def test_an_odd_word_is_a_warning_and_an_odd_key_refuses():
    layer = entry(a={"type": "text", "enum": {"x": texts("x")}}, b={"type": "text", "pattern": r"\d+"})

    found, problems = columns(layer, {"a": "x", "b": "1"}, {"a": "y", "b": "z"}, {"a": None, "b": None})

    assert (found["a"], found["b"]) == (["x", "y", None], ["1", "z", None])
    assert [(s, code) for s, code, _ in problems[1]] == [(Severity.WARNING, "odd-value")] * 2
    assert set(problems) == {1}


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_database_can_hold_is_named_without_its_sign(text):
    found, problems = columns(entry(a={"type": "text"}), {"a": text}, {"a": "good"})

    assert found["a"] == [None, "good"]
    ((severity, code, said),) = problems[0]
    assert (severity, code) == (Severity.WARNING, "bad-value")
    assert text not in said.say("en")
