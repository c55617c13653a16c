"""Accounts of those who work here, their sessions, attempts to sign in, and what is written down about all of it."""

from alembic import op

revision = "0008"
down_revision = "0007"

UP = """
CREATE TABLE geo.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- In small letters: nobody need remember how it was written.
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
    name text NOT NULL CHECK (btrim(name) <> ''),
    email text NOT NULL,
    roles text[] NOT NULL CHECK (roles <@ ARRAY['moderator', 'gis_officer', 'registry_clerk', 'admin']),
    -- argon2id with its parameters and salt, in PHC's format.
    password text NOT NULL,
    -- A password that somebody else made is exchanged at the first sign-in.
    must_change_password boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz
);

CREATE TABLE geo.session (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of what the browser holds: whoever reads this table cannot sign in with it.
    token bytea NOT NULL UNIQUE,
    -- What each form of the session brings back.
    form_key text NOT NULL,
    account_id bigint NOT NULL REFERENCES geo.account ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    address text NOT NULL,
    browser text NOT NULL
);
CREATE INDEX session_living ON geo.session (account_id) WHERE ended_at IS NULL;

-- Also of logins that do not exist: an answer must not tell which ones do.
CREATE TABLE geo.sign_in_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_attempt_login ON geo.sign_in_attempt (login, at);
CREATE INDEX sign_in_attempt_address ON geo.sign_in_attempt (address, at);
CREATE INDEX sign_in_attempt_at ON geo.sign_in_attempt (at);

CREATE TABLE geo.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- None: the command line, or a job.
    account_id bigint REFERENCES geo.account,
    -- The login at that time.
    actor text NOT NULL,
    action text NOT NULL,
    -- What it was done to, such as account:anna.
    subject text NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_subject ON geo.audit (subject, id);
CREATE INDEX audit_account ON geo.audit (account_id, id);

CREATE FUNCTION geo.audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is written in geo.audit is neither changed nor removed';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON geo.audit
    FOR EACH STATEMENT EXECUTE FUNCTION geo.audit_stays();
"""

DOWN = """
DROP TABLE geo.audit, geo.sign_in_attempt, geo.session, geo.account;
DROP FUNCTION geo.audit_stays();
"""


def upgrade() -> None:
    """Create them."""
    op.execute(UP)


def downgrade() -> None:
    """Remove them."""
    op.execute(DOWN)
