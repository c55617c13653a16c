"""Alembic's door: the connection comes from `server.migrate`, never from a file."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="migration", version_table_schema="geo")
with context.begin_transaction():
    context.run_migrations()
