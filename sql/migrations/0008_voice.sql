-- People who phone the network: one row a call, from the greeting until it has ended. Without foreign keys, like everything that a
-- carrier's word can bring (deploy/adr/0004). The release before this one goes on working beside it: it never looks at this table.

CREATE TABLE phone_call (
    id          bigint PRIMARY KEY,
    carrier     text NOT NULL,
    carrier_id  text NOT NULL,                   -- the carrier's name for it: the same webhook twice is one call
    person_id   bigint,                          -- whose number it is; null: nobody's that we know, or hidden
    caller      text,                            -- E.164; null: hidden
    called      text NOT NULL,                   -- the number that was dialled: what everybody sees whom this call rings
    language    text NOT NULL,                   -- that the caller is spoken to in
    -- greeting: hears the menu or an answer; ringing: operators are rung; bridged: with the person of a task;
    -- recording: leaves a message; ended
    state       text NOT NULL CHECK (state IN ('greeting', 'ringing', 'bridged', 'recording', 'ended')),
    step        text NOT NULL,                   -- whose answer is awaited
    turn        integer NOT NULL,                -- how often the script has answered
    said        jsonb,                           -- the last answer, for a webhook that comes twice; null when it has ended
    pressed     text NOT NULL DEFAULT '',        -- the keys, in order
    urgent      boolean NOT NULL DEFAULT false,  -- has pressed that it is
    rung        bigint[] NOT NULL DEFAULT '{}',  -- people who were rung, and are not rung again
    ringing     bigint[] NOT NULL DEFAULT '{}',  -- people whose telephones ring now, or one of whom has answered
    choices     bigint[] NOT NULL DEFAULT '{}',  -- tasks to choose from by key
    outcome     text,                            -- what the caller got
    task_id     bigint,                          -- what it has become on the desk
    recording   text,                            -- where the carrier has it
    operator_id bigint,                          -- who talks with the caller
    taken_at    timestamptz,
    answered_at timestamptz,                     -- as the carrier has told, if it tells that
    received_at timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    due_at      timestamptz,                     -- nothing was heard of it for so long that it must have ended
    UNIQUE (carrier, carrier_id),
    CONSTRAINT phone_call_always_ends CHECK ((ended_at IS NULL) = (due_at IS NOT NULL) AND (ended_at IS NULL) = (state <> 'ended')),
    CONSTRAINT phone_call_taken CHECK ((operator_id IS NULL) = (taken_at IS NULL))
);
CREATE INDEX phone_call_due ON phone_call (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX phone_call_person ON phone_call (person_id);
CREATE INDEX phone_call_caller ON phone_call (caller);
