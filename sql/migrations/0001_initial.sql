-- The first schema: people and groups, needs and tasks, offers, the inbox, the outbox and the events.
-- It is applied inside one network's PostgreSQL schema; nothing here names that schema.

-- Ends the running statement when a decision was made on state that has changed since it was read.
-- 40001 is PostgreSQL's own code for "try again": the caller loads, decides and stores once more.
CREATE FUNCTION refuse(reason text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stale: %', reason USING ERRCODE = '40001';
END
$$;

-- Task codes that people see (K7M2) are made of these numbers, taken in blocks by each process.
CREATE SEQUENCE task_number INCREMENT BY 500;

CREATE TABLE person (
    id            bigint PRIMARY KEY,
    phone         text UNIQUE,                      -- E.164; null when the sender's number cannot be read
    phone_raw     text NOT NULL DEFAULT '',         -- as it came, kept when it cannot be read
    name          text NOT NULL DEFAULT '',
    language      text NOT NULL DEFAULT 'sv',
    roles         text[] NOT NULL DEFAULT '{}',     -- resident, volunteer, service, coordinator, operator, lead
    organisation  text NOT NULL DEFAULT '',
    telegram_id   bigint UNIQUE,
    area          text,
    place         text,
    address       text NOT NULL DEFAULT '',
    skills        text[] NOT NULL DEFAULT '{}',
    languages     text[] NOT NULL DEFAULT '{}',
    fixed_contact bigint REFERENCES person,
    daily_limit   smallint NOT NULL DEFAULT 6,      -- offers a day that this person wants at most
    asked_total   integer NOT NULL DEFAULT 0,       -- grows by one an offer; guards reply_number and the limit
    asked_today   smallint NOT NULL DEFAULT 0,
    asked_on      date,
    asked_at      timestamptz,
    helped_total  integer NOT NULL DEFAULT 0,
    reply_number  smallint NOT NULL DEFAULT 9,      -- the number used last in "Svara JA 47"
    turn          integer NOT NULL DEFAULT 0,       -- grows with every change of mind or word of theirs; guards decisions
    paused_until  timestamptz,
    stopped_at    timestamptz,                      -- STOPP: nothing is texted to this person
    created_at    timestamptz NOT NULL
);

CREATE TABLE groups (
    key   text PRIMARY KEY,
    kind  text NOT NULL CHECK (kind IN ('area', 'regulars', 'emergency', 'weekend', 'service', 'coordination')),
    area  text,
    name  text NOT NULL,
    duty  text CHECK (duty IN ('everyone', 'signed-up'))  -- null: everyone until somebody signs up for a shift
);

CREATE TABLE group_member (
    group_key text NOT NULL REFERENCES groups ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    source    text NOT NULL CHECK (source IN ('file', 'import')),  -- the network file's contacts go when it lets them go
    PRIMARY KEY (group_key, person_id)
);
CREATE INDEX group_member_person ON group_member (person_id);

CREATE TABLE shift (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_key text NOT NULL REFERENCES groups ON DELETE CASCADE,
    person_id bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    CHECK (starts_at < ends_at),
    EXCLUDE USING gist (group_key WITH =, person_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX shift_now ON shift (group_key, ends_at);

CREATE TABLE need (
    id          bigint PRIMARY KEY,
    resident_id bigint NOT NULL REFERENCES person,
    category    text,
    area        text,
    place       text,
    address     text NOT NULL DEFAULT '',
    text        text NOT NULL,
    wanted      text,                               -- the time, in the resident's own words
    urgency     text NOT NULL CHECK (urgency IN ('normal', 'high', 'emergency')),
    source      text NOT NULL,                      -- sms, api, desk …
    created_at  timestamptz NOT NULL
);
CREATE INDEX need_resident ON need (resident_id);
CREATE INDEX need_area ON need (area);

CREATE TABLE task (
    id          bigint PRIMARY KEY,
    need_id     bigint NOT NULL REFERENCES need,
    code        text NOT NULL,
    state       text NOT NULL
                CHECK (state IN ('asking', 'open', 'taken', 'underway', 'with_service', 'done', 'closed', 'cancelled')),
    version     integer NOT NULL DEFAULT 1,
    places      smallint NOT NULL DEFAULT 1,
    code_word   text NOT NULL,
    ladder      jsonb NOT NULL DEFAULT '[]',        -- the steps, frozen when the task opens
    step        smallint NOT NULL DEFAULT -1,       -- index into ladder; -1: not begun
    step_ends   timestamptz,
    rounds      smallint NOT NULL DEFAULT 0,        -- waves sent, or askings made, on this step
    human       text,                               -- why a human must act on it; null: nobody must
    asks        text CHECK (asks IN ('category', 'place')),
    asked       smallint NOT NULL DEFAULT 0,        -- questions put in a row without a useful answer
    nudges      smallint NOT NULL DEFAULT 0,        -- reminders to the one who took it
    deadline    text,
    deadline_at timestamptz,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    -- No task ever stands still unseen: whatever is not ended has a next deadline, or is not stored.
    CONSTRAINT always_a_next_deadline CHECK (
        (state IN ('closed', 'cancelled')) = (deadline_at IS NULL) AND (deadline IS NULL) = (deadline_at IS NULL)
    )
);
CREATE INDEX task_need ON task (need_id);
CREATE UNIQUE INDEX task_code ON task (code) WHERE state NOT IN ('closed', 'cancelled');
CREATE INDEX task_code_any ON task (code, id);
CREATE INDEX task_due ON task (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX task_created ON task (created_at, id);

CREATE TABLE offer (
    id          bigint PRIMARY KEY,
    task_id     bigint NOT NULL REFERENCES task,
    person_id   bigint NOT NULL REFERENCES person,
    kind        text NOT NULL CHECK (kind IN ('help', 'acknowledge')),
    step        smallint NOT NULL,
    number      smallint NOT NULL,                  -- the reply number; unique among what is live for this person
    state       text NOT NULL CHECK (state IN ('sent', 'accepted', 'declined', 'expired', 'withdrawn', 'superseded')),
    live        boolean NOT NULL,                   -- an answer with this number still means this offer
    sent_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    answered_at timestamptz,
    note        text NOT NULL DEFAULT ''            -- what the person wrote after the number: "kl 15"
);
CREATE INDEX offer_task ON offer (task_id);
CREATE INDEX offer_number ON offer (person_id, number, id);
CREATE UNIQUE INDEX offer_live_number ON offer (person_id, number) WHERE live;

-- The inbox, the outbox and the events have no foreign keys: what they name was read in the same decision, nothing but erasure
-- deletes it, and checking it again cost nearly half of what storing a wave of offers costs (deploy/adr/0004).

CREATE TABLE inbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carrier     text NOT NULL,
    carrier_id  text NOT NULL,
    sender      text NOT NULL,                      -- as the carrier wrote it
    person_id   bigint,
    task_id     bigint,
    text        text NOT NULL,
    outcome     text NOT NULL,                      -- what it was understood as; 'failed' waits for a human
    received_at timestamptz NOT NULL,
    UNIQUE (carrier, carrier_id)
);
CREATE INDEX inbox_task ON inbox (task_id);

CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id    bigint NOT NULL,
    task_id      bigint,
    kind         text NOT NULL,                     -- which text; the words are found when it is sent
    params       jsonb NOT NULL DEFAULT '{}',
    always       boolean NOT NULL DEFAULT false,    -- also after STOPP: ring 112, and the answer to STOPP itself
    channel      text NOT NULL CHECK (channel IN ('sms', 'call')),
    state        text NOT NULL
                 CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'dead', 'to_call', 'stopped')),
    attempts     smallint NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL,
    leased_until timestamptz,
    carrier      text,
    carrier_id   text,
    body         text,
    parts        smallint,                          -- SMS parts of the body
    error        text,
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    ended_at     timestamptz,
    handled_at   timestamptz                        -- a human has phoned instead
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state IN ('queued', 'failed');
CREATE INDEX outbox_leased ON outbox (leased_until) WHERE state = 'sending';
CREATE INDEX outbox_human ON outbox (id) WHERE state IN ('dead', 'to_call') AND handled_at IS NULL;
CREATE INDEX outbox_waiting ON outbox (person_id) WHERE state IN ('queued', 'failed', 'sending');
CREATE INDEX outbox_task ON outbox (task_id);
CREATE INDEX outbox_carrier_id ON outbox (carrier, carrier_id) WHERE carrier_id IS NOT NULL;

CREATE TABLE events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    kind      text NOT NULL,
    task_id   bigint,
    person_id bigint,             -- who did it; null: the program itself
    data      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX events_task ON events (task_id, id);

-- One task with all that a decision needs: the need, the resident, every offer with its person.
-- row_to_json, not columns: the shape is read in one place, dispatch/store.py.
CREATE VIEW case_doc AS
SELECT t.id, t.code, t.state, n.resident_id,
       json_build_object(
           'task', row_to_json(t),
           'need', row_to_json(n),
           'resident', row_to_json(r),
           'offers', COALESCE((
               SELECT json_agg(json_build_object('offer', row_to_json(o), 'person', row_to_json(p)) ORDER BY o.id)
               FROM offer o JOIN person p ON p.id = o.person_id
               WHERE o.task_id = t.id), '[]'::json)
       ) AS doc
FROM task t
JOIN need n ON n.id = t.need_id
JOIN person r ON r.id = n.resident_id;
