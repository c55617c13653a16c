"""`python -m data.demo OUT_DIR`: write the demo town."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from pathlib import Path

from data.demo.egib import write_egib
from data.demo.frame import make_frame
from data.demo.geojson import write_boundary, write_roads
from data.demo.model import Town
from data.demo.ortho import write_orthos
from data.demo.prg import write_prg
from data.demo.town import build_town
from data.demo.xmltext import SYNTHETIC
from geo.texts import LANGUAGES, Number, Text

SEED = 2_408_021
PARTS = ("registers", "pictures")
_REGISTERS = (
    ("boundary.geojson", write_boundary, "municipal boundary, GeoJSON, WGS84"),
    ("roads.geojson", write_roads, "roads by category and manager, GeoJSON, WGS84"),
    ("prg.gml", write_prg, "localities, streets and addresses, PRG 2021 GML, EPSG:2180 easting first"),
    ("egib.gml", write_egib, "districts, parcels and buildings, EGiB 2021 GML, EPSG:2177 northing first"),
)


class Progress:
    """One line a step, with the seconds since the start."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._start = time.monotonic()

    def __call__(self, what: Text) -> None:
        """Say that a step is done."""
        seconds = Number(time.monotonic() - self._start, 1)
        sys.stderr.write(Text("demo town: {seconds} s  {what}", seconds=seconds, what=what).say(self._language) + "\n")


def make_demo(
    out: Path,
    seed: int = SEED,
    scale: float = 1.0,
    say: Callable[[Text], None] | None = None,
    parts: Collection[str] = PARTS,
    finished: Callable[[dict[str, object]], None] = lambda _: None,
) -> None:
    """Write the files of the demo town into a folder; the same seed and scale give the same bytes.

    `finished` is told of each file as soon as it is whole.
    """
    say = say or Progress()
    out.mkdir(parents=True, exist_ok=True)
    town = build_town(seed, scale, say)
    files: list[dict[str, object]] = []
    for described in chain(
        _write_registers(town, out, say) if "registers" in parts else (),
        write_orthos(town, make_frame(seed, scale), out, say) if "pictures" in parts else (),
    ):
        files.append(described)
        finished(described)
    manifest = {"synthetic": True, "description": SYNTHETIC, "seed": seed, "scale": scale, "files": files}
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    # The parts of a town that is made in two runs do not overwrite each other's account.
    name = "manifest.json" if set(parts) == set(PARTS) else f"manifest-{'-'.join(sorted(parts))}.json"
    (out / name).write_text(text, encoding="utf-8")


def _write_registers(town: Town, out: Path, say: Callable[[Text], None]) -> Iterator[dict[str, object]]:
    for name, write, title in _REGISTERS:
        counts = write(town, out / name)
        say(Text("{file} written", file=name))
        yield {"file": name, "what": title, "counts": counts}


def main() -> None:
    """Read the command line and write the town."""
    parser = argparse.ArgumentParser(prog="python -m data.demo", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="folder for the files; made if missing")
    parser.add_argument("--seed", type=int, default=SEED, help="another number invents another town")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full area and of every count")
    parser.add_argument("--only", choices=PARTS, help="make only this part; the other one does not change by it")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="in which the progress is said")
    arguments = parser.parse_args()
    parts = (arguments.only,) if arguments.only else PARTS
    say = Progress(arguments.language)
    make_demo(arguments.out, arguments.seed, arguments.scale, say, parts=parts, finished=_tell)


def _tell(described: dict[str, object]) -> None:
    """One line of JSON a file on the standard output, for whoever works on as soon as a file is there."""
    sys.stdout.write(json.dumps(described, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
