-- name: calls
-- What somebody has to say by telephone: for landlines, for people no SMS reaches, and in place of messages that died. Longest
-- waiting first; whoever did not answer comes last until it is time to try again. $1: now, $2: how many.
SELECT o.id, o.person_id, p.name, p.phone, p.phone_raw, p.language, n.told_by_name, n.told_by_phone, n.area, t.code AS task,
       t.state AS task_state, o.kind, o.params, o.body, o.state, o.error, o.created_at, o.taken_by, s.name AS taken_by_name, o.taken_at,
       o.call_tries, o.call_at, n.source IS NOT DISTINCT FROM 'concern' AS is_confidential
FROM outbox o
JOIN person p ON p.id = o.person_id
LEFT JOIN task t ON t.id = o.task_id
LEFT JOIN need n ON n.id = t.need_id
LEFT JOIN person s ON s.id = o.taken_by
WHERE o.state IN ('dead', 'to_call') AND o.handled_at IS NULL
ORDER BY COALESCE(o.call_at > $1::timestamptz, false), o.id LIMIT $2;

-- name: end_calls
-- What was said to the same person in the same call. $1: the messages, $2: the person, $3: handled at (null: they wait on, free to
-- be taken), $4: by whom, $5: how.
UPDATE outbox SET taken_by = NULL, taken_at = NULL, handled_at = $3, handled_by = $4, handled_how = $5
WHERE id = ANY($1::bigint[]) AND person_id = $2 AND handled_at IS NULL AND state IN ('dead', 'to_call')
RETURNING id, task_id;

-- name: lock_call
-- One of these messages, locked until the transaction ends: one operator after the other looks at who has it. $1: its id.
-- No join: whoever has waited for the lock would see the row as it is now beside the name of who had it before.
SELECT o.id, o.person_id, o.task_id, o.taken_by, (SELECT name FROM person WHERE id = o.taken_by) AS taken_by_name,
       o.taken_at, o.call_tries, o.call_at, o.handled_at IS NOT NULL OR o.state NOT IN ('dead', 'to_call') AS handled
FROM outbox o
WHERE o.id = $1 FOR UPDATE;

-- name: set_call
-- How a call stands from now on. $1: the message, $2: who phones, $3: since when, $4: tries that nobody answered, $5: phone
-- again then, $6: handled at (or null), $7: by whom, $8: how.
UPDATE outbox SET taken_by = $2, taken_at = $3, call_tries = $4, call_at = $5, handled_at = $6, handled_by = $7,
       handled_how = $8
WHERE id = $1;
