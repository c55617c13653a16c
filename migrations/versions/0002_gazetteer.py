"""The gazetteer: what the search box finds, filled by each layer as it is published."""

from alembic import op

revision = "0002"
down_revision = "0001"

# gazetteer_word holds the distinct words: a misspelt one is corrected by asking a few thousand, not all entries.
UP = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE published.gazetteer (
    layer text NOT NULL,
    feature_id text NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    detail text NOT NULL,
    folded text NOT NULL,
    sort_key text NOT NULL,
    geom geometry(Point, 4326) NOT NULL,
    bbox double precision[4] NOT NULL,
    PRIMARY KEY (layer, feature_id)
);
CREATE INDEX gazetteer_folded ON published.gazetteer USING gin (folded gin_trgm_ops);

CREATE TABLE published.gazetteer_word (
    layer text NOT NULL,
    word text NOT NULL,
    PRIMARY KEY (layer, word)
);
GRANT SELECT ON published.gazetteer, published.gazetteer_word TO geo_public;
"""

DOWN = """
DROP TABLE published.gazetteer_word, published.gazetteer;
"""


def upgrade() -> None:
    """Create it."""
    op.execute(UP)


def downgrade() -> None:
    """Remove it; publishing fills it again."""
    op.execute(DOWN)
