"""The benches measure the process that they name."""

import sys

import pytest

from bench import measure


def test_the_memory_of_a_process_is_its_own_and_not_that_of_whoever_started_it():
    ours = bytearray(b"x" * (300 << 20))

    small = measure.run([sys.executable, "-c", "print('done')"])
    big = measure.run([sys.executable, "-c", "x = b'x' * (200 << 20)"])

    assert len(ours) == 300 << 20
    assert small.said == "done\n"
    assert small.peak_mb < 100
    assert 200 < big.peak_mb < 300


def test_a_command_that_fails_is_no_measurement():
    with pytest.raises(RuntimeError, match="ended with 3: bad luck"):
        measure.run([sys.executable, "-c", "import sys; sys.stderr.write('bad luck'); sys.exit(3)"])
