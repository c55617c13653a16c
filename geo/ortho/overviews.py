"""The second step of a conversion, a process of its own: overviews and compression.

GDAL's copy tells nobody how far it is and cannot be interrupted; a process can be watched by the size of its files
and ended at any moment. Run by path: `python overviews.py PARENT SOURCE TARGET LEVELS BLOCK CACHE_BYTES`.
"""

import ctypes
import os
import signal
import sys

import rasterio
import rasterio.shutil

_PR_SET_PDEATHSIG = 1


def write(source: str, target: str, levels: int, block: int, cache_bytes: int) -> None:
    """Copy a warped picture as a COG with `levels` levels of blocks of `block` pixels."""
    with rasterio.Env(GDAL_CACHEMAX=cache_bytes, GDAL_PAM_ENABLED="NO"):
        rasterio.shutil.copy(
            source, target, driver="COG", BLOCKSIZE=block, COMPRESS="WEBP", SPARSE_OK="YES", BIGTIFF="IF_SAFER",
            OVERVIEWS="IGNORE_EXISTING" if levels > 1 else "NONE", OVERVIEW_COUNT=levels - 1,
            OVERVIEW_RESAMPLING="AVERAGE", NUM_THREADS="2",
        )  # fmt: skip


def main(parent: int, source: str, target: str, *numbers: str) -> int:
    """Write it; ends with its parent, however that one ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        return 1
    write(source, target, *map(int, numbers))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), *sys.argv[2:]))
