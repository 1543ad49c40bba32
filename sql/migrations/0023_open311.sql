-- Case systems of service groups, spoken to by Open311 GeoReport v2 (deploy/adr/0023).

-- A contact that is no human: the case system of the service group with this key.
ALTER TABLE person ADD COLUMN system text;
CREATE UNIQUE INDEX person_system ON person (system) WHERE system IS NOT NULL;

-- A task that a case system has been asked to answer for: to be posted, then asked about until it has ended there or here.
-- It holds nothing of what was sent, and no foreign keys, like the other queues (deploy/adr/0004).
CREATE TABLE open311_request (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id            bigint NOT NULL,
    group_key          text NOT NULL,
    state              text NOT NULL CHECK (state IN ('queued', 'token', 'open', 'ended', 'dead')),
    token              text,                        -- the case system's, until it has made an identifier
    service_request_id text,                        -- the case system's name for it
    heard              text,                        -- a digest of what it said last: what it says again is no news
    attempts           smallint NOT NULL DEFAULT 0, -- in a row that came to nothing
    polls              smallint NOT NULL DEFAULT 0, -- in a row that brought no news
    unsure             boolean NOT NULL DEFAULT false, -- it may have been posted: looked for before it is posted again
    due_at             timestamptz,
    leased_until       timestamptz,
    error              text,
    created_at         timestamptz NOT NULL,
    ended_at           timestamptz,
    CONSTRAINT open311_request_goes_on CHECK ((state IN ('ended', 'dead')) = (due_at IS NULL))
);
CREATE UNIQUE INDEX open311_request_live ON open311_request (task_id, group_key) WHERE due_at IS NOT NULL;
CREATE INDEX open311_request_due ON open311_request (due_at) WHERE due_at IS NOT NULL;
