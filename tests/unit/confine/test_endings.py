"""However a child ends, it is said in a sentence and nothing of it stays."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from children import TASK, gone, started

from geo import confine
from geo.confine import BrokenOff, Killed, Limits, watch
from geo.confine.endings import Endings
from tests.patience import until

ROOT = Path(__file__).parents[3]


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


def test_a_child_that_cannot_begin_says_so_and_the_log_why(given, caplog):
    with pytest.raises(BrokenOff, match=r"ended by itself \(code 1\); the log holds why"):
        confine.started("tests.unit.confine.absent:begin", {"data": given}, file="roads.gml").__enter__()

    assert "No module named 'tests.unit.confine.absent'" in caplog.records[-1].said


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

    until(lambda: gone(process))
