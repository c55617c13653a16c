"""A whole layer leaves in constant memory, whatever its format."""

import os
import subprocess
import sys
from pathlib import Path

from publishing import ROOT, addresses, make_deps, publish

from geo.ogc.formats import table

FEATURES = 300_000
MOST_KB = 200_000
SCRIPT = Path(__file__).with_name("one_large_file.py")


def test_three_hundred_thousand_features_leave_in_less_than_two_hundred_megabytes(make_database, tmp_path):
    owner, public = make_database()
    deps = make_deps(owner, public, data_dir=tmp_path)
    publish(deps, "addresses", addresses(10))
    name = deps.catalog().collection("addresses").table
    with deps.database.transaction() as connection:
        # As wide as a real row; quicker than one INSERT for each. No index: batches are found by fid.
        connection.execute(f"DROP INDEX IF EXISTS layers.{name}_geom_idx")
        connection.execute(
            f"INSERT INTO layers.{name} (fid, id, geom, lokalny_id, numer_porzadkowy, miejscowosc, ulica, kod_pocztowy)"
            " SELECT n, 'PL.PZGIK.' || md5(n::text), ST_SetSRID(ST_MakePoint(18.8 + n / 2e6, 50.1 + n / 3e6), 4326),"
            " md5(n::text), n::text, 'Mikołów', 'Żwirki i Wigury', '43-190' FROM generate_series(11, %s) AS n",
            [FEATURES],
        )
        connection.execute(f"ANALYZE layers.{name}")
    deps.close()
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}

    words = [one.word for one in table.ON_REQUEST]
    output = subprocess.run(
        [sys.executable, SCRIPT, owner, public, tmp_path, *words],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    lines = {word: tuple(map(int, numbers)) for word, *numbers in map(str.split, output.splitlines())}
    assert list(lines) == ["before", *words]
    assert all(status == 200 and sent > 10_000_000 for word, (status, sent, _) in lines.items() if word != "before")
    assert lines[words[-1]][2] < MOST_KB, lines
