"""procrastinate's own tables, as the one version of the package brings them that this migration was written for.

The package's schema is not ours to copy. A version with another schema would change what this migration once did, so it
is refused here, and by a test before that; CONTRIBUTING.md says what to do.
"""

import hashlib

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"

WRITTEN_FOR = "3.10.0"
SCHEMA_SHA256 = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


def upgrade() -> None:
    """Create them in the schema `public`, where the package expects them."""
    schema = SchemaManager.get_schema()
    if hashlib.sha256(schema.encode()).hexdigest() != SCHEMA_SHA256:
        raise RuntimeError(
            f"this migration is for the schema of procrastinate {WRITTEN_FOR}, and another one is installed:"
            " install requirements.lock, or follow 'A new version of procrastinate' in CONTRIBUTING.md"
        )
    op.get_bind().connection.driver_connection.execute(schema)


def downgrade() -> None:
    """Jobs are not thrown away by a script."""
    raise RuntimeError("restore a backup instead")
