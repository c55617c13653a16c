"""What the tests let a child do: each attempt is a plain function, so that a test can also try it outside."""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from threading import Thread

from geo.confine import Message, landlock
from geo.errors import Unreadable
from geo.texts import Text

PRESENT = "it worked"


def _is_pipe(number: int) -> bool:
    try:
        return os.fstat(number).st_mode & 0o170000 == 0o010000
    except OSError:
        return False


def _absent(*_):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


# The walls close after the import: as on an older kernel, as a library would, as one that is taken over might.
if version := os.environ.get("LANDLOCK_VERSION"):
    landlock.version = lambda: int(version)
    landlock.restrict = landlock.restrict if int(version) else _absent
if "ANOTHER_THREAD" in os.environ:
    Thread(target=time.sleep, args=(60,), daemon=True).start()
if said := os.environ.get("FIRST_FRAME"):
    # The pipe, before what the program says itself.
    os.write(next(n for n in range(3, 20) if _is_pipe(n)), len(said).to_bytes(4, "little") + bytes(4) + said.encode())


def connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        return PRESENT


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def write(path: str) -> str:
    Path(path).write_text("overwritten", encoding="utf-8")
    return PRESENT


def change_rights(path: str) -> str:
    Path(path).chmod(0o755)
    return PRESENT


def run(program: str) -> str:
    subprocess.run([program], check=True)
    return PRESENT


def signal_to(process: int) -> str:
    os.kill(process, 0)
    return PRESENT


def local_socket(_: None) -> str:
    with socket.socket(socket.AF_UNIX):
        return PRESENT


def ring(_: None) -> str:
    """io_uring, through which a filter of system calls can be gone round."""
    if ctypes.CDLL(None, use_errno=True).syscall(425, 1, bytes(120)) < 0:
        raise PermissionError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return PRESENT


def truncate(path: str) -> str:
    os.truncate(path, 0)
    return PRESENT


def empty_by_opening(path: str) -> str:
    """As a reader that only reads, or as one that does neither: Landlock asks for no right to write."""
    for access in (os.O_RDONLY, 3):
        _opened(path, access | os.O_TRUNC)
    return PRESENT


def open_for_neither(path: str) -> str:
    _opened(path, 3)
    return PRESENT


def _opened(path, flags):
    os.close(os.open(path, flags))


def be_signalled_for(process: int) -> str:
    """Who is to be signalled when a pipe has something to read, and by what: any process of the account."""
    reading, _writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, process)
    return PRESENT


def signal_for_reading(_: None) -> str:
    reading, _writing = os.pipe()
    fcntl.fcntl(reading, 10, signal.SIGWINCH)
    return PRESENT


def slow_down(process: int) -> str:
    os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, process))
    return PRESENT


def bind_to_a_core(process: int) -> str:
    os.sched_setaffinity(process, os.sched_getaffinity(process))
    return PRESENT


def schedule(process: int) -> str:
    os.sched_setparam(process, os.sched_getparam(process))
    return PRESENT


def uncounted_memory(_: None) -> str:
    os.close(os.memfd_create("more"))
    return PRESENT


def outlive(_: None) -> str:
    if ctypes.CDLL(None, use_errno=True).prctl(1, 0, 0, 0, 0):
        raise PermissionError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return PRESENT


def thread(_: None) -> str:
    said = []
    Thread(target=lambda: said.append(PRESENT)).start()
    while not said:
        time.sleep(0.001)
    return said[0]


ATTEMPTS = {each.__name__: each for each in (
    connect, read, write, change_rights, run, signal_to, local_socket, ring, thread, truncate, empty_by_opening,
    open_for_neither, be_signalled_for, signal_for_reading, slow_down, bind_to_a_core, schedule, uncounted_memory,
    outlive,
)}  # fmt: skip


def begin(view, arguments):
    def count(told, say):
        first, last = told
        for number in range(first, last):
            say(Message([number, arguments], [struct.pack("<d", number), b"x" * 10_000]))

    def given(_told, say):
        say(Message(view.file("data").read_text(encoding="utf-8")))

    def fill(told, say):
        for number in range(told):
            (view.work / str(number)).write_bytes(bytes(1 << 20))
        chatter(None, say)

    return {each.__name__: each for each in (*ANSWERS, count, given, fill)}


def attempt(told, say):
    name, value = told
    try:
        say(Message(ATTEMPTS[name](value)))
    except OSError as exc:
        say(Message(f"refused: {exc.strerror}"))


def environment(_told, say):
    say(Message(dict(os.environ)))


def pid(_told, say):
    say(Message(os.getpid()))


def memory(_told, say):
    say(Message(len(bytearray(4 << 30))))


def spin(_told, _say):
    while True:
        pass


def silence(_told, _say):
    time.sleep(60)


def abort(_told, _say):
    os.abort()


def mistake(_told, _say):
    raise ZeroDivisionError


def killed(_told, _say):
    signal.raise_signal(signal.SIGSEGV)


def refuse(told, _say):
    raise Unreadable(file=told, problem=Text("The file is empty."), remedy=Text("Check the path."))


def too_much(size, say):
    say(Message("x" * size))


def flood(_told, say):
    while True:
        say(Message(None, [bytes(1 << 20)]))


def chatter(_told, say):
    while True:
        say(Message(1))
        time.sleep(0.001)


def session(_told, say):
    say(Message(os.getsid(0)))


def garbage(told, _say):
    os.write(_pipe(), told.encode())


ANSWERS = (
    attempt, environment, pid, memory, spin, silence, abort, mistake, killed, refuse, too_much, flood, garbage,
    chatter, session,
)  # fmt: skip


def _pipe() -> int:
    """The end of the pipe that messages go into: what a reader that was taken over would look for."""
    return next(number for number in range(3, 20) if _is_pipe(number))
