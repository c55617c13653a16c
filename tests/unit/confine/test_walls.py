"""What a child cannot reach, though we can."""

import json
import os
import socket

import pytest
from children import started, tried

from geo.confine import BrokenOff, Limits
from tests.unit.confine import tasks


def test_nothing_of_our_environment_reaches_a_child(given, monkeypatch):
    monkeypatch.setenv("GEO_DATABASE_URL", "postgresql://geo:secret@db/geo")

    with started(given) as child:
        (message,) = child.ask("environment")

    assert "secret" not in json.dumps(message.head)


def test_a_child_has_no_network_where_we_have_one(child):
    if not {"network", "system-calls"} & child.walls:
        pytest.skip("this kernel permits neither a network name space nor seccomp")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert tasks.connect(port) == tasks.PRESENT
        assert tried(child, "connect", port).startswith("refused")


def test_a_child_reads_no_other_file_though_we_could(child, tmp_path):
    if "files" not in child.walls:
        pytest.skip("this kernel has no Landlock")
    secret = tmp_path / "secret"
    secret.write_text("the password", encoding="utf-8")

    assert tasks.read(str(secret)) == "the password"
    assert tried(child, "read", str(secret)) == "refused: Permission denied"
    assert tried(child, "read", f"/proc/{os.getpid()}/environ") == "refused: Permission denied"
    assert tried(child, "write", str(secret)) == "refused: Permission denied"
    assert secret.read_text(encoding="utf-8") == "the password"


def test_a_child_begins_no_program_touches_no_process_and_no_rights(child, tmp_path):
    if "system-calls" not in child.walls:
        pytest.skip("this kernel permits no seccomp")
    path = tmp_path / "ours"
    path.touch()
    attempts = {
        "run": "/bin/true", "signal_to": os.getpid(), "local_socket": None, "change_rights": str(path), "ring": None
    }  # fmt: skip

    outside = {name: tasks.ATTEMPTS[name](value) for name, value in attempts.items() if name != "ring"}
    inside = {name: tried(child, name, value) for name, value in attempts.items()}

    assert set(outside.values()) == {tasks.PRESENT}
    assert all(said.startswith("refused") for said in inside.values()), inside
    assert tried(child, "thread", None) == tasks.PRESENT


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_child_empties_no_file_on_a_kernel_whose_landlock_knows_no_truncation(tmp_path, version):
    attempts = {"truncate": [], "empty_by_opening": [], "open_for_neither": []}
    for name, paths in attempts.items():
        paths += [tmp_path / f"{name}-{where}" for where in ("outside", "inside")]
        for path in paths:
            path.write_text("ours", encoding="utf-8")
    given_now = tmp_path / "given"
    given_now.write_text("what was given", encoding="utf-8")

    with started(given_now, environment={"LANDLOCK_VERSION": version}) as child:
        if not {"files", "system-calls"} <= child.walls:
            pytest.skip("this kernel has not all walls")
        outside = {name: tasks.ATTEMPTS[name](str(paths[0])) for name, paths in attempts.items()}
        inside = {name: tried(child, name, str(paths[1])) for name, paths in attempts.items()}
        seen = {name: tried(child, name, str(child.view.file("data"))) for name in attempts}
        (still,) = child.ask("given")

    assert set(outside.values()) == {tasks.PRESENT}
    assert all(said.startswith("refused") for said in (inside | seen).values()), (inside, seen)
    assert [paths[1].read_text(encoding="utf-8") for paths in attempts.values()] == ["ours"] * 3
    assert still.head == given_now.read_text(encoding="utf-8") == "what was given"


def test_a_child_signals_slows_and_outlives_nobody_on_a_kernel_whose_landlock_knows_no_signals(given):
    ours = os.getpid()
    attempts = {
        "be_signalled_for": ours, "signal_for_reading": None, "slow_down": ours, "bind_to_a_core": ours,
        "schedule": ours, "uncounted_memory": None, "outlive": None,
    }  # fmt: skip

    with started(given, environment={"LANDLOCK_VERSION": "1"}) as child:
        if "system-calls" not in child.walls:
            pytest.skip("this kernel permits no seccomp")
        inside = {name: tried(child, name, value) for name, value in attempts.items()}
    outside = {name: tasks.ATTEMPTS[name](value) for name, value in attempts.items()}

    assert set(outside.values()) == {tasks.PRESENT}
    assert all(said.startswith("refused") for said in inside.values()), inside


@pytest.mark.parametrize("head", ['[0,"message",[],null]', '[0,"message",[],{"walls":1}]', '[0,"end",[],{"walls":[]}]'])
def test_a_child_that_does_not_begin_with_its_walls_is_refused(given, head):
    with (
        pytest.raises(BrokenOff, match="what no reader of ours says"),
        started(given, environment={"FIRST_FRAME": head}),
    ):
        pass


def test_without_a_wall_that_nothing_stands_in_for_no_file_is_read_unless_the_installation_says_so(given, caplog):
    held_back = {"LANDLOCK_VERSION": "0"}

    with pytest.raises(BrokenOff, match="does not raise the walls around its reader: files"):
        started(given, environment=held_back).__enter__()
    with started(given, environment=held_back, limits=Limits(without_walls=True)) as child:
        assert "files" not in child.walls

    assert [record.message for record in caplog.records] == ["walls are missing"] * 2
    assert all("files" in record.walls for record in caplog.records)


def test_a_child_whose_libraries_began_a_thread_reads_nothing(given, caplog):
    with pytest.raises(BrokenOff, match="ended by itself"):
        started(given, environment={"ANOTHER_THREAD": "1"}).__enter__()

    assert "ManyThreads" in caplog.records[-1].said


def test_a_child_has_no_terminal_of_ours(child):
    (message,) = child.ask("session")

    assert message.head == child.process.pid != os.getsid(0)
