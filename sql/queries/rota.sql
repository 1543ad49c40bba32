-- The volunteers' rota: who is on which shift, who is free, and whom a shift's deadline tells what.

-- name: rota_groups
-- The groups of a person. $1: id.
SELECT group_key FROM group_member WHERE person_id = $1 ORDER BY group_key;

-- name: rota_shifts
-- Shifts that have not ended: all of these groups, and the person's own of any group. $1: groups, $2: the person, $3: now.
SELECT id, group_key, person_id, starts_at, ends_at, place, signed_up_at, swap_asked_at, tell_at, stage, next_at, version
FROM shift
WHERE (group_key = ANY ($1::text[]) OR person_id = $2) AND ends_at > $3
ORDER BY starts_at, id;

-- name: shift_group
-- Which group a shift is of; no row when it has been left. $1: id.
SELECT group_key FROM shift WHERE id = $1;

-- name: rota_free
-- Members of a group who could take a shift: on none at that time, neither stopped nor paused then. $1: group, $2: begins,
-- $3: ends, $4: whose it is.
SELECT p.* FROM group_member m JOIN person p ON p.id = m.person_id
WHERE m.group_key = $1 AND p.id <> $4 AND p.merged_into IS NULL AND p.stopped_at IS NULL
  AND (p.paused_until IS NULL OR p.paused_until <= $2)
  AND NOT EXISTS (SELECT FROM shift s WHERE s.person_id = p.id AND s.starts_at < $3 AND s.ends_at > $2)
ORDER BY p.id;

-- name: rota_members
-- The members of a group, whatever they do. $1: group.
SELECT p.* FROM group_member m JOIN person p ON p.id = m.person_id
WHERE m.group_key = $1 AND p.merged_into IS NULL ORDER BY p.id;

-- name: claim_shift
-- The shift whose deadline came first, locked until the transaction ends; other workers pass it over. $1: now.
SELECT id, group_key, person_id, starts_at, ends_at, place, signed_up_at, swap_asked_at, tell_at, stage, next_at, version
FROM shift WHERE LEAST(next_at, tell_at) <= $1 ORDER BY LEAST(next_at, tell_at) LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: postpone_shift
-- Puts off the shift whose deadline is longest overdue: it could not be dealt with. $1: now, $2: until.
UPDATE shift SET next_at = CASE WHEN next_at <= $1 THEN $2 ELSE next_at END,
       tell_at = CASE WHEN tell_at <= $1 THEN $2 ELSE tell_at END, version = version + 1
WHERE id = (SELECT id FROM shift WHERE LEAST(next_at, tell_at) <= $1 ORDER BY LEAST(next_at, tell_at) LIMIT 1
            FOR UPDATE SKIP LOCKED);

-- name: open_work
-- What waits, for whoever goes on a shift: tasks that nobody has taken, those that need a human, and since when the oldest waits.
-- What is put off, or asked about, waits for nobody on the shift. $1: an area, or null for all.
SELECT count(*) FILTER (WHERE NOT w.human) AS open, count(*) FILTER (WHERE w.human) AS human, min(w.created_at) AS since
FROM (
    SELECT t.created_at,
           t.human IS NOT NULL OR (t.step >= 0 AND COALESCE(t.ladder -> t.step::int ->> 'ask' = 'coordinator', false)) AS human
    FROM task t JOIN need n ON n.id = t.need_id
    WHERE t.deadline_at IS NOT NULL AND t.state = 'open' AND t.deadline <> 'held' AND ($1::text IS NULL OR n.area = $1)
) w;
