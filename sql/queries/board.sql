-- What the board reads. The filters are the same everywhere: $1 what has ended is shown when it changed since, $2 area, $3
-- category, $4 urgency, $5 words (as a pattern for ILIKE), each null for all; $6 leave out residents whose identity is protected.

-- name: board_cards
-- Cases with their column, best first; of each column the first. $7: one column or null, $8: how many of each column, $9: only
-- these tasks or null.
WITH found AS (
    SELECT id, lane,
           CASE WHEN lane = 'done' THEN -extract(epoch FROM changed_at)
                ELSE urgent * 1e11 + extract(epoch FROM deadline_at) END::float8 AS position
    FROM board_task
    WHERE (deadline_at IS NOT NULL OR (deadline_at IS NULL AND changed_at >= $1)) AND (lane <> 'done' OR changed_at >= $1)
      AND ($2::text IS NULL OR area = $2) AND ($3::text IS NULL OR category = $3) AND ($4::text IS NULL OR urgency = $4)
      AND ($5::text IS NULL OR words ILIKE $5) AND NOT ($6 AND protected)
      AND ($7::text IS NULL OR lane = $7) AND ($9::bigint[] IS NULL OR id = ANY($9))
), ranked AS (
    SELECT id, lane, position, row_number() OVER (PARTITION BY lane ORDER BY position, id) AS nth FROM found
)
SELECT r.id, r.lane, r.position, c.doc FROM ranked r JOIN case_doc c ON c.id = r.id WHERE r.nth <= $8
ORDER BY r.lane, r.position, r.id;

-- name: board_counts
-- How many stand in each column.
SELECT lane, count(*) AS n FROM board_task
WHERE (deadline_at IS NOT NULL OR (deadline_at IS NULL AND changed_at >= $1)) AND (lane <> 'done' OR changed_at >= $1)
  AND ($2::text IS NULL OR area = $2) AND ($3::text IS NULL OR category = $3) AND ($4::text IS NULL OR urgency = $4)
  AND ($5::text IS NULL OR words ILIKE $5) AND NOT ($6 AND protected)
GROUP BY lane;

-- name: board_map
-- What is not ended, for the map: where it is, in which column, since when, why it waits for a human. Where a resident lives whose
-- identity is protected is not told. It takes the same filters; $1 leaves nothing out.
SELECT b.code, b.lane, b.area, b.place, b.urgency, b.created_at, t.human,
       CASE WHEN NOT b.protected THEN n.lat END AS lat, CASE WHEN NOT b.protected THEN n.lon END AS lon
FROM board_task b JOIN task t ON t.id = b.id JOIN need n ON n.id = t.need_id
WHERE b.deadline_at IS NOT NULL AND b.lane <> 'done' AND $1::timestamptz IS NOT NULL
  AND ($2::text IS NULL OR b.area = $2) AND ($3::text IS NULL OR b.category = $3) AND ($4::text IS NULL OR b.urgency = $4)
  AND ($5::text IS NULL OR b.words ILIKE $5) AND NOT ($6 AND b.protected)
ORDER BY b.urgent, b.created_at LIMIT 5000;

-- name: board_alerts
-- What else waits for a human: people to phone, as many as 1,000.
SELECT count(DISTINCT person_id) AS calls FROM (
    SELECT person_id FROM outbox WHERE state IN ('dead', 'to_call') AND handled_at IS NULL LIMIT 1000) waiting;

-- name: board_helpers
-- Whom a coordinator may want to ask about a task: those who could be asked now, the area's own first. $1: area, $2: now,
-- $3: how many, $4: leave out those whose identity is protected.
SELECT p.id, p.name, p.phone, p.organisation, p.area, p.skills
FROM person p
WHERE 'volunteer' = ANY(p.roles) AND p.phone IS NOT NULL AND p.stopped_at IS NULL AND p.merged_into IS NULL
  AND (p.paused_until IS NULL OR p.paused_until <= $2) AND NOT ($4 AND p.protected)
ORDER BY p.area IS DISTINCT FROM $1, p.name, p.id LIMIT $3;

-- name: people_called
-- People by what a coordinator writes: a part of the name. $1: pattern for ILIKE, $2: how many, $3: for the lead of this area,
-- who may name its volunteers only; null for others.
SELECT id, name, phone, organisation, area FROM person
WHERE name ILIKE $1 AND merged_into IS NULL AND erased_at IS NULL
  AND ($3::text IS NULL OR (area = $3 AND 'volunteer' = ANY(roles) AND NOT protected)) ORDER BY name, id LIMIT $2;

-- name: board_history
-- What happened to one task, in order, with who did it. $1: the task.
SELECT e.id, e.at, e.kind, e.data, e.person_id, p.name AS actor_name, p.roles AS actor_roles, p.organisation AS actor_organisation,
       s.name AS staff_name
FROM events e LEFT JOIN person p ON p.id = e.person_id LEFT JOIN person s ON s.id = (e.data ->> 'staff')::bigint
WHERE e.task_id = $1 ORDER BY e.id;

-- name: board_messages
-- Every message about one task, both ways, in order of time. $1: the task.
SELECT 'out' AS way, o.id, o.created_at AS at, o.kind, o.params, o.state, o.channel, o.body, o.error, o.attempts,
       o.handled_at IS NOT NULL AS handled, p.id AS person_id, p.name, p.phone, p.language, p.roles
FROM outbox o JOIN person p ON p.id = o.person_id WHERE o.task_id = $1
UNION ALL
SELECT 'in', i.id, i.received_at, i.outcome, NULL, NULL, i.carrier, i.text, NULL, 0, true, p.id, COALESCE(p.name, ''),
       COALESCE(p.phone, i.sender), COALESCE(p.language, 'sv'), COALESCE(p.roles, '{}')
FROM inbox i LEFT JOIN person p ON p.id = i.person_id WHERE i.task_id = $1
ORDER BY at, way, id;

-- name: board_resident
-- What staff know about a resident besides the case: notes, the fixed contact, consent. $1: the person.
SELECT p.notes, f.name AS fixed_name, f.phone AS fixed_phone, f.area AS fixed_area,
       (SELECT max(c.at) FROM consent c WHERE c.person_id = p.id AND c.withdrawn_at IS NULL) AS consent_at
FROM person p LEFT JOIN person f ON f.id = p.fixed_contact WHERE p.id = $1;

-- name: board_others
-- The resident's other tasks that have not ended: is this one a duplicate? $1: the resident, $2: not this task.
SELECT t.code, t.state, n.category, n.text, t.created_at
FROM task t JOIN need n ON n.id = t.need_id
WHERE n.resident_id = $1 AND t.id <> $2 AND t.deadline_at IS NOT NULL AND n.source <> 'concern' ORDER BY t.created_at DESC LIMIT 10;
