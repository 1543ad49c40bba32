-- Chat: updates wait in the inbox until they are dealt with, conversations and what stands in chats are rows, and what
-- volunteers say about themselves, spend and photograph is kept.
-- The release before this one goes on working beside it: columns have defaults, and nothing it uses goes away.

-- An update from a chat is stored as it came before it is acknowledged, with the outcome 'waiting'.
ALTER TABLE inbox
    ADD COLUMN raw     jsonb,                       -- as it came; null once it has been dealt with
    ADD COLUMN chat_id bigint,                      -- one chat's updates are dealt with one after the other
    ADD COLUMN tries   smallint NOT NULL DEFAULT 0,
    ADD COLUMN due_at  timestamptz;                 -- not before; null: at once
CREATE INDEX inbox_waiting ON inbox (chat_id, id) WHERE outcome = 'waiting';
CREATE INDEX inbox_waiting_order ON inbox (id) WHERE outcome = 'waiting';

ALTER TABLE person
    ADD COLUMN chat_blocked_at timestamptz,                    -- the bot may not write to this person any more
    ADD COLUMN standby_since   timestamptz,                    -- not needed yet: asked when the area's others have been
    ADD COLUMN available       text[] NOT NULL DEFAULT '{}',   -- weekdays, evenings, weekends; empty: any time
    ADD COLUMN avoids          text[] NOT NULL DEFAULT '{}',   -- 'category:pet', 'place:Bunn': asked last about these
    ADD COLUMN erased_at       timestamptz;                    -- the person has asked to be forgotten: nothing is left but the row

ALTER TABLE outbox
    DROP CONSTRAINT outbox_channel_check,
    ADD CONSTRAINT outbox_channel_check CHECK (channel IN ('sms', 'call', 'email', 'telegram'));

-- What somebody is being asked in a chat, such as the questions of a registration. One at a time.
CREATE TABLE conversation (
    chat_id    bigint PRIMARY KEY,
    flow       text NOT NULL,                       -- register, receipt, concern …
    step       text NOT NULL,
    data       jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL
);

-- Group chats, and topics in them, that get tasks: an area's volunteers, or the coordinators on duty.
CREATE TABLE group_chat (
    chat_id   bigint NOT NULL,
    topic_id  bigint NOT NULL DEFAULT 0,            -- 0: the chat itself
    purpose   text NOT NULL CHECK (purpose IN ('area', 'duty')),
    area      text CHECK ((purpose = 'area') = (area IS NOT NULL)),
    linked_at timestamptz NOT NULL,
    linked_by bigint,
    left_at   timestamptz,                          -- the bot was put out, or somebody ended it
    PRIMARY KEY (chat_id, topic_id)
);

-- What stands in chats and must be kept true: the message of an offer in its person's chat, a task's post in a group.
-- A row goes when its task has ended and the message says so.
CREATE TABLE chat_message (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat_id    bigint NOT NULL,
    topic_id   bigint NOT NULL DEFAULT 0,
    message_id bigint,                              -- null: about to be sent
    task_id    bigint NOT NULL,
    offer_id   bigint,                              -- null: a group's post
    version    integer NOT NULL,                    -- of the task, as the message shows it
    shows      text NOT NULL DEFAULT '',            -- a fingerprint of its words and buttons
    due_at     timestamptz NOT NULL,                -- not touched before
    tries      smallint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX chat_message_place ON chat_message (chat_id, message_id) WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX chat_message_post ON chat_message (task_id, chat_id, topic_id) WHERE offer_id IS NULL;
CREATE INDEX chat_message_offer ON chat_message (offer_id) WHERE offer_id IS NOT NULL;
CREATE INDEX chat_message_task ON chat_message (task_id);
CREATE INDEX chat_message_due ON chat_message (due_at);

-- Photographs and voice notes. `content` is fetched from the carrier afterwards, so that it can be seen without it.
CREATE TABLE attachment (
    id         bigint PRIMARY KEY,
    task_id    bigint NOT NULL,
    person_id  bigint NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('photo', 'voice')),
    carrier    text NOT NULL,
    file_id    text NOT NULL,                       -- the carrier's name for it
    mime       text NOT NULL,
    size       integer NOT NULL DEFAULT 0,          -- bytes, as the carrier says
    content    bytea,
    created_at timestamptz NOT NULL,
    due_at     timestamptz,                         -- to be fetched then; null: done, or given up
    tries      smallint NOT NULL DEFAULT 0
);
CREATE INDEX attachment_due ON attachment (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX attachment_task ON attachment (task_id);

-- What a helper has paid for a resident (domain.md, Money). Never a card or a PIN.
CREATE TABLE expense (
    id         bigint PRIMARY KEY,
    task_id    bigint NOT NULL REFERENCES task,
    person_id  bigint NOT NULL REFERENCES person,
    amount_ore integer NOT NULL CHECK (amount_ore > 0),
    over_limit boolean NOT NULL DEFAULT false,      -- more than the network allows: a coordinator has been told
    receipt    bigint,                              -- an attachment
    created_at timestamptz NOT NULL
);
CREATE INDEX expense_task ON expense (task_id);
CREATE INDEX expense_person ON expense (person_id);

-- What has happened to a person's own row, now also in the chat.
CREATE INDEX events_about_person_in_chat ON events (((data ->> 'person')::bigint), id)
    WHERE kind IN ('person.added', 'person.changed', 'person.paused', 'person.resumed', 'person.merged', 'person.restarted',
                   'person.registered', 'person.chat_linked', 'person.chat_blocked');
DROP INDEX events_about_person;
ALTER INDEX events_about_person_in_chat RENAME TO events_about_person;
