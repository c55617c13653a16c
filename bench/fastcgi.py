"""Some processes of a FastCGI program on one socket, and a web server in front of them.

`python -m bench.fastcgi SOCKET PROCESSES PROGRAM FRONT…` runs until it is ended, and takes them along.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path


def main(path: str, processes: str, program: str, *front: str) -> int:
    """Keep them until one of them ends; FastCGI takes its connections from the standard input."""
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(128)
        behind = [subprocess.Popen([program], stdin=listening) for _ in range(int(processes))]
    before = subprocess.Popen(front)
    signal.signal(signal.SIGTERM, lambda _number, _frame: before.terminate())
    ended = before.wait()
    for process in behind:
        process.terminate()
        process.wait()
    return ended


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
