-- When whoever answers for a task has said that it will be done, and how exactly: 'time', 'by', 'day', a part of the day, or
-- 'on_way'. The release before leaves both as they are.
ALTER TABLE task ADD COLUMN planned_at timestamptz;
ALTER TABLE task ADD COLUMN planned_as text NOT NULL DEFAULT '';

-- For which service group somebody was asked to answer for a task, and whether it has been handed back. The release before asks
-- for no group and marks nothing.
ALTER TABLE offer ADD COLUMN group_key text;
ALTER TABLE offer ADD COLUMN handed_back boolean NOT NULL DEFAULT false;
