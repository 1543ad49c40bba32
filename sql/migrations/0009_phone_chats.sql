-- Calls that the network makes itself, and phone chats: who talks with whom every week, and when next.
-- The release before this one goes on working beside it: it never looks at these tables.

-- A call that we make: a volunteer and a resident are connected, or a message is read aloud. Queue and record in one, without
-- foreign keys (deploy/adr/0004). It says nothing of anybody but by ids.
CREATE TABLE outgoing_call (
    id            bigint PRIMARY KEY,
    purpose       text NOT NULL CHECK (purpose IN ('bridge', 'read_aloud', 'chat')),
    first_id      bigint NOT NULL,             -- who is phoned first, and says that there is a person by pressing a key
    second_id     bigint,                      -- who is connected then; null: nobody
    task_id       bigint,
    phone_chat_id bigint,
    messages      bigint[] NOT NULL DEFAULT '{}',  -- what is read aloud
    -- queued: to be started at due_at; starting: leased; ringing: the carrier has it; connecting: the first one is ready
    state         text NOT NULL CHECK (state IN ('queued', 'starting', 'ringing', 'connecting', 'ended')),
    due_at        timestamptz,                 -- when something must happen next, at the latest
    tries         smallint NOT NULL DEFAULT 0, -- that the carrier could not take
    carrier       text,
    carrier_id    text,
    connected_at  timestamptz,                 -- when the second one was rung
    outcome       text,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    CONSTRAINT outgoing_call_never_stands_still CHECK ((state = 'ended') = (due_at IS NULL)),
    CONSTRAINT outgoing_call_ends_somehow CHECK ((state = 'ended') = (outcome IS NOT NULL)),
    CONSTRAINT outgoing_call_about CHECK ((purpose = 'chat') = (phone_chat_id IS NOT NULL)),
    CONSTRAINT outgoing_call_of_two CHECK ((purpose = 'read_aloud') = (second_id IS NULL))
);
CREATE INDEX outgoing_call_due ON outgoing_call (due_at) WHERE due_at IS NOT NULL;
-- Nobody is phoned by us twice at the same time for the same thing: two taps are one call.
CREATE UNIQUE INDEX outgoing_call_one_bridge ON outgoing_call (task_id, first_id) WHERE purpose = 'bridge' AND due_at IS NOT NULL;
CREATE UNIQUE INDEX outgoing_call_one_reading ON outgoing_call (first_id) WHERE purpose = 'read_aloud' AND due_at IS NOT NULL;
CREATE UNIQUE INDEX outgoing_call_one_chat ON outgoing_call (phone_chat_id) WHERE due_at IS NOT NULL;
CREATE INDEX outgoing_call_people ON outgoing_call (first_id, second_id);

-- When somebody can talk, what about, and with how many. Residents who want company, and volunteers who want to talk.
CREATE TABLE phone_chat_wish (
    person_id  bigint PRIMARY KEY REFERENCES person (id),
    side       text NOT NULL CHECK (side IN ('resident', 'volunteer')),
    times      text[] NOT NULL DEFAULT '{}',   -- "3-afternoon": ISO weekday and part of the day; empty: any
    interests  text[] NOT NULL DEFAULT '{}',
    most       smallint NOT NULL DEFAULT 1 CHECK (most BETWEEN 1 AND 7),  -- pairs at the same time
    created_at timestamptz NOT NULL
);

-- A resident and a volunteer who talk once a week, or are asked whether they want to.
CREATE TABLE phone_chat (
    id               bigint PRIMARY KEY,
    resident_id      bigint NOT NULL REFERENCES person (id),
    volunteer_id     bigint NOT NULL REFERENCES person (id),
    state            text NOT NULL CHECK (state IN ('asked', 'active', 'paused', 'ended')),
    version          integer NOT NULL DEFAULT 1,   -- grows with every stored change; guards decisions
    weekday          smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    at               time NOT NULL,                -- by the network's clock
    resident_yes     timestamptz,                  -- consent
    volunteer_yes    timestamptz,
    stage            text CHECK (stage IN ('answer', 'remind', 'call', 'calling', 'resume')),  -- what happens at next_at
    next_at          timestamptz,
    call_at          timestamptz,                  -- the week's talk, as agreed
    resident_misses  smallint NOT NULL DEFAULT 0,  -- of this week's talk
    volunteer_misses smallint NOT NULL DEFAULT 0,
    missed_in_row    smallint NOT NULL DEFAULT 0,  -- weeks in which the volunteer did not answer
    talks            integer NOT NULL DEFAULT 0,
    minutes          integer NOT NULL DEFAULT 0,
    last_at          timestamptz,
    last_outcome     text,
    created_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    ended_how        text,
    CONSTRAINT phone_chat_of_two CHECK (resident_id <> volunteer_id),
    -- A pair that goes on has a next time, always.
    CONSTRAINT phone_chat_always_a_next_time CHECK ((state = 'ended') = (next_at IS NULL) AND (state = 'ended') = (stage IS NULL)),
    CONSTRAINT phone_chat_always_a_next_call CHECK (state <> 'active' OR call_at IS NOT NULL),
    CONSTRAINT phone_chat_with_consent CHECK (state IN ('asked', 'ended') OR (resident_yes IS NOT NULL AND volunteer_yes IS NOT NULL))
);
CREATE INDEX phone_chat_due ON phone_chat (next_at) WHERE next_at IS NOT NULL;
-- A resident has one pair; "JA" by either means one question only.
CREATE UNIQUE INDEX phone_chat_resident ON phone_chat (resident_id) WHERE state <> 'ended';
CREATE UNIQUE INDEX phone_chat_asked ON phone_chat (volunteer_id) WHERE state = 'asked';
CREATE INDEX phone_chat_volunteer ON phone_chat (volunteer_id);
CREATE INDEX phone_chat_resident_ever ON phone_chat (resident_id);
