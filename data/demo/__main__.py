"""`python -m data.demo OUT_DIR`: write the demo town."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from data.demo.egib import write_egib
from data.demo.frame import make_frame
from data.demo.geojson import write_boundary, write_roads
from data.demo.ortho import write_orthos
from data.demo.prg import write_prg
from data.demo.town import build_town
from data.demo.xmltext import SYNTHETIC

SEED = 2_408_021
_REGISTERS = (
    ("boundary.geojson", write_boundary, "municipal boundary, GeoJSON, WGS84"),
    ("roads.geojson", write_roads, "roads by category and manager, GeoJSON, WGS84"),
    ("prg.gml", write_prg, "localities, streets and addresses, PRG 2021 GML, EPSG:2180 easting first"),
    ("egib.gml", write_egib, "districts, parcels and buildings, EGiB 2021 GML, EPSG:2177 northing first"),
)


class Progress:
    """One line a step, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, what: str) -> None:
        """Say that a step is done."""
        sys.stderr.write(f"demo town: {time.monotonic() - self._start:5.1f} s  {what}\n")


def make_demo(out: Path, seed: int = SEED, scale: float = 1.0, say: Callable[[str], None] | None = None) -> None:
    """Write every file of the demo town into a folder; the same seed and scale give the same bytes."""
    say = say or Progress()
    out.mkdir(parents=True, exist_ok=True)
    town = build_town(seed, scale, say)
    files: list[dict[str, object]] = []
    for name, write, title in _REGISTERS:
        counts = write(town, out / name)
        files.append({"file": name, "what": title, "counts": counts})
        say(f"{name} written")
    files += write_orthos(town, make_frame(seed, scale), out, say)
    manifest = {"synthetic": True, "description": SYNTHETIC, "seed": seed, "scale": scale, "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the command line and write the town."""
    parser = argparse.ArgumentParser(prog="python -m data.demo", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="folder for the files; made if missing")
    parser.add_argument("--seed", type=int, default=SEED, help="another number invents another town")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full area and of every count")
    arguments = parser.parse_args()
    make_demo(arguments.out, arguments.seed, arguments.scale)


if __name__ == "__main__":
    main()
