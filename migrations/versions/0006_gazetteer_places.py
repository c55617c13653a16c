"""The gazetteer keeps what the registers know and nobody has drawn: a street may have no place."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Permit entries without a place."""
    op.execute("ALTER TABLE published.gazetteer ALTER geom DROP NOT NULL, ALTER bbox DROP NOT NULL")


def downgrade() -> None:
    """Forget such entries; publishing fills the table again."""
    op.execute("DELETE FROM published.gazetteer WHERE geom IS NULL")
    op.execute("ALTER TABLE published.gazetteer ALTER geom SET NOT NULL, ALTER bbox SET NOT NULL")
