"""Citizen reports, who sent them, what happened to them; and the view that is all the public can read of them."""

from alembic import op

revision = "0010"
down_revision = "0009"

UP = """
CREATE TABLE geo.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Made by the sender, and theirs: whoever knows it may add photos. Never public.
    uuid uuid NOT NULL UNIQUE,
    -- SHA-256 of what was sent: the same uuid with other content is refused.
    digest bytea NOT NULL,
    -- In the link by which the reporter follows the report; a new one revokes the old.
    tracking text NOT NULL UNIQUE,
    status text NOT NULL,
    status_at timestamptz NOT NULL DEFAULT now(),
    category text NOT NULL,
    description text NOT NULL,
    -- What everybody reads: the description until a moderator takes something out of it.
    public_text text NOT NULL,
    geom geometry(Point, 4326) NOT NULL,
    public_geom geometry(Point, 4326) NOT NULL,
    -- As it was sent; what is corrected above leaves these alone.
    reported jsonb NOT NULL,
    -- What our layers said of the place: address, parcel, area, street, road, road_manager.
    around jsonb NOT NULL,
    channel text NOT NULL,
    language text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz,
    answered_at timestamptz,
    closed_at timestamptz,
    due_on date,
    -- While the reporter is to answer, the clock stands still.
    paused_at timestamptz,
    hidden boolean NOT NULL DEFAULT false,
    department text,
    body text,
    route text NOT NULL DEFAULT '',
    qualification text NOT NULL DEFAULT 'sygnal',
    delivery text NOT NULL DEFAULT 'none',
    assigned_to bigint REFERENCES geo.account,
    duplicate_of bigint REFERENCES geo.report,
    CHECK (duplicate_of <> id)
);
CREATE INDEX report_place ON geo.report USING gist (geom);
CREATE INDEX report_public_place ON geo.report USING gist (public_geom);
CREATE INDEX report_queue ON geo.report (status, id);
CREATE INDEX report_due ON geo.report (due_on) WHERE closed_at IS NULL;

-- Personal data, apart, so that it can expire alone.
CREATE TABLE geo.report_contact (
    report_id bigint PRIMARY KEY REFERENCES geo.report ON DELETE CASCADE,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    -- In the letter's link; the address counts once it was followed.
    confirmation text NOT NULL UNIQUE,
    confirmed_at timestamptz
);

-- Nothing in it is changed: what happened stays.
CREATE TABLE geo.report_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id bigint NOT NULL REFERENCES geo.report ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- reporter, moderator or ledger.
    actor text NOT NULL,
    account_id bigint REFERENCES geo.account,
    -- received, status, category, place, text, qualification, assigned …
    kind text NOT NULL,
    before text,
    after text,
    -- Said to the reporter, and in the public timeline.
    reason text NOT NULL DEFAULT ''
);
CREATE INDEX report_event_report ON geo.report_event (report_id, id);

-- What somebody did how often lately, counted here because there are several web processes.
CREATE TABLE geo.rate (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text NOT NULL,
    who text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rate_who ON geo.rate (what, who, at);
CREATE INDEX rate_at ON geo.rate (at);

-- The wall: no column of who sent it, nothing of what was not verified, and the place only as exact as may be.
CREATE VIEW published.report AS
SELECT id AS number, category, status, public_text AS description, around->>'area' AS area,
    around->>'street' AS street, received_at, verified_at, answered_at, closed_at, public_geom AS geom
-- Two items: PostgreSQL refuses to write through such a view, whoever asks. The second costs nothing.
FROM geo.report CROSS JOIN (SELECT) AS read_only
WHERE NOT hidden AND verified_at IS NOT NULL AND status IN (
    'zweryfikowane', 'przekazane', 'w_realizacji', 'zaplanowane', 'zrealizowane', 'przekazane_na_zewnatrz',
    'bez_naprawy', 'wznowione'
);
GRANT SELECT ON published.report TO geo_public;
"""

DOWN = """
DROP VIEW published.report;
DROP TABLE geo.rate, geo.report_event, geo.report_contact, geo.report;
"""


def upgrade() -> None:
    """Create them."""
    op.execute(UP)


def downgrade() -> None:
    """Remove them."""
    op.execute(DOWN)
