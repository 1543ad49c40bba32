-- Residents whom nobody reaches, and helpers who worry.

-- name: attempts_in_vain
-- When somebody tried to reach a resident, and did not, since the resident was heard of: by a message, a call that was answered,
-- or help that came. $1: the resident, $2: since.
SELECT a.at FROM contact_attempt a
WHERE a.person_id = $1 AND NOT a.reached AND a.at > $2
  AND NOT EXISTS (SELECT FROM contact_attempt r WHERE r.person_id = $1 AND r.reached AND r.at > a.at)
  AND NOT EXISTS (SELECT FROM inbox i WHERE i.person_id = $1 AND i.received_at > a.at)
  AND NOT EXISTS (SELECT FROM need n JOIN task t ON t.need_id = n.id
                  WHERE n.resident_id = $1 AND t.state IN ('done', 'closed') AND t.changed_at > a.at)
ORDER BY a.at;

-- name: welfare_check
-- The task by which somebody looks already how a resident is. $1: the resident.
SELECT t.id FROM need n JOIN task t ON t.need_id = n.id
WHERE n.resident_id = $1 AND n.source = 'welfare' AND t.state IN ('open', 'taken', 'underway', 'with_service') LIMIT 1;

-- name: claim_attempt
-- The attempt in vain that was made first and has not been looked at, locked until the transaction ends; other workers pass it
-- over. $1: now.
SELECT id, person_id, task_id, due_at FROM contact_attempt WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: attempt_looked_at
-- $1: the attempt.
UPDATE contact_attempt SET due_at = NULL WHERE id = $1;

-- name: postpone_attempt
-- Puts off the attempt that has waited longest: it could not be dealt with. $1: now, $2: until.
UPDATE contact_attempt SET due_at = $2
WHERE id = (SELECT id FROM contact_attempt WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: concern_threads
-- The confidential threads of a helper that have not ended, the newest first. $1: the helper.
SELECT t.id FROM need n JOIN task t ON t.need_id = n.id
WHERE n.resident_id = $1 AND n.source = 'concern' AND t.deadline_at IS NOT NULL ORDER BY t.created_at DESC;
