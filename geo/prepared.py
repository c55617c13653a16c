"""Statements that a connection prepares once and then executes by name, past psycopg's cursor.

A cursor costs four times what libpq itself does: nothing beside a query of ten milliseconds, most of a small page.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from psycopg import OperationalError, errors
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from geo.db import Connection, limit_statement
from geo.recent import Recent

type Value = str | int | float | bool | bytes
# Each column as the text that PostgreSQL wrote, None for NULL.
type Row = tuple[bytes | None, ...]

# Of one connection; the one used longest ago makes way.
MOST_STATEMENTS = 100
# Numbers, as a result has them: to look up members of an enumeration costs more than all else that is checked.
_DONE = frozenset({int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK)})
_PLACEHOLDER = re.compile(rb"%(?:%|\((\w+)\)s)")


class Statement(NamedTuple):
    """SQL with $1, $2, …, and the names of the values that belong there."""

    text: bytes
    names: tuple[str, ...]


def _weight(statement: Statement) -> int:
    # Its own text, and the one by which it is found, which is as long.
    return 2 * len(statement.text) + 64 * len(statement.names) + 500


# A limit of memory: there are as many statements as shapes of requests.
_numbered: Recent[bytes, Statement] = Recent(1 << 20, _weight)


def numbered(text: bytes, *, kept: bool = True) -> Statement:
    """A statement of psycopg's (`%(name)s`, `%%`) as PostgreSQL takes it; not `kept` when nobody will ask again."""
    known = _numbered.get(text)
    if known is None:
        known = _number(text)
        if kept:
            _numbered.put(text, known)
    return known


def _number(text: bytes) -> Statement:
    names: dict[str, bytes] = {}

    def number(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            return b"%"
        return names.setdefault(found[1].decode(), b"$%d" % (len(names) + 1))

    # Names fill as the text is walked.
    written = _PLACEHOLDER.sub(number, text)
    return Statement(written, tuple(names))


def first_row(
    connection: Connection,
    statement: Statement,
    values: Mapping[str, Value],
    *,
    plan_anew: bool = False,
    as_bytes: bool = False,
) -> Row | None:
    """The first row of what a statement gives, None when it gives none; `as_bytes` for columns of bytes.

    `plan_anew` is for statements whose best plan depends on the values: they are neither prepared nor remembered.

    Raises:
        psycopg.Error: as psycopg's own cursor would.
    """
    given = result(connection, statement, values, plan_anew=plan_anew, as_bytes=as_bytes)
    if not given.ntuples:
        return None
    return tuple(given.get_value(0, column) for column in range(given.nfields))


def result(
    connection: Connection,
    statement: Statement,
    values: Mapping[str, Value],
    *,
    plan_anew: bool = False,
    as_bytes: bool = False,
) -> PGresult:
    """All that a statement gives, as libpq holds it: nothing is made of a value that nobody takes out.

    Raises:
        psycopg.Error: as `first_row` says.
    """
    wire = connection.pgconn
    bound = [_wire(values[name]) for name in statement.names]
    formats = [Format.BINARY if isinstance(values[name], bytes) else Format.TEXT for name in statement.names]
    wanted = Format.BINARY if as_bytes else Format.TEXT
    limit_statement(connection)
    if plan_anew:
        given = wire.exec_params(statement.text, bound, None, formats, wanted)
    else:
        given = wire.exec_prepared(_name(connection, statement.text), bound, formats, wanted)
    _check(wire, given)
    return given


class _Names:
    def __init__(self) -> None:
        self.by_text: OrderedDict[bytes, bytes] = OrderedDict()
        self.made = 0


# What each connection has prepared; it goes with its connection.
_prepared: WeakKeyDictionary[Connection, _Names] = WeakKeyDictionary()


def _name(connection: Connection, text: bytes) -> bytes:
    names = _prepared.get(connection)
    if names is None:
        names = _prepared[connection] = _Names()
    name = names.by_text.get(text)
    if name is not None:
        names.by_text.move_to_end(text)
        return name
    wire = connection.pgconn
    if len(names.by_text) >= MOST_STATEMENTS:
        _, oldest = names.by_text.popitem(last=False)
        _check(wire, wire.exec_(b"DEALLOCATE " + oldest))
    names.made += 1
    name = b"geo_%d" % names.made
    _check(wire, wire.prepare(name, text))
    names.by_text[text] = name
    return name


def _wire(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _check(wire: PGconn, result: PGresult) -> None:
    if result.status in _DONE:
        return
    if wire.status != ConnStatus.OK:
        raise OperationalError(wire.error_message.decode("utf-8", "replace"))
    raise errors.error_from_result(result)
