-- Questions that are asked by SMS, such as those of a registration, stand beside those of the chat: a person's instead of a chat's.
-- The release before this one goes on working beside it: it finds chats' rows as before, and never looks for a person's.

ALTER TABLE conversation DROP CONSTRAINT conversation_pkey;
ALTER TABLE conversation ALTER COLUMN chat_id DROP NOT NULL;
ALTER TABLE conversation
    ADD COLUMN person_id bigint REFERENCES person,  -- asked by SMS; null: asked in the chat
    ADD CONSTRAINT conversation_chat UNIQUE (chat_id),
    ADD CONSTRAINT conversation_person UNIQUE (person_id),
    ADD CONSTRAINT conversation_somebodys CHECK ((chat_id IS NULL) <> (person_id IS NULL));
