"""What nobody kind asks: filters, parameters, paths and bytes."""

from urllib.parse import quote

ITEMS = "/ogc/collections/addresses/items"


SEARCH = "/ogc/collections/addresses/search"


NESTED = "(" * 20_000 + "1=1" + ")" * 20_000


FILTERS = {
    "nothing": "",
    "a NUL byte": "ulica='\0'",
    "100 kB of a text": f"ulica='{'a' * 100_000}'",
    "100 kB of terms": " OR ".join(["ulica='a'"] * 8_000),
    "nested parentheses": NESTED,
    "just too deep": "(" * 61 + "1=1" + ")" * 61,
    "nested NOT": "NOT " * 5_000 + "1=1",
    "nested functions": "CASEI(" * 3_000 + "ulica" + ")" * 3_000,
    "huge numbers": "1e309 > 1e-309 AND 9" + "9" * 5_000 + " > 1",
    "a power tower": "2 ^ 9999 ^ 9999 > 1",
    "division by zero": "1 / 0 = 1",
    "modulo zero": "1 % 0 = 1",
    "integer overflow": "9223372036854775807 + 1 > 0",
    "a pattern of many percents": f"ulica LIKE '{'%a' * 2_000}'",
    "a pattern that ends in an escape": "ulica LIKE '\\'",
    "a quote that never ends": "ulica='x",
    "half a letter": "ulica='\ud800'",
    "another right-to-left": "ulica='\u202e\u0000\uffff'",
    "an injection": "ulica=''; DROP TABLE geo.edition; --'",
    "an injection in a name": '"ulica"" = 1; --" = 1',
    "a function of the server": "pg_sleep(60) = 1",
    "a file of the server": "pg_read_file('PG_VERSION') = 'x'",
    "a geometry of nothing": "S_INTERSECTS(geometry, POLYGON EMPTY)",
    "a polygon of one point": "S_INTERSECTS(geometry, POLYGON((0 0, 0 0, 0 0, 0 0)))",
    "a bow tie": "S_WITHIN(geometry, POLYGON((0 0, 90 80, 90 0, 0 80, 0 0)))",
    "infinite coordinates": "S_INTERSECTS(geometry, POINT(1e400 NaN))",
    "a line of 500 points": f"S_INTERSECTS(geometry, LINESTRING({', '.join(f'{n % 9} {n % 8}' for n in range(500))}))",
    "months that are not": "data_nadania > DATE('2024-99-99')",
    "year zero": "data_nadania > DATE('0000-01-01')",
    "an interval backwards": "T_DURING(data_nadania, INTERVAL('2024-01-01', '1999-01-01'))",
    "a list of 3 000": f"ulica IN ({','.join(['1'] * 3_000)})",
}


JSON_FILTERS = {
    "not JSON": "{",
    "a bare number": "1",
    "NaN": '{"op":"=","args":[NaN,Infinity]}',
    "nested objects": '{"op":"not","args":[' * 30_000 + "true" + "]}" * 30_000,
    "nested lists": "[" * 100_000,
    "a huge number": '{"op":"=","args":[1e999,' + "9" * 10_000 + "]}",
    "an op that is no text": '{"op":{},"args":[]}',
    "args that are no list": '{"op":"=","args":{"a":1}}',
    "half a letter": '{"op":"=","args":[{"property":"ulica"},"\\ud800"]}',
    "a NUL byte": '{"op":"=","args":[{"property":"ulica"},"\\u0000"]}',
    "twice the same key": '{"op":"=","op":"<","args":[1,2]}',
    "a geometry of texts": '{"op":"s_intersects","args":[{"property":"geometry"},'
    '{"type":"Point","coordinates":["x",[]]}]}',
    "a geometry in a geometry": '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection",'
    '"geometries":[' + '{"type":"GeometryCollection","geometries":[' * 500 + "]}" * 500 + "]}]}",
}


