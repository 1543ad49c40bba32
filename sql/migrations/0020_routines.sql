-- Paying helpers back (dispatch/settlement.py): where each expense stands, who moved it there last, and why it was refused.
ALTER TABLE expense
    ADD COLUMN state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'approved', 'paid', 'rejected')),
    ADD COLUMN settled_by bigint REFERENCES person (id),
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN paid_how text CHECK (paid_how IN ('swish', 'invoice')),
    ADD COLUMN reason text NOT NULL DEFAULT '',  -- why it was rejected, in staff's words to the helper
    ADD COLUMN receipt_asked_at timestamptz,     -- the helper was asked for the receipt
    ADD CONSTRAINT expense_paid_how CHECK ((state = 'paid') = (paid_how IS NOT NULL));
CREATE INDEX expense_created ON expense (created_at);

-- The routine that a request breaks, so that only the municipality's staff may do it (dispatch/routines.py); null: none.
ALTER TABLE task
    ADD COLUMN routine text,
    ADD COLUMN infected boolean NOT NULL DEFAULT false;  -- nobody goes in: it is left at the door
-- What is bought is expected to cost so much, in öre, when that is known; and somebody in the household is infected.
ALTER TABLE need
    ADD COLUMN expected_ore integer CHECK (expected_ore > 0),
    ADD COLUMN infection boolean NOT NULL DEFAULT false;
-- The last day on which the household counts as infected. No diagnosis.
ALTER TABLE person ADD COLUMN infected_until date;

-- Which words for the door are in use: two open tasks should not share one.
CREATE INDEX task_open_word ON task (code_word) WHERE deadline_at IS NOT NULL;

-- What helpers have ticked of their tasks' checklists (dispatch/hygiene.py): keys of items.
CREATE TABLE checklist_tick (
    task_id bigint NOT NULL REFERENCES task (id),
    person_id bigint NOT NULL REFERENCES person (id),
    items text[] NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (task_id, person_id)
);
CREATE INDEX checklist_tick_person ON checklist_tick (person_id);

-- Things that the centre lends, one row each, and who has them (dispatch/equipment.py).
CREATE TABLE equipment (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    label text NOT NULL DEFAULT '',  -- its number, or what is written on it
    created_at timestamptz NOT NULL,
    retired_at timestamptz           -- not lent any more
);
CREATE TABLE loan (
    id bigint PRIMARY KEY,
    equipment_id bigint NOT NULL REFERENCES equipment (id),
    person_id bigint NOT NULL REFERENCES person (id),
    task_id bigint REFERENCES task (id),
    lent_at timestamptz NOT NULL,
    lent_by bigint REFERENCES person (id),
    due_on date NOT NULL,            -- the local day by which it is back
    returned_at timestamptz,
    stage text CHECK (stage IN ('before', 'after', 'coordinator')),
    next_at timestamptz,             -- when whoever has it is reminded
    version int NOT NULL DEFAULT 1,
    CONSTRAINT loan_stage CHECK ((stage IS NULL) = (next_at IS NULL) AND (returned_at IS NULL OR next_at IS NULL))
);
-- A thing is lent to one at a time: two who lend the last one cannot both have it.
CREATE UNIQUE INDEX loan_out ON loan (equipment_id) WHERE returned_at IS NULL;
CREATE INDEX loan_due ON loan (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX loan_person ON loan (person_id);
