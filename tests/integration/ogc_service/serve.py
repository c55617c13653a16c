"""A real server process for the room: `serve.py OWNER_DSN PUBLIC_DSN`; prints its port when it listens."""

import socket
import sys

from publishing import make_app, make_deps
from werkzeug.serving import make_server

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
deps = make_deps(sys.argv[1], sys.argv[2], public_url=None, host="127.0.0.1", port=port)
server = make_server("127.0.0.1", port, make_app(deps), threaded=True, fd=listener.fileno())
print(port, flush=True)  # noqa: T201 - whoever started it waits for this line
server.serve_forever()
