-- name: cases_by_id
-- The cases with these ids, as documents.
SELECT doc FROM case_doc WHERE id = ANY($1::bigint[]);

-- name: case_by_code
-- The newest case with this task code.
SELECT doc FROM case_doc WHERE code = $1 ORDER BY id DESC LIMIT 1;

-- name: claim_due
-- Tasks whose deadline has come, oldest first, locked until the transaction ends; other workers pass them over.
SELECT id FROM task WHERE deadline_at <= $1 ORDER BY deadline_at LIMIT $2 FOR UPDATE SKIP LOCKED;

-- name: next_deadline
-- When the next task, shift, rota, look for holes, weekly talk, attempt to reach somebody, visit that is over, loan, call of ours, look
-- at a case system or message is due (messages that wait for an earlier one to the same person are not, as in
-- lease_messages); null when there is none. The worker loops sleep until then.
SELECT (SELECT min(deadline_at) FROM task WHERE deadline_at IS NOT NULL) AS task,
       (SELECT min(GREATEST(due_at, leased_until)) FROM open311_request WHERE due_at IS NOT NULL) AS system,
       (SELECT min(next_at) FROM phone_chat WHERE next_at IS NOT NULL) AS talk,
       (SELECT min(visit_due) FROM task WHERE visit_due IS NOT NULL) AS visit,
       (SELECT min(due_at) FROM contact_attempt WHERE due_at IS NOT NULL) AS attempt,
       (SELECT min(next_at) FROM loan WHERE next_at IS NOT NULL) AS loan,
       (SELECT min(due_at) FROM outgoing_call WHERE due_at IS NOT NULL) AS dial,
       (SELECT due.due_at FROM outbox due
        WHERE due.state IN ('queued', 'failed') AND due.channel <> 'telegram'
          AND (due.always OR NOT EXISTS (
              SELECT FROM outbox earlier WHERE earlier.person_id = due.person_id AND earlier.id < due.id
              AND earlier.state IN ('queued', 'failed', 'sending') AND earlier.attempts <= 3))
        ORDER BY due.due_at LIMIT 1) AS message,
       (SELECT due.due_at FROM outbox due
        WHERE due.state IN ('queued', 'failed') AND due.channel = 'telegram'
          AND (due.always OR NOT EXISTS (
              SELECT FROM outbox earlier WHERE earlier.person_id = due.person_id AND earlier.id < due.id
              AND earlier.state IN ('queued', 'failed', 'sending') AND earlier.attempts <= 3))
        ORDER BY due.due_at LIMIT 1) AS chat,
       (SELECT min(leased_until) FROM outbox WHERE state = 'sending') AS leased,
       (SELECT min(LEAST(next_at, tell_at, off_at)) FROM shift WHERE LEAST(next_at, tell_at, off_at) IS NOT NULL) AS shift,
       (SELECT min(next_at) FROM rota WHERE next_at IS NOT NULL) AS rota,
       (SELECT next_at FROM rota_watch) AS watch,
       (SELECT min(due_at) FROM phone_call WHERE due_at IS NOT NULL) AS phone;

-- name: task_numbers
-- A block of numbers for task codes: from the value given to 499 more.
SELECT nextval('task_number');

-- name: on_duty
-- The members of groups who can be asked at all, with what duty and fairness need. $1: group keys, $2: now, $3: all
-- members, also those who cannot. live_numbers: those of tasks that the person has are below zero.
-- The duty rule itself is dispatch/duty.py; this says whether the group has shifts and whether the person is on one.
SELECT m.group_key, p.*, g.duty,
       EXISTS (SELECT FROM shift s WHERE s.group_key = g.key AND s.ends_at > $2) AS group_has_shifts,
       EXISTS (SELECT FROM shift s WHERE s.group_key = g.key AND s.person_id = p.id AND s.starts_at <= $2 AND s.ends_at > $2)
           AS on_shift,
       ARRAY(SELECT CASE WHEN o.state = 'accepted' THEN -o.number ELSE o.number END FROM offer o
             WHERE o.person_id = p.id AND o.live) AS live_numbers
FROM (
    SELECT person_id, group_key FROM group_member
    -- a service group that no message reaches sees on its page what it is asked
    UNION ALL SELECT a.person_id, a.group_key FROM account a
    WHERE a.role = 'service' AND a.disabled_at IS NULL AND NOT EXISTS (
        SELECT FROM group_member c JOIN person r ON r.id = c.person_id
        WHERE c.group_key = a.group_key AND (r.phone IS NOT NULL OR r.email IS NOT NULL))) m
JOIN groups g ON g.key = m.group_key
JOIN person p ON p.id = m.person_id
WHERE m.group_key = ANY($1::text[])
  AND ($3 OR ((p.phone IS NOT NULL OR p.email IS NOT NULL OR (p.telegram_id IS NOT NULL AND p.chat_blocked_at IS NULL)
               OR 'service' = ANY(p.roles))
              AND p.stopped_at IS NULL AND (p.paused_until IS NULL OR p.paused_until <= $2)))
ORDER BY p.id;

-- name: askable_people
-- The same for single people (fixed contacts, somebody assigned by name). $1: ids, $2: now.
SELECT p.*,
       ARRAY(SELECT o.number FROM offer o WHERE o.person_id = p.id AND o.live) AS live_numbers
FROM person p
WHERE p.id = ANY($1::bigint[])
  AND (p.phone IS NOT NULL OR p.email IS NOT NULL OR (p.telegram_id IS NOT NULL AND p.chat_blocked_at IS NULL))
  AND p.stopped_at IS NULL AND (p.paused_until IS NULL OR p.paused_until <= $2);

-- name: candidate
-- The same for somebody who acts on a page, whether or not a message would reach the person. $1: id.
SELECT p.*,
       ARRAY(SELECT o.number FROM offer o WHERE o.person_id = p.id AND o.live) AS live_numbers
FROM person p WHERE p.id = $1;

-- name: postpone_due
-- Puts off the task whose deadline is longest overdue: it could not be dealt with. $1: now, $2: until.
UPDATE task SET deadline_at = $2, version = version + 1
WHERE id = (SELECT id FROM task WHERE deadline_at <= $1 ORDER BY deadline_at LIMIT 1 FOR UPDATE SKIP LOCKED);
