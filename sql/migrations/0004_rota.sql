-- The volunteers' rota: which place of a shift somebody has taken, who wants to swap, and when whom is reminded.
-- The release before this one goes on working beside it: columns have defaults, and nothing it uses goes away.

ALTER TABLE shift
    ADD COLUMN version       integer NOT NULL DEFAULT 1,    -- grows with every stored change; guards decisions
    ADD COLUMN place         smallint,                      -- which of the places that are needed, from 1; null: imported
    ADD COLUMN signed_up_at  timestamptz,                   -- by the person; null: imported
    ADD COLUMN swap_asked_at timestamptz,                   -- the person wants a colleague to take it; null: no
    ADD COLUMN tell_at       timestamptz,                   -- colleagues hear of the swap then; null: they have
    ADD COLUMN stage         text NOT NULL DEFAULT 'new' CHECK (stage IN ('new', 'evening', 'hour', 'start', 'done')),
    -- when the person hears the next thing; a row that was imported is due at once, to be planned
    ADD COLUMN next_at       timestamptz DEFAULT '1970-01-01T00:00:00Z',
    ADD CONSTRAINT shift_stage_due CHECK ((stage = 'done') = (next_at IS NULL)),
    -- Nobody is in two places. Imported rows may say otherwise, as they always could.
    ADD CONSTRAINT shift_one_at_a_time
        EXCLUDE USING gist (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (signed_up_at IS NOT NULL);

-- The last place goes to one: who signs up takes the lowest number that is free.
CREATE UNIQUE INDEX shift_place ON shift (group_key, starts_at, place) WHERE place IS NOT NULL;
CREATE INDEX shift_due ON shift (LEAST(next_at, tell_at)) WHERE LEAST(next_at, tell_at) IS NOT NULL;
CREATE INDEX shift_person ON shift (person_id, ends_at);
