-- What the service groups' inbox and the signed links read. $1 is the group whose people are meant, null for all service groups:
-- its contacts and members, and whoever has an account for it.

-- name: service_inbox
-- Tasks that the group is asked about and nobody has acknowledged, and those that its people have, danger first, then by what
-- happens next. $2: how many. `seen` is the newest event of each.
WITH theirs AS (
    SELECT o.task_id, bool_or(o.kind = 'acknowledge' AND o.state = 'sent') AS asked, bool_or(o.state = 'accepted') AS held
    FROM offer o
    WHERE o.live AND o.person_id IN (SELECT person_id FROM service_person WHERE $1::text IS NULL OR group_key = $1)
    GROUP BY o.task_id
)
SELECT s.held AND t.state IN ('taken', 'underway', 'with_service') AS held, c.doc,
       (SELECT max(e.id) FROM events e WHERE e.task_id = t.id) AS seen
FROM theirs s
JOIN task t ON t.id = s.task_id
JOIN need n ON n.id = t.need_id
JOIN case_doc c ON c.id = t.id
WHERE (s.asked AND t.state = 'open') OR (s.held AND t.state IN ('taken', 'underway', 'with_service'))
ORDER BY CASE n.urgency WHEN 'emergency' THEN 0 WHEN 'high' THEN 1 ELSE 2 END, t.deadline_at, t.id
LIMIT $2;

-- name: service_done
-- What the group's people have done since $2, newest first, with nothing of the residents. $3: how many.
SELECT t.code, t.state, t.changed_at, n.category, n.area, n.place, p.name, p.organisation
FROM task t
JOIN need n ON n.id = t.need_id
JOIN LATERAL (SELECT o.person_id FROM offer o WHERE o.task_id = t.id AND o.state = 'accepted' ORDER BY o.id LIMIT 1) o ON true
JOIN person p ON p.id = o.person_id
WHERE t.changed_at >= $2
  AND o.person_id IN (SELECT person_id FROM service_person WHERE $1::text IS NULL OR group_key = $1)
  AND ((t.deadline_at IS NULL AND t.state = 'closed') OR (t.deadline_at IS NOT NULL AND t.state = 'done'))
ORDER BY t.changed_at DESC LIMIT $3;

-- name: service_concern
-- Which of these tasks the group's people are or were asked about, or have had. $2: ids.
SELECT DISTINCT o.task_id FROM offer o
WHERE o.task_id = ANY($2::bigint[])
  AND o.person_id IN (SELECT person_id FROM service_person WHERE $1::text IS NULL OR group_key = $1);

-- name: service_people
-- Who belongs to the group.
SELECT DISTINCT person_id FROM service_person WHERE $1::text IS NULL OR group_key = $1;

-- name: service_notes
-- What has been noted about these tasks, and why they were given back, in order. $1: ids.
SELECT e.task_id, e.at, COALESCE(e.data ->> 'text', e.data ->> 'reason') AS text, p.name, p.organisation
FROM events e LEFT JOIN person p ON p.id = COALESCE((e.data ->> 'staff')::bigint, e.person_id)
WHERE e.task_id = ANY($1::bigint[]) AND e.kind IN ('task.noted', 'task.withdrawn', 'offer.declined', 'service.wanted')
  AND COALESCE(e.data ->> 'text', e.data ->> 'reason') IS NOT NULL
ORDER BY e.id;

-- name: offer_of_link
-- The task and the person of a signed link. $1: the offer.
SELECT o.task_id, o.person_id FROM offer o WHERE o.id = $1;

-- name: service_group_of
-- The service group that somebody works for, by membership or by account. $1: the person.
SELECT min(group_key) FROM service_person WHERE person_id = $1;
