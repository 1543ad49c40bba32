-- Attempts to reach a resident in vain, and those that reached them, by which staff learn that somebody must look; and a helper's
-- worry, whose words nobody finds by searching the board.
-- The release before this one goes on working beside it: it reads neither.

CREATE TABLE contact_attempt (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL,                      -- the resident
    at        timestamptz NOT NULL,
    how       text NOT NULL CHECK (how IN ('phone', 'door')),
    reached   boolean NOT NULL,
    by_id     bigint,                               -- who tried; null: nobody knows any more
    task_id   bigint,
    due_at    timestamptz                           -- it is looked at whether somebody must look; null: it has been
);
CREATE INDEX contact_attempt_person ON contact_attempt (person_id, at);
CREATE INDEX contact_attempt_at ON contact_attempt (at);
CREATE INDEX contact_attempt_due ON contact_attempt (due_at) WHERE due_at IS NOT NULL;

CREATE OR REPLACE VIEW board_task AS
SELECT t.id, t.code, t.state, n.area, n.place, n.category, n.urgency, t.created_at, t.changed_at, t.deadline_at, r.protected,
       CASE WHEN n.source = 'concern' THEN t.code
            ELSE concat_ws(' ', t.code, r.name, r.phone, n.text, n.address, n.place) END AS words,
       CASE
           WHEN t.state IN ('done', 'closed', 'cancelled') THEN 'done'
           WHEN t.state = 'taken' THEN 'taken'
           WHEN t.state = 'underway' THEN 'underway'
           WHEN t.state = 'with_service' THEN 'service'
           WHEN t.human IS NOT NULL AND t.state = 'open' THEN 'human'
           WHEN t.state = 'open' AND t.ladder -> t.step::int ->> 'ask' = 'coordinator' THEN 'human'
           ELSE 'open'
       END AS lane,
       CASE n.urgency WHEN 'emergency' THEN 0 WHEN 'high' THEN 1 ELSE 2 END AS urgent
FROM task t JOIN need n ON n.id = t.need_id JOIN person r ON r.id = n.resident_id;
