-- Needs that repeat: what happens on holidays, who is asked first, and visits after which a fixed contact may be proposed.
-- The release before this one goes on working beside it: columns have defaults, and it reads none of them.

ALTER TABLE need ADD COLUMN holidays text CHECK (holidays IN ('skip', 'before', 'after'));  -- null: a day as others

ALTER TABLE task
    ADD COLUMN by_rule     date,         -- the day by the rule, when the occasion has been moved from it
    ADD COLUMN asks_first  bigint,       -- who helped the time before; the fixed contact goes before
    ADD COLUMN visit_due   timestamptz;  -- closed: it is looked at whether a fixed contact is to be proposed; null: it has been
CREATE INDEX task_visit_due ON task (visit_due) WHERE visit_due IS NOT NULL;
