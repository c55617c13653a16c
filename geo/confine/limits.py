"""How much a confined child may take, in plain numbers; the installation may say others (`geo.settings`)."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20
# Of one message; whoever sends more than this at once sends it in parts.
MESSAGE_BYTES = 64 * MB
# The part of a message that is JSON: it takes up to some thirty times its size once it is objects.
HEAD_BYTES = 8 * MB


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may take before it is ended and its file refused."""

    # Address space, the interpreter and its libraries included (about 500 MB).
    memory_mb: int = 2048
    # A voivodeship's addresses (3.3 GB of GML) take a quarter of that.
    cpu_s: int = 3600
    # Without a word, while we wait for one.
    silence_s: int = 600
    # All that it says; a county's register says about as much as its file holds.
    output_mb: int = 32_768
    # In its own folder, as when it unpacks an archive.
    written_mb: int = 20_480
    # By the clock, what we do with its words included.
    total_s: int = 28_800
    # Whether it may read where the kernel has neither Landlock nor seccomp (`geo.confine.walls.REQUIRED`).
    without_walls: bool = False
