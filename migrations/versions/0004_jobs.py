"""procrastinate's own tables, as the locked version of the package brings them."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them in the schema `public`, where the package expects them."""
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    """Jobs are not thrown away by a script."""
    raise RuntimeError("restore a backup instead")
