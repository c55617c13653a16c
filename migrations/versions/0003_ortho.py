"""Orthophoto files that wait for conversion, and what the map page may know of them."""

from alembic import op

revision = "0003"
down_revision = "0002"

UP = """
CREATE TABLE geo.ortho_task (
    id uuid PRIMARY KEY,
    flight text NOT NULL,
    file text NOT NULL,
    file_name text NOT NULL,
    srid integer,
    flown_on date,
    synthetic boolean NOT NULL,
    anywhere boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    progress real NOT NULL CHECK (progress BETWEEN 0 AND 1),
    message jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX ortho_task_open ON geo.ortho_task (created_at) WHERE state IN ('queued', 'running');

-- File names and messages are the office's business. A conversion that lives tells its progress every few seconds.
CREATE VIEW published.ortho_progress AS
    SELECT flight, progress, state FROM geo.ortho_task
    WHERE state = 'queued' OR (state = 'running' AND changed_at > now() - interval '15 minutes')
    ORDER BY created_at;
GRANT SELECT ON published.ortho_progress TO geo_public;
"""

DOWN = """
DROP VIEW published.ortho_progress;
DROP TABLE geo.ortho_task;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(UP)


def downgrade() -> None:
    """Remove them; the flights stay."""
    op.execute(DOWN)
