"""Schemas, editions with their findings, the revision, and what the public role may read."""

from alembic import op

revision = "0001"
down_revision = None

UP = """
CREATE SCHEMA IF NOT EXISTS layers;
CREATE SCHEMA IF NOT EXISTS published;
GRANT USAGE ON SCHEMA layers, published TO geo_public;

CREATE TABLE geo.revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL
);
INSERT INTO geo.revision (revision) VALUES (1);

CREATE TABLE geo.edition (
    collection text NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('staged', 'published', 'previous', 'withdrawn')),
    file_name text NOT NULL,
    file_sha256 text NOT NULL,
    format text NOT NULL,
    read integer NOT NULL,
    stored integer NOT NULL,
    refused integer NOT NULL,
    cut integer NOT NULL,
    closed integer NOT NULL,
    synthetic boolean NOT NULL,
    data_date date,
    extent double precision[] CHECK (cardinality(extent) = 4),
    loaded_at timestamptz NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (collection, number),
    CHECK (read = stored + refused + cut + closed)
);
CREATE UNIQUE INDEX edition_one_of_each ON geo.edition (collection, state) WHERE state <> 'withdrawn';

CREATE TABLE geo.finding (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection text NOT NULL,
    edition integer NOT NULL,
    severity text NOT NULL CHECK (severity IN ('refused', 'warning', 'note')),
    code text NOT NULL,
    text jsonb NOT NULL,
    feature text,
    line integer,
    FOREIGN KEY (collection, edition) REFERENCES geo.edition ON DELETE CASCADE
);
CREATE INDEX finding_of_edition ON geo.finding (collection, edition);

-- What the public may know of editions: the published ones, not the office's files.
CREATE VIEW published.edition AS
SELECT
    collection, number, state, format, read, stored, refused, cut, closed, synthetic, data_date, extent, loaded_at,
    published_at
FROM geo.edition
WHERE state = 'published';
CREATE VIEW published.revision AS SELECT revision FROM geo.revision;
GRANT SELECT ON published.edition, published.revision TO geo_public;
"""

DOWN = """
DROP VIEW published.edition, published.revision;
DROP TABLE geo.finding, geo.edition, geo.revision;
DROP SCHEMA published CASCADE;
DROP SCHEMA layers CASCADE;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(UP)


def downgrade() -> None:
    """Remove them with all editions."""
    op.execute(DOWN)
