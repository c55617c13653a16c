"""Letters by e-mail: what was promised, whether it was sent, and why not."""

from alembic import op

revision = "0009"
down_revision = "0008"

UP = """
CREATE TABLE geo.mail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What the letter is about, such as report:17:received: the same key is one letter, however often it is promised.
    key text NOT NULL UNIQUE,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    language text NOT NULL,
    promised_at timestamptz NOT NULL DEFAULT now(),
    tried int NOT NULL DEFAULT 0,
    -- Why the last try failed, in the words of the server.
    problem text,
    sent_at timestamptz,
    -- Where it lies when no server is configured: the name of a file in the outbox.
    file text
);
CREATE INDEX mail_unsent ON geo.mail (promised_at) WHERE sent_at IS NULL;
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(UP)


def downgrade() -> None:
    """Remove it."""
    op.execute("DROP TABLE geo.mail")
