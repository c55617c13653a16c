"""What a child is given, what it answers, and in which order."""

import os
from contextlib import ExitStack

import pytest
from children import started

from geo.confine import process, watch
from geo.errors import Unreadable
from geo.texts import sentences


def test_a_child_reads_what_it_is_given_under_the_name_of_the_view(child):
    assert [message.head for message in child.ask("given")] == ["what was given"]


def test_several_children_read_one_file_at_once_and_each_answer_comes_in_its_order(given):
    with ExitStack() as stack:
        children = [stack.enter_context(started(given, number)) for number in range(3)]
        answers = [child.ask("count", [100 * n, 100 * n + 100]) for n, child in enumerate(children)]

        heard = [message.head for answer in answers for message in answer]

    assert heard == [[number, number // 100] for number in range(300)]


def test_an_answer_that_nobody_wants_to_the_end_is_left_off(child):
    first = next(iter(child.ask("count", [0, 1_000_000])))
    then = [message.head[0] for message in child.ask("count", [5, 8])]

    assert first.head[0] == 0
    assert then == [5, 6, 7]


def test_the_bytes_of_a_message_come_as_they_were_sent(child):
    (message,) = child.ask("count", [7, 8])

    assert [bytes(blob) for blob in message.blobs] == [b"\x00\x00\x00\x00\x00\x00\x1c@", b"x" * 10_000]


def test_an_error_of_a_task_comes_back_as_it_was_raised(child):
    with pytest.raises(Unreadable) as caught:
        list(child.ask("refuse", "roads.gml"))

    assert type(caught.value) is Unreadable
    assert caught.value.text.say("pl") == "roads.gml: Plik jest pusty. Sprawdź ścieżkę."


def test_who_may_widen_no_pipe_reads_all_the_same(given, monkeypatch):
    monkeypatch.setattr(process.fcntl, "fcntl", lambda *_: (_ for _ in ()).throw(PermissionError()))

    with started(given) as child:
        assert [message.head for message in child.ask("given")] == ["what was given"]


def test_what_a_child_writes_is_counted_with_files_that_have_no_name(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(1 << 20))
    with (tmp_path / "gone").open("wb") as nameless:
        nameless.write(bytes(2 << 20))
        nameless.flush()
        (tmp_path / "gone").unlink()

        assert 3 << 20 <= watch.written_bytes(tmp_path, os.getpid()) < 8 << 20
    monkeypatch.setattr(watch, "MOST_ENTRIES", 2)
    assert watch.written_bytes(tmp_path, os.getpid()) is None


def test_a_file_on_another_disk_is_seen_by_a_link(given, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "other disk")))

    with started(given) as child:
        assert [message.head for message in child.ask("given")] == ["what was given"]


def test_every_sentence_of_the_catalogue_may_be_said_and_no_other():
    assert "The file is empty." in sentences()
    assert "{x.__class__}" not in sentences()
