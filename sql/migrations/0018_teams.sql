-- Tasks that several people do together: who leads them. How many it needs stands in `places`, as before.
-- The release before this one goes on working beside it: it does not read the column.

ALTER TABLE task ADD COLUMN lead bigint;    -- the first who accepted, or whom staff have named
