"""The parameters of a request are decoded once, before Flask, and mean what Flask would have read."""

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from geo.http import is_utf8, pairs_of


@pytest.mark.parametrize(
    "query",
    [
        "", "limit=10&f=json", "%6Cimit=1%30", "ulica=%C5%81%C4%85ka+1&a", "a=1&a=2&&b=", "filter=a%20=%20'%26'", "a=ł",
        "a=%zz", "a=%4", "%", "a=%25%32%35", "a=b=c", "=a", "+a=+", "a%3Db=c%26d%2B", "a=\x00%00", "a;b=c",
        *(f"a%{code:02x}=b%{code:02X}" for code in range(128)),
    ],
)  # fmt: skip
def test_parameters_are_read_as_flask_reads_them(query):
    environ = EnvironBuilder("/").get_environ()
    # WSGI hands over the bytes of an address as Latin-1.
    environ["QUERY_STRING"] = query.encode().decode("latin-1")

    pairs = pairs_of(environ)

    # Only the order of what stands twice among others is lost by Flask.
    assert sorted(pairs) == sorted(Request(environ).args.items(multi=True))
    assert pairs_of(environ) is pairs


@pytest.mark.parametrize(
    ("query", "is_text"), [(b"a=%C5%81", True), (b"a=%C5", False), (b"a=\xff", False), (b"a=%41", True)]
)
def test_bytes_that_are_no_text_are_told(query, is_text):
    assert is_utf8(query) is is_text
