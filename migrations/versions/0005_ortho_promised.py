"""Whether orthophotos are being painted of which no conversion is queued yet, as at a demo town's first start."""

from alembic import op

revision = "0005"
down_revision = "0004"

# The jobs themselves are not public. A job that failed for good promises nothing any more.
UP = """
CREATE VIEW published.ortho_promised AS
    SELECT EXISTS (
        SELECT FROM public.procrastinate_jobs WHERE task_name = 'demo.paint' AND status IN ('todo', 'doing')
    ) AS promised;
GRANT SELECT ON published.ortho_promised TO geo_public;
"""


def upgrade() -> None:
    """Create it."""
    op.execute(UP)


def downgrade() -> None:
    """Remove it."""
    op.execute("DROP VIEW published.ortho_promised")
