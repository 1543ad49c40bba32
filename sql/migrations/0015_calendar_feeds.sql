-- Calendars that people and groups subscribe to. The release before this one goes on working beside it.

-- One address a person or a group. Its id is what the address is signed over: a new address is a new id, and the old one is gone.
CREATE TABLE calendar_feed (
    id        bigint PRIMARY KEY,
    person_id bigint UNIQUE REFERENCES person ON DELETE CASCADE,
    group_key text UNIQUE REFERENCES groups ON DELETE CASCADE,
    made_at   timestamptz NOT NULL,
    CHECK ((person_id IS NULL) <> (group_key IS NULL))
);

-- What happened to a group's shifts and rotas, for calendars and the group's page.
CREATE INDEX events_of_groups ON events ((data ->> 'group'), at) WHERE data ? 'group';
