"""Where a process can be stopped: at each statement, end of a transaction, change of a file, word of a child.

The steps are found while the code runs, by audit events of Python and around the calls of psycopg, of prepared
statements and of confined children: a new statement or a new file in the product is a new step here, and nobody has
to remember it. What C code writes by itself (the tile cache, a picture) lies between two steps.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from geo import prepared
from geo.confine.frames import Frame, Reader

type At = Callable[[str], None]

_LONGEST = 70
_CHANGES = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree",
    "subprocess.Popen",
}  # fmt: skip
BIRTH = "subprocess.Popen"
WORD = "child: what it says next"


def watch(folder: Path, at: At) -> None:
    """Call `at` with the name of each step of this process, for the rest of its life; files count inside a folder."""
    _watch_files(str(folder), at)
    _watch_statements(at)
    _watch_transactions(at)
    _watch_children(at)


def _watch_files(folder: str, at: At) -> None:
    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        # Of `open`: path, mode, flags; the mode is None when it is os.open.
        changes = event in _CHANGES or (event == "open" and arguments[2] & os.O_ACCMODE != os.O_RDONLY)
        if changes and folder in str(arguments):
            at(f"file: {event} {_file_name(arguments)}")

    sys.addaudithook(audited)


def _watch_statements(at: At) -> None:
    execute, copy, execute_async = psycopg.Cursor.execute, psycopg.Cursor.copy, psycopg.AsyncCursor.execute
    declare, first_row = psycopg.ServerCursor.execute, prepared.first_row

    def executed(self: psycopg.Cursor[Any], query: Any, *rest: Any, **more: Any) -> Any:
        at(_words(query))
        return execute(self, query, *rest, **more)

    def copied(self: psycopg.Cursor[Any], query: Any, *rest: Any, **more: Any) -> Any:
        at(_words(query))
        return copy(self, query, *rest, **more)

    def declared(self: psycopg.ServerCursor[Any], query: Any, *rest: Any, **more: Any) -> Any:
        at(_words(query))
        return declare(self, query, *rest, **more)

    def answered(connection: Any, statement: prepared.Statement, *rest: Any, **more: Any) -> Any:
        at(_words(statement.text.decode()))
        return first_row(connection, statement, *rest, **more)

    async def executed_async(self: psycopg.AsyncCursor[Any], query: Any, *rest: Any, **more: Any) -> Any:
        at(_words(query))
        return await execute_async(self, query, *rest, **more)

    psycopg.Cursor.execute = executed  # type: ignore[method-assign]
    psycopg.Cursor.copy = copied  # type: ignore[method-assign,assignment]
    psycopg.AsyncCursor.execute = executed_async  # type: ignore[method-assign,assignment]
    psycopg.ServerCursor.execute = declared  # type: ignore[method-assign,assignment]
    prepared.first_row = answered


def _watch_transactions(at: At) -> None:
    leave = psycopg.Transaction.__exit__

    def left(self: psycopg.Transaction, *raised: Any) -> Any:
        ending = "savepoint's end" if self.savepoint_name else "rollback" if raised[0] else "commit"
        at(f"before the {ending}")
        suppressed = leave(self, *raised)
        at(f"after the {ending}")
        return suppressed

    psycopg.Transaction.__exit__ = left  # type: ignore[method-assign]


def _watch_children(at: At) -> None:
    read = Reader.read

    def heard(self: Reader) -> Frame | None:
        at(WORD)
        return read(self)

    Reader.read = heard  # type: ignore[method-assign]


def _words(query: Any) -> str:
    text = query.as_string(None) if isinstance(query, sql.Composable) else str(query)
    return f"sql: {_without_numbers(' '.join(text.split())[:_LONGEST])}"


def _file_name(arguments: tuple[Any, ...]) -> str:
    named = next((argument for argument in arguments if isinstance(argument, str | Path)), "")
    return _without_numbers(Path(named).name[:_LONGEST])


def _without_numbers(text: str) -> str:
    """A step has the same name each time: without hashes, random names and numbers of editions."""
    text = re.sub(r"[0-9a-f]{16,64}", "#", text)
    text = re.sub(r"^(\.[a-z]+-|geoportal-unpacked-)\w+", r"\1#", text)
    # An index carries a digest of its edition and columns.
    text = re.sub(r"(_by_)[0-9a-f]+", r"\1#", text)
    return re.sub(r"\d+", "n", text)
