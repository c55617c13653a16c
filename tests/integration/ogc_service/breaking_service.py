"""The service as the web server loads it (`breaking_service:create`), with a fault in the middle of some files.

Reads from the environment TOWN_OWNER, TOWN_PUBLIC and TOWN_DATA. Batches are of 20 features; of a file with
`limit=200` the fourth is never read, as when the database ends.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from flask import Flask
from publishing import make_app, make_deps

from geo.errors import Unavailable
from geo.ogc.formats import making, selecting

_whole = selecting.Selection.batches


def _breaking(selection: selecting.Selection) -> Iterator[list[int]]:
    for number, fids in enumerate(_whole(selection)):
        if number == 3 and selection.query.limit == 200:
            raise Unavailable
        yield fids


def create() -> Flask:
    """The application of one process."""
    selecting.BATCH, making.BLOCK = 20, 1000
    selecting.Selection.batches = _breaking
    folder = Path(os.environ["TOWN_DATA"])
    return make_app(make_deps(os.environ["TOWN_OWNER"], os.environ["TOWN_PUBLIC"], data_dir=folder))
