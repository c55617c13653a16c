import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from geo import confine
from geo.confine import BrokenOff, Killed, Limits, process, watch
from geo.confine.endings import Endings
from geo.errors import Unreadable
from geo.texts import sentences
from tests.unit.confine import tasks

TASK = "tests.unit.confine.tasks:begin"
ROOT = Path(__file__).parents[3]


def started(path, arguments=None, **options):
    return confine.started(TASK, {"data": path}, arguments, file="roads.gml", **options)


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    path = tmp_path_factory.mktemp("given") / "roads.gml"
    path.write_text("what was given", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def child(given):
    with started(given) as running:
        yield running


def tried(child, name, value):
    (message,) = child.ask("attempt", [name, value])
    return message.head


def gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2] == "Z"


def test_a_child_reads_what_it_is_given_under_the_name_of_the_view(child):
    assert [message.head for message in child.ask("given")] == ["what was given"]


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


@pytest.mark.parametrize(
    ("verb", "limits", "said"),
    [
        ("memory", Limits(), "needs more than 2048 MB of memory"),
        ("spin", Limits(cpu_s=1), "took more than 1 s of processor time"),
        ("silence", Limits(silence_s=0), "said nothing for 0 s"),
        ("abort", Limits(), "died (signal 6)"),
        ("killed", Limits(), "died (signal 11)"),
        ("mistake", Limits(), "failed; the log holds why"),
        ("flood", Limits(output_mb=8), "holds more than 8 MB"),
        ("chatter", Limits(total_s=0), "took longer than 0 s"),
        ("fill", Limits(written_mb=2), "unpacks to more than 2 MB"),
    ],
)
def test_a_child_that_takes_too_much_or_dies_is_a_refusal(given, verb, limits, said):
    with pytest.raises(BrokenOff) as caught, started(given, limits=limits) as child:
        list(child.ask(verb, 4))

    assert caught.value.status == 422
    assert said in str(caught.value)
    assert str(caught.value).startswith("roads.gml: ")


def test_a_child_that_somebody_else_kills_says_nothing_of_its_file_and_may_be_tried_again(given):
    with started(given) as child:
        child.process.kill()
        with pytest.raises(Killed) as caught:
            list(child.ask("count", [0, 1]))

    assert caught.value.status == 503
    assert "The system killed its reader" in str(caught.value)


def test_a_message_that_is_too_large_is_a_refusal_that_says_so(given):
    with started(given) as child, pytest.raises(BrokenOff, match="One of its features is larger than 8 MB"):
        list(child.ask("too_much", 9 << 20))


@pytest.mark.parametrize("head", ["{}", '[9,"message",[],0]', '[1,"ask",[],0]', '[1,"error",[],null]'])
def test_a_child_that_says_what_was_not_agreed_is_ended_and_its_file_refused(given, head):
    with started(given) as child:
        with pytest.raises(BrokenOff, match="what no reader of ours says"):
            list(child.ask("garbage", f"{chr(len(head))}\0\0\0\0\0\0\0{head}"))

        assert gone(child.process.pid)


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


def test_a_child_that_cannot_begin_says_so_and_the_log_why(given, caplog):
    with pytest.raises(BrokenOff, match=r"ended by itself \(code 1\); the log holds why"):
        confine.started("tests.unit.confine.absent:begin", {"data": given}, file="roads.gml").__enter__()

    assert "No module named 'tests.unit.confine.absent'" in caplog.records[-1].said


def test_a_child_whose_libraries_began_a_thread_reads_nothing(given, caplog):
    with pytest.raises(BrokenOff, match="ended by itself"):
        started(given, environment={"ANOTHER_THREAD": "1"}).__enter__()

    assert "ManyThreads" in caplog.records[-1].said


def test_a_child_has_no_terminal_of_ours(child):
    (message,) = child.ask("session")

    assert message.head == child.process.pid != os.getsid(0)


def test_who_may_widen_no_pipe_reads_all_the_same(given, monkeypatch):
    monkeypatch.setattr(process.fcntl, "fcntl", lambda *_: (_ for _ in ()).throw(PermissionError()))

    with started(given) as child:
        assert [message.head for message in child.ask("given")] == ["what was given"]


def test_a_child_that_takes_no_request_is_ended(given):
    class Stopped(Exception):
        pass

    asked = []

    def stop():
        if asked:
            raise Stopped

    with started(given, waiting=stop) as child:
        asked.append(child.ask("silence"))
        with pytest.raises(Stopped):
            child.ask("count", "x" * (1 << 20))


def test_a_reader_that_goes_on_beyond_its_processor_time_is_no_victim_of_the_system():
    endings = Endings("roads.gml", Limits(cpu_s=1))

    assert "more than 1 s of processor time" in str(endings.died(-9, 6.0))
    assert isinstance(endings.died(-9, 0.5), Killed)


def test_the_processor_time_of_a_child_is_known_when_it_is_dead():
    spinning = "import time\nwhile time.process_time() < 0.3: pass\nimport os; os.kill(os.getpid(), 9)"

    with subprocess.Popen([sys.executable, "-c", spinning]) as running:
        code, cpu_s = watch.ended(running, 10)

    assert code == -9
    assert cpu_s >= 0.3


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


def test_a_child_ends_with_its_block_and_leaves_no_folder(given, tmp_path):
    with pytest.raises(KeyboardInterrupt), started(given, scratch=tmp_path) as child:
        raise KeyboardInterrupt

    assert gone(child.process.pid)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["silence", "chatter"])
def test_who_waits_is_asked_and_what_that_raises_ends_the_child(given, verb):
    class Stopped(Exception):
        pass

    heard = []

    def stop():
        if heard:
            raise Stopped

    with started(given, waiting=stop) as child:
        heard += [message.head for message in child.ask("pid")]
        with pytest.raises(Stopped):
            list(child.ask(verb))

    assert gone(heard[0])


def test_a_child_dies_with_its_parent_however_that_one_ends(given):
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom geo import confine\n"
        f"with confine.started({TASK!r}, {{'data': Path({str(given)!r})}}, file='x') as child:\n"
        "    print(next(iter(child.ask('pid'))).head, flush=True)\n"
        "    list(child.ask('silence'))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        process = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()

    until = time.monotonic() + 10
    while not gone(process) and time.monotonic() < until:
        time.sleep(0.01)
    assert gone(process)


def test_a_file_on_another_disk_is_seen_by_a_link(given, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "other disk")))

    with started(given) as child:
        assert [message.head for message in child.ask("given")] == ["what was given"]


def test_every_sentence_of_the_catalogue_may_be_said_and_no_other():
    assert "The file is empty." in sentences()
    assert "{x.__class__}" not in sentences()
