"""The doctor on the database: reachable, furnished, migrated, and closed to the public role where it must be."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from geo.db import PUBLIC_ROLE
from geo.deps import Deps
from geo.downloads import shelf
from geo.errors import Misconfigured, Unavailable
from geo.settings import Settings
from geo.texts import Text
from server import cluster, configuration, connections, database, migrate
from server.diagnosis import Check, Verdict, advice, broken, fine

OLDEST_SERVER = 150000
# What the public role may read: `layers` and `published`; in `public` PostGIS keeps its own catalogues.
OPEN_SCHEMAS = ("layers", "published", "public", "pg_catalog", "information_schema")

_READABLE = """
SELECT format('%%I.%%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname <> ALL (%s) AND n.nspname NOT LIKE 'pg\\_%%'
    AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
ORDER BY 1
"""
_POWERS = """
SELECT rolname FROM pg_roles
WHERE rolname = current_user AND (rolsuper OR rolbypassrls OR rolcreaterole)
    OR rolname <> current_user AND rolname !~ '^pg_' AND pg_has_role(current_user, oid, 'MEMBER')
"""


def report(settings: Settings) -> list[Check]:
    """Every check that needs the database; only the first where it cannot be reached."""
    if settings.database_url is None and not (cluster.at(settings.data_dir).place.pgdata / "PG_VERSION").exists():
        return [advice(Text("There is no database yet."), Text("The first 'make run' makes it."))]
    try:
        with database.use(settings) as where, psycopg.connect(where.owner, connect_timeout=10) as owner:
            checks = [check_versions(owner), check_connections(settings, owner)]
            checks += [check_extensions(settings, owner), check_migrations(where)]
            if checks[-1].verdict is Verdict.FINE:
                checks.append(check_downloads(settings, where))
            return [*checks, check_public_role(settings, where)]
    except Misconfigured as exc:
        return [broken(exc.text, Text("Mend this first, then run 'geo doctor' again."))]
    except psycopg.Error as exc:
        found = Text("The database does not answer: {reason}", reason=_first_line(exc))
        if settings.database_url is None:
            return [broken(found, Text("Look into {log}.", log=str(settings.data_dir / "cluster.log")))]
        remedy = Text("Check GEO_DATABASE_URL. A new database is made by an administrator like this:")
        return [broken(found, remedy, whole_sql(settings))]


def check_versions(owner: psycopg.Connection) -> Check:
    """The server's version."""
    version = owner.info.parameter_status("server_version") or "?"
    if owner.info.server_version < OLDEST_SERVER:
        found = Text("The database runs PostgreSQL {version}.", version=version)
        return broken(found, Text("Upgrade it to PostgreSQL 15 or newer."))
    return fine(Text("The database runs PostgreSQL {version}.", version=version))


def check_connections(settings: Settings, owner: psycopg.Connection) -> Check:
    """Whether all our processes can connect at once."""
    try:
        connections.check(settings, owner)
    except connections.TooFewConnections as exc:
        return broken(exc.text, Text("Mend this first, then run 'geo doctor' again."))
    return fine(Text("The database gives {there} connections.", there=connections.given(owner)))


def check_extensions(settings: Settings, owner: psycopg.Connection) -> Check:
    """Whether what we need is installed in this database."""
    present: dict[str, str] = dict(owner.execute("SELECT extname, extversion FROM pg_extension").fetchall())
    missing = [extension for extension in cluster.EXTENSIONS if extension not in present]
    if missing:
        found = Text("The database lacks the extensions {missing}.", missing=", ".join(missing))
        return broken(found, Text("An administrator of the database runs:"), extensions_sql(settings, missing))
    return fine(Text("PostGIS {version} and the other extensions are there.", version=present["postgis"]))


def check_migrations(where: database.Addresses) -> Check:
    """Whether the database is as new as the code."""
    try:
        older = migrate.pending(where.owner)
    except migrate.NewerDatabase as exc:
        return broken(exc.text, Text("Mend this first, then run 'geo doctor' again."))
    if older:
        return advice(
            Text("The database is older than the program."), Text("The next 'make run' brings it up to date.")
        )
    return fine(Text("The database is up to date."))


def check_downloads(settings: Settings, where: database.Addresses) -> Check:
    """Whether the files of every published layer are ready."""
    deps = Deps.make(settings, configuration.read(settings), where.owner, where.public)
    try:
        missing = shelf.at(settings.data_dir).missing(deps.catalog().collections.values())
    except Unavailable:
        return advice(Text("The files to download were not looked at."), Text("Run 'geo doctor' again."))
    finally:
        deps.close()
    if missing:
        found = Text("Files to download are missing for {layers}.", layers=", ".join(missing))
        return advice(found, Text("The running geoportal makes them in a minute; if not, its log says why ('worker')."))
    return fine(Text("The files to download are ready."))


def check_public_role(settings: Settings, where: database.Addresses) -> Check:
    """Whether the role for public reading can connect, and can read nothing but what is published."""
    try:
        with psycopg.connect(where.public, connect_timeout=10, autocommit=True) as public:
            readable = [row[0] for row in public.execute(_READABLE, [list(OPEN_SCHEMAS)]).fetchall()]
            powers = [row[0] for row in public.execute(_POWERS).fetchall()]
            lending = [row[0] for row in public.execute(cluster.LENDING).fetchall()]
            refused = _refuses(public)
    except psycopg.OperationalError as exc:
        found = Text("The role for public reading cannot connect: {reason}", reason=_first_line(exc))
        if settings.database_url is None:
            return broken(found, Text("Run 'make run': it makes the role."))
        remedy = Text("Check GEO_PUBLIC_DATABASE_URL. An administrator of the database makes the role like this:")
        return broken(found, remedy, public_role_sql(settings))
    if powers:
        found = Text("The role for public reading has the powers of {roles}.", roles=", ".join(powers))
        return broken(found, Text("Set GEO_PUBLIC_DATABASE_URL to a role without any."))
    if readable or not refused:
        found = Text(
            "The role for public reading can read what is not public: {tables}.", tables=", ".join(readable[:5])
        )
        return broken(found, Text("Revoke its rights on everything but the schemas layers and published."))
    if lending:
        found = Text(
            "The role for public reading can ask as an administrator: {functions}.", functions=", ".join(lending)
        )
        return advice(found, Text("An administrator of the database runs:"), revoke_sql(settings, lending))
    return fine(Text("The role for public reading sees only what is published."))


def _refuses(public: psycopg.Connection) -> bool:
    """Whether reading behind the wall really fails; privileges on paper are one thing."""
    try:
        public.execute("SELECT 1 FROM geo.edition LIMIT 1")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return True
    return False


def whole_sql(settings: Settings) -> str:
    """What an administrator runs for a database of one's own, from nothing."""
    names = _names(settings)
    owner = sql.SQL(
        "CREATE ROLE {owner} LOGIN PASSWORD 'choose one';\n"
        "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8';\n"
        "\\connect {database}\n"
    ).format(**names)
    return owner.as_string() + extensions_sql(settings, cluster.EXTENSIONS) + "\n" + public_role_sql(settings)


def extensions_sql(settings: Settings, extensions: list[str] | tuple[str, ...]) -> str:
    """What a superuser runs in our database."""
    head = sql.SQL("-- in the database {database}, as a superuser\n").format(**_names(settings)).as_string()
    create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {};")
    return head + "\n".join(create.format(sql.Identifier(name)).as_string() for name in extensions)


def revoke_sql(settings: Settings, functions: list[str]) -> str:
    """What takes functions from everybody; `functions` are named as PostgreSQL writes them."""
    head = sql.SQL("-- in the database {database}, as a superuser\n").format(**_names(settings)).as_string()
    return head + "\n".join(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC;" for function in functions)


def public_role_sql(settings: Settings) -> str:
    """What makes the role for public reading; its rights come with the migrations."""
    role = sql.SQL(
        "CREATE ROLE {public} LOGIN PASSWORD 'the one in GEO_PUBLIC_DATABASE_URL';\n"
        "GRANT CONNECT ON DATABASE {database} TO {public};"
    )
    return role.format(**_names(settings)).as_string()


def _names(settings: Settings) -> dict[str, sql.Identifier]:
    try:
        parts = conninfo_to_dict(settings.database_url or "")
    except psycopg.ProgrammingError:
        parts = {}
    return {
        "owner": sql.Identifier(str(parts.get("user") or cluster.OWNER)),
        "database": sql.Identifier(str(parts.get("dbname") or cluster.DATABASE)),
        "public": sql.Identifier(PUBLIC_ROLE),
    }


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
