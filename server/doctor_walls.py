"""The doctor on the walls around readers of files from outside: each is tried, not believed."""

from __future__ import annotations

from geo.confine import BrokenOff, probe
from geo.texts import Text
from server.diagnosis import Check, advice, broken, fine

_FILES = Text("A reader of files from outside can read other files too: Landlock does not hold here.")
_WRITING = Text("A reader of files from outside can change other files: Landlock or seccomp does not hold here.")
_PROCESSES = Text("A reader of files from outside can reach other processes: seccomp does not hold here.")
_MEMORY = Text("A reader of files from outside can take more memory than GEO_READER_MEMORY_MB.")
_OPEN = {
    "network": Text("A reader of files from outside can open connections: seccomp does not hold here."),
    "files": _FILES,
    "writing": _WRITING,
    "names": _WRITING,
    "emptying": _WRITING,
    "processes": _PROCESSES,
    "signals": _PROCESSES,
    "priority": _PROCESSES,
    "memory": _MEMORY,
    "uncounted-memory": _MEMORY,
    probe.ALONE: Text("A reader of files from outside has no network of its own; only seccomp keeps it from ours."),
}
# Without what keeps these no file is read, unless the installation says so.
_ADVICE = {probe.ALONE, "memory"}


def check_walls() -> list[Check]:
    """What a confined child could do that it should not, each wall once; one line where nothing."""
    try:
        passed = probe.passed()
    except BrokenOff as exc:
        return [broken(exc.text, Text("No file can be loaded before this is mended; the log says more."))]
    remedy = Text(
        "It needs Linux 5.13 or newer on x86-64 or ARM64, and in a container an engine that permits it"
        " (docs/security.md). Until then load only files whose sender you know."
    )
    found: dict[str, Check] = {}
    for name, text in _OPEN.items():
        if name in passed:
            found.setdefault(text.msgid, (advice if name in _ADVICE else broken)(text, remedy))
    return list(found.values()) or [
        fine(
            Text(
                "Files from outside are read behind walls: no network, no other file, limits (Landlock {version}).",
                version=probe.landlock_version(),
            )
        )
    ]
