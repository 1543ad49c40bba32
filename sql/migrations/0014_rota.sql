-- The rota beside people's own signing up: staff and repeating rotas put people on shifts, single dates need more or fewer,
-- somebody stands in for somebody, holes are told, and whoever goes off hears what they still have.
-- The release before this one goes on working beside it: new columns have defaults or are empty, and nothing it uses goes away.

-- A group's shifts that repeat: `every_days` days for each turn, from `first_on` on, over and over.
CREATE TABLE rota (
    id           bigint PRIMARY KEY,
    version      integer NOT NULL DEFAULT 1,
    group_key    text NOT NULL REFERENCES groups ON DELETE CASCADE,
    weekdays     smallint[] NOT NULL DEFAULT '{}',      -- ISO, on which the shifts begin; empty: on all
    begins       time,                                  -- local time at which they begin; null: all of the group's shifts
    first_on     date NOT NULL,
    last_on      date,                                  -- null: until somebody ends it
    every_days   smallint NOT NULL CHECK (every_days BETWEEN 1 AND 366),
    filled_until timestamptz NOT NULL,                  -- shifts that begin before this have been filled, and are not again
    next_at      timestamptz,                           -- when it fills more; null: it has ended
    made_by      bigint,
    made_at      timestamptz NOT NULL,
    CHECK (first_on <= last_on)
);
CREATE INDEX rota_due ON rota (next_at) WHERE next_at IS NOT NULL;

-- Who has which turn, from 1.
CREATE TABLE rota_member (
    rota_id   bigint NOT NULL REFERENCES rota ON DELETE CASCADE,
    turn      smallint NOT NULL CHECK (turn >= 1),
    person_id bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (rota_id, turn, person_id)
);
CREATE INDEX rota_member_person ON rota_member (person_id);

-- For a time, one person takes what a rota has for another. Days are local, the last one included.
CREATE TABLE stand_in (
    id          bigint PRIMARY KEY,
    group_key   text NOT NULL REFERENCES groups ON DELETE CASCADE,
    person_id   bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    stand_in_id bigint NOT NULL REFERENCES person ON DELETE CASCADE,
    first_on    date NOT NULL,
    last_on     date NOT NULL,
    made_by     bigint,
    made_at     timestamptz NOT NULL,
    CHECK (first_on <= last_on AND person_id <> stand_in_id),
    CONSTRAINT stand_in_one EXCLUDE USING gist (
        group_key WITH =, person_id WITH =, daterange(first_on, last_on, '[]') WITH &&)
);

-- What one date needs in place of what the network file says.
CREATE TABLE shift_override (
    group_key text NOT NULL REFERENCES groups ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    needed    smallint NOT NULL CHECK (needed BETWEEN 0 AND 100),   -- 0: there is no such shift
    extra     boolean NOT NULL,                                     -- it is no shift of the file's
    set_by    bigint,
    set_at    timestamptz NOT NULL,
    version   integer NOT NULL DEFAULT 1,
    PRIMARY KEY (group_key, starts_at),
    CHECK (starts_at < ends_at)
);

-- Shifts that lack people, of which somebody has been told, or which somebody has left.
CREATE TABLE shift_hole (
    group_key    text NOT NULL REFERENCES groups ON DELETE CASCADE,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    lead_told_at timestamptz,       -- the area's lead
    told_at      timestamptz,       -- the coordinators
    bare_told_at timestamptz,       -- the coordinators, that nobody at all came on
    PRIMARY KEY (group_key, starts_at)
);

-- When the coming shifts are looked at next, for holes and for people who cannot come. One row.
CREATE TABLE rota_watch (
    id      boolean PRIMARY KEY DEFAULT true CHECK (id),
    next_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z',
    version integer NOT NULL DEFAULT 1
);
INSERT INTO rota_watch DEFAULT VALUES;

ALTER TABLE shift
    ADD COLUMN source  text NOT NULL DEFAULT 'self' CHECK (source IN ('self', 'staff', 'rota')),  -- who put the person on it
    ADD COLUMN rota_id bigint REFERENCES rota ON DELETE SET NULL,
    ADD COLUMN off_at  timestamptz,                     -- the person goes off then, and hears what they still have
    ADD COLUMN one_at_a_time boolean NOT NULL DEFAULT true;  -- false: an old import that lay over another
CREATE INDEX shift_next ON shift (LEAST(next_at, tell_at, off_at)) WHERE LEAST(next_at, tell_at, off_at) IS NOT NULL;
CREATE INDEX shift_of_rota ON shift (rota_id) WHERE rota_id IS NOT NULL;

-- Nobody is in two places, whoever put them there. What was imported so before stays as it is.
UPDATE shift s SET one_at_a_time = false
WHERE s.signed_up_at IS NULL AND EXISTS (
    SELECT FROM shift o WHERE o.person_id = s.person_id AND o.id <> s.id AND o.starts_at < s.ends_at AND s.starts_at < o.ends_at);
ALTER TABLE shift DROP CONSTRAINT shift_one_at_a_time;
ALTER TABLE shift ADD CONSTRAINT shift_one_at_a_time
    EXCLUDE USING gist (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (one_at_a_time);
