"""Makes files of a layer in a process of its own, as the web server does: `… OWNER_DSN PUBLIC_DSN FOLDER WORD…`.

Prints for each its word, the status, how many bytes left, and the highest memory of the process so far in kB.
"""

import sys
from pathlib import Path

from publishing import make_app, make_deps
from werkzeug.test import Client


def highest_kb() -> int:
    """The most memory that this process has ever had resident; not what its parent had, as getrusage says."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


owner, public, folder, *words = sys.argv[1:]
deps = make_deps(owner, public, data_dir=Path(folder))
client = Client(make_app(deps))
client.get("/ogc/collections/addresses/items?limit=1")
print("before", 200, 0, highest_kb())  # noqa: T201 - whoever started it reads these lines
for word in words:
    answer = client.get(f"/ogc/collections/addresses/items?f={word}&properties=lokalny_id,ulica", buffered=False)
    sent = sum(map(len, answer.response))
    answer.close()
    print(word, answer.status_code, sent, highest_kb())  # noqa: T201
deps.close()