PARAMETERS = [
    *(
        f"{name}={value}"
        for name in ("limit", "offset")
        for value in ("9" * 400, "-1", "1e3", "0x10", "%D9%A1", "NaN", "")
    ),
    *(
        f"bbox={value}"
        for value in ("nan,nan,nan,nan", "1e400,0,1,1", "0,0,1", "," * 50_000, "180,-90,-180,90", "1,2,3,4,5,6")
    ),
    *(
        f"datetime={value}"
        for value in ("9999999-01-01", "2024-02-30/..", "../..", "/", "24:00", "2024-01-01T25:61:61Z")
    ),
    *(f"crs={value}" for value in ("http://[::1", "EPSG:" + "9" * 500, "file:///etc/passwd", "%00")),
    *(f"after={value}" for value in ("1-" + "9" * 500, "-", "%00", "1-1-1")),
    "sortby=" + ",".join(["ulica"] * 5_000),
    "properties=" + "a," * 20_000,
    "&".join(f"a{n}=1" for n in range(5_000)),
    "filter=" + "%" * 5_000,
    "%FF%FE=%C3%28",
    "ulica=%ED%A0%80",
    "=" * 5_000,
    "f=" + "json" * 5_000,
    "lang=%00",
]


PATHS = [
    "/../../../etc/passwd",
    "/assets/../../server/wsgi.py",
    "/assets/..%2f..%2fserver%2fwsgi.py",
    "/assets/%2e%2e/%2e%2e/README.md",
    "/assets//etc/passwd",
    "/assets/" + "a/" * 3_000,
    "/assets/x%00.js",
    "/downloads/..%2f..%2f..%2fetc%2fpasswd",
    "/downloads/%2e%2e",
    "//evil.example/ogc",
    "/ogc/collections/..%2f..",
    "/ogc/collections/%00/items",
    "/ogc/collections/" + "x" * 20_000,
    f"{ITEMS}/" + quote("'; DROP TABLE geo.edition; --", safe=""),
    f"{ITEMS}/%ff%fe%fd",
    f"{ITEMS}/" + "%2f" * 3_000,
    "/tiles/addresses/1/99999999999/-1/1e5",
    "/tiles/%2e%2e/x/1/1/1",
    "/tiles/..json",
    "/obiekt/addresses/%00",
    "/obiekt/%ff/%ff",
    "/api/here?lng=nan&lat=inf&zoom=-0",
    "/api/here?lng=1e400&lat=1&zoom=1",
    "/api/search?q=" + "a" * 60_000,
    "/api/search?q=" + "%25" * 500,
    "/api/search?q=%00",
    "/api/search?q=" + "a%20" * 2_000,
    "/szukaj?q=" + quote("ż" * 3_000),
    "/wmts?service=WMTS&request=GetTile&TileRow=" + "9" * 500,
    "/" + "%80" * 2_000,
    "/?" + "&" * 20_000,
    "/ogc?f=html&lang=../../x",
]


RAW = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a NUL in the path": b"GET /ogc\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw bytes in the path": b"GET /ogc/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw bytes in the query": b"GET /api/search?q=\xc3\x28\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET /ogc HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /ogc HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "an absolute address": b"GET http://evil.example/ogc HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown method": b"BREW /ogc HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "TRACE": b"TRACE /ogc HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown version": b"GET /ogc HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header line of 600 kB": b"GET /ogc HTTP/1.1\r\nHost: x\r\nAccept: " + b"a" * 600_000 + b"\r\n\r\n",
    "10 000 headers": b"GET /ogc HTTP/1.1\r\nHost: x\r\n"
    + b"".join(b"A%d: 1\r\n" % n for n in range(10_000))
    + b"\r\n",
    "a folded header": b"GET /ogc HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n",
    "two lengths": b"POST /ogc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "length and chunks": b"POST /ogc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n0\r\n\r\n",
    "a length below zero": b"POST /ogc HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello",
    "a length beyond all": b"POST /ogc HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "a chunk without end": b"POST /ogc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    "a range of nothing": b"GET /assets/favicon.svg HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-,x\r\n\r\n",
    "5 000 ranges": b"GET /assets/favicon.svg HTTP/1.1\r\nHost: x\r\nRange: bytes=" + b"0-1," * 5_000 + b"\r\n\r\n",
    "a date that is none": b"GET /assets/favicon.svg HTTP/1.1\r\nHost: x\r\nIf-Modified-Since: \xff 99 Foo 0\r\n\r\n",
    "tags without end": b'GET /ogc HTTP/1.1\r\nHost: x\r\nIf-None-Match: "' + b'a","' * 5_000 + b"\r\n\r\n",
    "languages without end": b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: " + b"en;q=0.1," * 5_000 + b"\r\n\r\n",
    "an upgrade": b"GET /ogc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "cookies": b"GET /ogc HTTP/1.1\r\nHost: x\r\nCookie: " + b"a=b; " * 5_000 + b"\r\n\r\n",
}
