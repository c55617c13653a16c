import os

import pytest

from geo.confine import probe, process
from server import doctor_walls
from server.diagnosis import Verdict


def test_the_doctor_tries_the_walls_and_finds_them_closed():
    if probe.passed():
        pytest.skip("this kernel has not all walls")

    assert [check.verdict for check in doctor_walls.check_walls()] == [Verdict.FINE]


def test_the_doctor_names_each_wall_that_does_not_hold(monkeypatch):
    monkeypatch.setattr(probe, "passed", lambda: frozenset({"network", "files", "emptying", "names", probe.ALONE}))

    checks = doctor_walls.check_walls()

    assert [check.broken for check in checks] == [True, True, True, False]
    assert "seccomp" in checks[0].line("en")
    assert "Landlock" in checks[1].line("en")
    assert "change other files" in checks[2].line("en")
    assert "no network of its own" in checks[3].line("en")


def test_what_is_tried_comes_through_where_there_are_no_walls(tmp_path):
    said = []
    (tmp_path / "other").write_text("0")
    answers = probe.begin(None, {"other": str(tmp_path / "other"), "parent": os.getpid()})

    answers["try"](None, said.append)

    assert set(said[0].head) == {
        "network", "files", "writing", "names", "emptying", "processes", "signals", "priority", "memory",
        "uncounted-memory",
    }  # fmt: skip
    assert (tmp_path / "other").read_text() == ""


def test_where_no_child_can_begin_the_doctor_says_so(monkeypatch):
    monkeypatch.setattr(process.sys, "executable", "/bin/false")

    (check,) = doctor_walls.check_walls()

    assert check.broken
