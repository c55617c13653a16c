"""COPY's text format: what goes in comes out, and nothing slips from one column into the next."""

from datetime import UTC, date, datetime

import pytest

from geo import copy_text


def test_rows_are_lines_and_columns_are_tabs():
    assert copy_text.block([[1, 2], ["Łąkowa", "Polna"]]) == "1\tŁąkowa\n2\tPolna\n"


def test_no_rows_are_no_text():
    assert copy_text.block([[], []]) == ""


def test_nothing_is_not_an_empty_text():
    assert copy_text.block([["", None, r"\N"]]) == "\n\\N\n\\\\N\n"


def test_the_formats_own_signs_are_escaped_in_every_column():
    text = "a\tb\nc\rd\\e"

    assert copy_text.block([[text], [1], [text]]) == "a\\tb\\nc\\rd\\\\e\t1\ta\\tb\\nc\\rd\\\\e\n"
    assert copy_text.block([[text, 7]]) == "a\\tb\\nc\\rd\\\\e\n7\n"


def test_each_type_is_written_as_postgresql_reads_it():
    moment = datetime(2025, 11, 6, 14, 1, 26, tzinfo=UTC)
    row = [True, False, -3, 0.1, date(2025, 1, 2), moment, [18.9, 50.17], None]

    assert copy_text.block([[value] for value in row]) == (
        "t\tf\t-3\t0.1\t2025-01-02\t2025-11-06T14:01:26+00:00\t{18.9,50.17}\t\\N\n"
    )


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
@pytest.mark.parametrize("beside", [[], [1], [None]])
def test_what_no_database_can_hold_is_refused(text, beside):
    assert not copy_text.is_storable(text)
    with pytest.raises(ValueError, match="NUL"):
        copy_text.block([[text, *beside]])


def test_columns_of_different_lengths_and_unknown_types_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        copy_text.block([["a", "b"], ["c"]])
    with pytest.raises(TypeError, match="set"):
        copy_text.block([[{1}]])
