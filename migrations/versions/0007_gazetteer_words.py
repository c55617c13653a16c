"""The gazetteer is indexed by whole words: far fewer entries than trigrams make, so publishing is quicker."""

from alembic import op

revision = "0007"
down_revision = "0006"

# A function, so that index and query cannot differ. Each word as it stands: `to_tsvector` would take apart `43-190`.
UP = """
CREATE FUNCTION published.gazetteer_words(folded text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_tsvector(string_to_array(btrim(folded), ' '));

GRANT EXECUTE ON FUNCTION published.gazetteer_words(text) TO geo_public;

DROP INDEX IF EXISTS published.gazetteer_folded;
CREATE INDEX gazetteer_words ON published.gazetteer USING gin (published.gazetteer_words(folded));
"""

DOWN = """
DROP INDEX published.gazetteer_words;
DROP FUNCTION published.gazetteer_words(text);
CREATE INDEX gazetteer_folded ON published.gazetteer USING gin (folded gin_trgm_ops);
"""


def upgrade() -> None:
    """Exchange the index."""
    op.execute(UP)


def downgrade() -> None:
    """Take the former one."""
    op.execute(DOWN)
