-- Staff accounts with sessions, and what the board, the desk, the people's pages and the service groups' inbox keep.
-- The release before this one goes on working beside it: columns have defaults, and nothing it uses goes away.

-- Who may sign in. Each account is a person, so that what staff do stands in the events like everybody's doings.
CREATE TABLE account (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,                    -- what is typed at sign-in
    person_id     bigint NOT NULL REFERENCES person,
    role          text NOT NULL CHECK (role IN ('operator', 'coordinator', 'area-lead', 'service', 'administrator')),
    area          text CHECK ((role = 'area-lead') = (area IS NOT NULL)),
    group_key     text CHECK (group_key IS NULL OR role = 'service'),  -- null: all service groups
    password_hash text,                             -- argon2; null until one is chosen
    totp_secret   text,                             -- base32; null: no second step
    totp_used     bigint NOT NULL DEFAULT 0,        -- the last time step that was accepted: a code works once
    language      text,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX account_name ON account (lower(name));

-- One-time sign-in links. Only the token's SHA-256 is kept, as with sessions: who reads the database cannot sign in.
CREATE TABLE sign_in_link (
    token_hash bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE session (
    token_hash bytea PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    csrf       text NOT NULL,                       -- what every form of this session carries
    agent      text NOT NULL DEFAULT '',            -- the browser, so that people know their sessions apart
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_account ON session (account_id);

-- Failed sign-ins, for the rate limit: by account name and by address. Old rows are deleted as new ones come.
CREATE TABLE sign_in_failure (
    who text NOT NULL,
    at  timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_who ON sign_in_failure (who, at);

ALTER TABLE person
    ADD COLUMN email        text,                          -- lower case; where messages go when there is no number for SMS
    ADD COLUMN protected    boolean NOT NULL DEFAULT false, -- skyddad identitet: never shown to volunteers
    ADD COLUMN notes        text NOT NULL DEFAULT '',      -- for staff only
    ADD COLUMN vetting      text NOT NULL DEFAULT 'none' CHECK (vetting IN ('none', 'asked', 'valid', 'refused')),
    ADD COLUMN vetted_until date,                          -- the last day on which 'valid' is valid; null: no end
    ADD COLUMN merged_into  bigint REFERENCES person;      -- a duplicate of that person; found, but never shown in lists
CREATE UNIQUE INDEX person_email ON person (email) WHERE email IS NOT NULL;
CREATE INDEX person_merged_into ON person (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX person_fixed_contact ON person (fixed_contact) WHERE fixed_contact IS NOT NULL;

-- What people are found by, in one spelling: small letters, no accents (as geo/fold.py does it for the words searched for).
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(lower($1), 'ÅÄÖÉÈÊËÜÁÀÂÓÒÔÍÏÆØÇÑåäöéèêëüáàâóòôíïæøçñ''’', 'aaoeeeeuaaaoooiiaocnaaoeeeeuaaaoooiiaocn');

-- The order of names in lists, Swedish: å ä ö come after z, people without a name last. Compared byte by byte.
CREATE FUNCTION sort_name(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN COALESCE(NULLIF(translate(lower(btrim($1)), 'ÅÄÖÉÈÜåäöéèü', '{|}eeu{|}eeu'), ''), '~');
CREATE INDEX person_listed ON person (sort_name(name) COLLATE "C", id) WHERE merged_into IS NULL;

-- A person's messages, for the contact history.
CREATE INDEX inbox_person ON inbox (person_id, id);
CREATE INDEX outbox_person ON outbox (person_id, id);
-- What staff did to a person's own row. Tasks' events are far more, and are not in here.
CREATE INDEX events_about_person ON events (((data ->> 'person')::bigint), id)
    WHERE kind IN ('person.added', 'person.changed', 'person.paused', 'person.resumed', 'person.merged', 'person.restarted');

ALTER TABLE need
    ADD COLUMN told_by_name  text NOT NULL DEFAULT '',     -- who asked on the resident's behalf
    ADD COLUMN told_by_phone text,
    ADD COLUMN repeats       text;                         -- an iCalendar RRULE, such as FREQ=WEEKLY;BYDAY=FR

ALTER TABLE task
    ADD COLUMN occasion date;                              -- of a need that repeats: the day that this task is for

-- Who agreed to what we keep about them, when, how, and who wrote it down.
CREATE TABLE consent (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id    bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    how          text NOT NULL CHECK (how IN ('phone', 'form', 'sms', 'chat', 'paper')),
    given_by     text NOT NULL DEFAULT '',                 -- a name, when somebody else said it for the person
    recorded_by  bigint REFERENCES person,
    withdrawn_at timestamptz
);
CREATE INDEX consent_person ON consent (person_id);

-- Messages by e-mail, and calls that one operator at a time takes on.
ALTER TABLE outbox
    DROP CONSTRAINT outbox_channel_check,
    ADD CONSTRAINT outbox_channel_check CHECK (channel IN ('sms', 'call', 'email')),
    ADD COLUMN to_phone    text,                           -- another number than the person's own: the one they wrote from
    ADD COLUMN taken_by    bigint,                         -- the member of staff who is phoning
    ADD COLUMN taken_at    timestamptz,
    ADD COLUMN call_tries  smallint NOT NULL DEFAULT 0,
    ADD COLUMN call_at     timestamptz,                    -- not answered: phone again then
    ADD COLUMN handled_by  bigint,
    ADD COLUMN handled_how text CHECK (handled_how IN ('reached', 'handed_on'));

CREATE INDEX task_ended ON task (changed_at) WHERE deadline_at IS NULL;  -- "done today" on the board

-- One row a task with what the board sorts and filters by. `lane` is the board's column; `urgent` sorts danger first.
CREATE VIEW board_task AS
SELECT t.id, t.code, t.state, n.area, n.place, n.category, n.urgency, t.created_at, t.changed_at, t.deadline_at, r.protected,
       concat_ws(' ', t.code, r.name, r.phone, n.text, n.address, n.place) AS words,
       CASE WHEN t.state IN ('done', 'closed', 'cancelled') THEN 'done'
            WHEN t.state = 'taken' THEN 'taken'
            WHEN t.state = 'underway' THEN 'underway'
            WHEN t.state = 'with_service' THEN 'service'
            WHEN t.human IS NOT NULL AND t.state = 'open' THEN 'human'
            WHEN t.state = 'open' AND t.ladder -> t.step::int ->> 'ask' = 'coordinator' THEN 'human'
            ELSE 'open' END AS lane,
       CASE n.urgency WHEN 'emergency' THEN 0 WHEN 'high' THEN 1 ELSE 2 END AS urgent
FROM task t JOIN need n ON n.id = t.need_id JOIN person r ON r.id = n.resident_id;

-- Who belongs to which service group: its contacts and members, and whoever has an account for it (group_key null: for all).
CREATE VIEW service_person AS
SELECT m.person_id, m.group_key FROM group_member m JOIN groups g ON g.key = m.group_key WHERE g.kind = 'service'
UNION SELECT a.person_id, a.group_key FROM account a WHERE a.role = 'service';
