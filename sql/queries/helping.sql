-- What helpers' actions look up (dispatch/helper_actions.py), and what they have paid.

-- name: late_just_said
-- Has this helper just said that much of a delay? $1: task, $2: person, $3: minutes, $4: since.
SELECT EXISTS (SELECT FROM events WHERE task_id = $1 AND person_id = $2 AND kind = 'task.delayed'
               AND (data ->> 'minutes')::int = $3 AND at > $4);

-- name: concern_just_told
-- The task of the same concern, when this person has just told it. $1: person, $2: its words, $3: urgency, $4: since.
SELECT t.id FROM need n JOIN task t ON t.need_id = n.id
WHERE n.resident_id = $1 AND n.source = 'concern' AND n.text = $2 AND n.urgency = $3 AND n.created_at > $4 LIMIT 1;

-- name: expense_just_told
-- Has this helper just told of the same expense? $1: task, $2: person, $3: öre, $4: receipt or null, $5: since.
SELECT EXISTS (SELECT FROM expense WHERE task_id = $1 AND person_id = $2 AND amount_ore = $3
               AND receipt IS NOT DISTINCT FROM $4::bigint AND created_at > $5);

-- name: is_of_another_task
-- Is it an attachment of another task than this? $1: attachment, $2: task.
SELECT EXISTS (SELECT FROM attachment WHERE id = $1 AND task_id <> $2);

-- name: next_visits
-- When a task was done, and the days that its need has tasks for. $1: task, $2: need.
SELECT (SELECT max(at) FROM events WHERE task_id = $1 AND kind = 'task.done') AS done_at,
       ARRAY(SELECT occasion FROM task WHERE need_id = $2 AND occasion IS NOT NULL) AS days;

-- name: task_expenses
-- What was paid for a task, in order, with who paid, and the receipt, if there is one and whether it has been fetched. $1: task.
SELECT e.amount_ore, e.over_limit, e.created_at, a.id AS receipt, p.name, p.organisation, a.content IS NOT NULL AS is_fetched
FROM expense e JOIN person p ON p.id = e.person_id LEFT JOIN attachment a ON a.id = e.receipt
WHERE e.task_id = $1 ORDER BY e.created_at, e.id;

-- name: attachment_content
-- A photograph or a voice note that has been fetched. $1: its id.
SELECT kind, mime, content FROM attachment WHERE id = $1 AND content IS NOT NULL;
