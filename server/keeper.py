"""The keeper of a private cluster: runs PostgreSQL for as long as somebody uses it.

Everyone who uses the cluster holds a shared lock on one file. The keeper waits for the exclusive lock: it gets it
when the last user is gone, however that user ended (kill -9 too), and then stops PostgreSQL and removes the folder
of its socket. Whoever comes in between waits for the shared lock until the keeper has finished. Run by path, with
the standard library alone: `python keeper.py LOCKFILE SOCKET_FOLDER COMMAND...`.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from types import FrameType

# A fast shutdown writes a checkpoint; on a slow disk that takes its time.
PATIENCE_S = 120


class _Enough(Exception):
    """A signal says that there is nothing left to wait for."""


def keep(lock_path: str, socket_folder: str, command: list[str]) -> int:
    """Run PostgreSQL until nobody holds the lock; give its exit status."""
    lock = os.open(lock_path, os.O_RDONLY)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, _enough)
    server = None
    # The signal of a server that dies at once may come while Popen is still returning.
    with contextlib.suppress(_Enough):
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 -- composed by server.cluster
        fcntl.flock(lock, fcntl.LOCK_EX)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN if number != signal.SIGCHLD else signal.SIG_DFL)
    status = 1 if server is None else _stop(server)
    # A server that died by itself may be started anew by those who still use it: theirs is the folder.
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.rmdir(socket_folder)  # noqa: PTH106 -- nothing but the folder: the server has taken its socket along
    return status


def _enough(_number: int, _frame: FrameType | None) -> None:
    raise _Enough


def _stop(server: subprocess.Popen[bytes]) -> int:
    if server.poll() is None:
        # SIGINT is PostgreSQL's fast shutdown: sessions end, nothing is lost.
        server.send_signal(signal.SIGINT)
    try:
        return server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        return server.wait()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.argv[2], sys.argv[3:]))
