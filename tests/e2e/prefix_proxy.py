"""A proxy as towns run it: it serves a geoportal under a path, which it takes off before it asks."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

# A proxy's own affair, or said anew.
_LEFT_OUT = {"connection", "transfer-encoding", "content-length", "keep-alive", "server", "date"}


@contextmanager
def proxy(prefix: str, behind_port: int, port: int) -> Iterator[str]:
    """Its address with the prefix, without a final slash. What does not begin with the prefix is not found."""

    class Stripping(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404, f"nothing outside of {prefix}")
                return
            upstream = http.client.HTTPConnection("127.0.0.1", behind_port, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _LEFT_OUT}
            upstream.request("GET", self.path.removeprefix(prefix), headers=headers)
            answer = upstream.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _LEFT_OUT:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            upstream.close()

        def log_message(self, *_: object) -> None:
            """Say nothing: the test says what was wrong."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Stripping)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{prefix}"
    server.shutdown()
    server.server_close()
    thread.join()
