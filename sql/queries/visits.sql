-- Visits that are over, and who has helped whom.

-- name: claim_visit
-- The task that was closed first and has not been looked at, locked until the transaction ends; other workers pass it over. $1: now.
SELECT id FROM task WHERE visit_due <= $1 ORDER BY visit_due LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: visit_looked_at
-- $1: the task.
UPDATE task SET visit_due = NULL WHERE id = $1;

-- name: postpone_visit
-- Puts off the visit that has waited longest: it could not be dealt with. $1: now, $2: until.
UPDATE task SET visit_due = $2
WHERE id = (SELECT id FROM task WHERE visit_due <= $1 ORDER BY visit_due LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: visits_together
-- How often a helper has helped a resident, to the end. $1: the resident, $2: the helper.
SELECT count(DISTINCT t.id) FROM need n JOIN task t ON t.need_id = n.id JOIN offer o ON o.task_id = t.id
WHERE n.resident_id = $1 AND t.state = 'closed' AND o.person_id = $2 AND o.kind = 'help' AND o.state = 'accepted';
