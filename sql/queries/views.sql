-- name: list_tasks
-- Cases for a list, oldest first. $1: state or null, $2: area or null, $3: after this position (created_at, id), $4: id,
-- $5: how many.
SELECT c.doc
FROM task t JOIN need n ON n.id = t.need_id JOIN case_doc c ON c.id = t.id
WHERE ($1::text IS NULL OR t.state = $1) AND ($2::text IS NULL OR n.area = $2)
  AND (t.created_at, t.id) > ($3::timestamptz, $4::bigint)
ORDER BY t.created_at, t.id LIMIT $5;

-- name: events_horizon
-- Waits for those who are storing right now, so that no event with a smaller id turns up later. Call inside the
-- transaction that then reads.
SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), 7));

-- name: events_after
-- $1: after this id, $2: how many.
SELECT e.id, e.at, e.kind, t.code AS task, e.data, p.name AS actor_name, p.roles AS actor_roles
FROM events e LEFT JOIN task t ON t.id = e.task_id LEFT JOIN person p ON p.id = e.person_id
WHERE e.id > $1 ORDER BY e.id LIMIT $2;

-- name: task_history
-- Everything that happened to one task, in order.
SELECT e.id, e.at, e.kind, e.data, p.name AS actor_name, p.roles AS actor_roles
FROM events e LEFT JOIN person p ON p.id = e.person_id
WHERE e.task_id = $1 ORDER BY e.id;

-- name: task_events_since
-- What happened to one task after an event, in order; the actor is the member of staff where one acted for somebody.
-- $1: task, $2: the event's id.
SELECT e.id, e.at, e.kind, e.person_id IS NOT NULL AS by_somebody, COALESCE(NULLIF(p.name, ''), p.roles[1]) AS actor_name
FROM events e LEFT JOIN person p ON p.id = COALESCE((e.data ->> 'staff')::bigint, e.person_id)
WHERE e.task_id = $1 AND e.id > $2 ORDER BY e.id;

-- name: task_messages
-- Every message about one task with what became of it.
SELECT o.id, o.kind, o.state, o.channel, o.parts, o.attempts, o.error, o.created_at, o.sent_at, p.name, p.phone
FROM outbox o JOIN person p ON p.id = o.person_id
WHERE o.task_id = $1 ORDER BY o.id;

-- name: counts
-- How many tasks, messages and inbound failures stand in each state, for metrics and the page.
SELECT 'task' AS what, state, count(*) AS n FROM task WHERE deadline_at IS NOT NULL GROUP BY state
UNION ALL SELECT 'message', state, count(*) FROM outbox
          WHERE state IN ('queued', 'failed', 'sending') OR (state IN ('dead', 'to_call') AND handled_at IS NULL)
          GROUP BY state
UNION ALL SELECT 'update', outcome, count(*) FROM inbox WHERE outcome = 'waiting' GROUP BY outcome;
