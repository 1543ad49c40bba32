-- How it goes with what helpers have promised: who takes, does, gives back, is late, is not heard of. What a coordinator may want to
-- talk about, never a mark; it begins anew when somebody has talked with the helper.

-- name: pattern_of
-- One helper's promises. $1: the person, $2: since. kind: taken, done, withdrawn, late, silent or denied, with how many.
WITH since AS (
    SELECT GREATEST($2::timestamptz, COALESCE(max(e.at), $2)) AS at FROM events e
    WHERE e.kind = 'person.talked_with' AND (e.data ->> 'person')::bigint = $1
), promises AS (
    SELECT CASE e.kind WHEN 'task.withdrawn' THEN 'withdrawn' WHEN 'task.delayed' THEN 'late' ELSE 'taken' END AS kind, e.task_id
    FROM events e, since
    WHERE e.person_id = $1 AND e.at > since.at AND e.kind IN ('task.taken', 'task.assigned', 'task.withdrawn', 'task.delayed')
    UNION ALL
    SELECT 'done', e.task_id FROM events e, since WHERE e.kind = 'task.done' AND (e.data ->> 'by')::bigint = $1 AND e.at > since.at
    UNION ALL
    SELECT 'silent', e.task_id FROM events e, since
    WHERE e.kind = 'taker.silent' AND e.data -> 'people' @> to_jsonb($1::bigint) AND e.at > since.at
    UNION ALL
    SELECT 'denied', o.task_id FROM offer o JOIN events e ON e.task_id = o.task_id AND e.kind = 'task.denied' AND e.at = o.answered_at, since
    WHERE o.person_id = $1 AND o.kind = 'help' AND o.state = 'withdrawn' AND e.at > since.at
)
SELECT kind, count(*) AS n FROM promises GROUP BY kind;

-- name: patterns
-- Helpers whom a coordinator may want to phone: twice not heard of, or said not to have come, or three times given back. $1: since,
-- $2: how many.
WITH talked AS (
    SELECT (e.data ->> 'person')::bigint AS person_id, max(e.at) AS at FROM events e
    WHERE e.kind = 'person.talked_with' GROUP BY 1
), missed AS (
    SELECT (p.value)::bigint AS person_id, e.at, 'missed' AS kind
    FROM events e, jsonb_array_elements_text(e.data -> 'people') p WHERE e.kind = 'taker.silent' AND e.at > $1
    UNION ALL
    SELECT o.person_id, e.at, 'missed' FROM offer o JOIN events e ON e.task_id = o.task_id AND e.at = o.answered_at
    WHERE e.kind = 'task.denied' AND e.at > $1 AND o.kind = 'help' AND o.state = 'withdrawn'
    UNION ALL
    SELECT e.person_id, e.at, 'withdrawn' FROM events e WHERE e.kind = 'task.withdrawn' AND e.at > $1 AND e.person_id IS NOT NULL
)
SELECT p.id, p.name, p.phone, p.organisation, p.area, count(*) FILTER (WHERE m.kind = 'missed') AS missed,
       count(*) FILTER (WHERE m.kind = 'withdrawn') AS withdrawn, max(m.at) AS last_at
FROM missed m JOIN person p ON p.id = m.person_id LEFT JOIN talked t ON t.person_id = m.person_id
WHERE m.at > COALESCE(t.at, '-infinity') AND 'volunteer' = ANY (p.roles) AND p.merged_into IS NULL AND p.erased_at IS NULL
GROUP BY p.id HAVING count(*) FILTER (WHERE m.kind = 'missed') >= 2 OR count(*) FILTER (WHERE m.kind = 'withdrawn') >= 3
ORDER BY missed DESC, last_at DESC LIMIT $2;
