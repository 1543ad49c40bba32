-- Ladders as somebody has edited them on the page, over those of the network file. Every version stays; the one with the greatest
-- number is in force. "*" stands for all. How many rows there are says whether a process shows the newest.
CREATE TABLE ladder_edit (
    category text NOT NULL,
    area text NOT NULL,
    urgency text NOT NULL CHECK (urgency IN ('*', 'normal', 'high', 'emergency')),
    hours text NOT NULL CHECK (hours IN ('*', 'holiday', 'weekend', 'night', 'evening', 'office', 'day')),
    number integer NOT NULL CHECK (number > 0),  -- 1, 2, 3 for what this ladder is for: of two who save at once one is told
    steps jsonb CHECK (jsonb_array_length(steps) > 0),  -- as in task.ladder; null: the network file's again, or none
    changed_at timestamptz NOT NULL,
    changed_by bigint REFERENCES person (id) ON DELETE SET NULL,
    PRIMARY KEY (category, area, urgency, hours, number)
);
