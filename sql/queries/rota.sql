-- The volunteers' rota: who is on which shift, who is free, and whom a shift's deadline tells what.

-- name: rota_groups
-- The groups of a person. $1: id.
SELECT group_key FROM group_member WHERE person_id = $1 ORDER BY group_key;

-- name: rota_shifts
-- Shifts that have not ended: all of these groups, and the person's own of any group. $1: groups, $2: the person, $3: now.
SELECT id, group_key, person_id, starts_at, ends_at, place, signed_up_at, swap_asked_at, tell_at, stage, next_at, version,
       source, rota_id, off_at
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
SELECT id, group_key, person_id, starts_at, ends_at, place, signed_up_at, swap_asked_at, tell_at, stage, next_at, version,
       source, rota_id, off_at
FROM shift WHERE LEAST(next_at, tell_at, off_at) <= $1 ORDER BY LEAST(next_at, tell_at, off_at) LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: postpone_shift
-- Puts off the shift whose deadline is longest overdue: it could not be dealt with. $1: now, $2: until.
UPDATE shift SET next_at = CASE WHEN next_at <= $1 THEN $2 ELSE next_at END,
       tell_at = CASE WHEN tell_at <= $1 THEN $2 ELSE tell_at END,
       off_at = CASE WHEN off_at <= $1 THEN $2 ELSE off_at END, version = version + 1
WHERE id = (SELECT id FROM shift WHERE LEAST(next_at, tell_at, off_at) <= $1 ORDER BY LEAST(next_at, tell_at, off_at) LIMIT 1
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

-- name: duty_groups
-- Groups that shifts matter to: somebody is or lately was on one, a rota or a hole is there, or only those on shifts are on duty.
-- $1: now, $2: since when.
SELECT key FROM groups WHERE duty = 'signed-up'
UNION SELECT group_key FROM shift WHERE ends_at > $2
UNION SELECT group_key FROM rota WHERE next_at IS NOT NULL
UNION SELECT group_key FROM shift_hole WHERE ends_at > $1;

-- name: duty_shifts
-- The shifts of these groups that end after $2, and those of these people, of any group. $1: groups, $3: people.
SELECT id, group_key, person_id, starts_at, ends_at, place, signed_up_at, swap_asked_at, tell_at, stage, next_at, version,
       source, rota_id, off_at
FROM shift WHERE (group_key = ANY ($1::text[]) OR person_id = ANY ($3::bigint[])) AND ends_at > $2
ORDER BY starts_at, group_key, place, id;

-- name: duty_people
-- People by id. $1: ids.
SELECT * FROM person WHERE id = ANY ($1::bigint[]);

-- name: duty_overrides
-- What single dates need, of shifts that have not ended. $1: groups, $2: now.
SELECT group_key, starts_at, ends_at, needed, extra, set_by, set_at, version
FROM shift_override WHERE group_key = ANY ($1::text[]) AND ends_at > $2;

-- name: duty_rotas
-- Rotas of these groups that have not ended on a day. $1: groups, $2: the day.
SELECT r.id, r.group_key, r.weekdays, r.begins, r.first_on, r.last_on, r.every_days, r.filled_until, r.next_at, r.made_by, r.made_at,
       r.version, (SELECT json_agg(json_build_array(m.turn, m.person_id) ORDER BY m.turn, m.person_id)
                   FROM rota_member m WHERE m.rota_id = r.id) AS members
FROM rota r WHERE r.group_key = ANY ($1::text[]) AND (r.last_on IS NULL OR r.last_on >= $2)
ORDER BY r.made_at, r.id;

-- name: rota_by_id
-- $1: id.
SELECT r.id, r.group_key, r.weekdays, r.begins, r.first_on, r.last_on, r.every_days, r.filled_until, r.next_at, r.made_by, r.made_at,
       r.version, (SELECT json_agg(json_build_array(m.turn, m.person_id) ORDER BY m.turn, m.person_id)
                   FROM rota_member m WHERE m.rota_id = r.id) AS members
FROM rota r WHERE r.id = $1;

-- name: claim_rota
-- The rota that is to fill more shifts, locked until the transaction ends; other workers pass it over. $1: now.
SELECT id FROM rota WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: postpone_rota
-- Puts off the rota that has waited longest: it could not be filled. $1: now, $2: until.
UPDATE rota SET next_at = $2, version = version + 1
WHERE id = (SELECT id FROM rota WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: duty_stand_ins
-- Who stands in for whom in these groups, on a day and later. $1: groups, $2: the day.
SELECT id, group_key, person_id, stand_in_id, first_on, last_on, made_by, made_at
FROM stand_in WHERE group_key = ANY ($1::text[]) AND last_on >= $2 ORDER BY first_on, id;

-- name: stand_in_by_id
-- $1: id.
SELECT id, group_key, person_id, stand_in_id, first_on, last_on, made_by, made_at FROM stand_in WHERE id = $1;

-- name: duty_leads
-- Who leads these areas. $1: areas.
SELECT a.area AS of_area, p.* FROM account a JOIN person p ON p.id = a.person_id
WHERE a.role = 'area-lead' AND a.disabled_at IS NULL AND a.area = ANY ($1::text[]) AND p.stopped_at IS NULL
  AND p.merged_into IS NULL ORDER BY p.id;

-- name: watch_work
-- Is there a rota to fill, or a look to be taken? $1: now.
SELECT EXISTS (SELECT FROM rota WHERE next_at <= $1) OR EXISTS (SELECT FROM rota_watch WHERE next_at <= $1);

-- name: watch_due
-- The look at the shifts, when it is due. $1: now.
SELECT next_at, version FROM rota_watch WHERE next_at <= $1;

-- name: postpone_watch
-- The look cannot be dealt with. $1: now, $2: until.
UPDATE rota_watch SET next_at = $2, version = version + 1 WHERE next_at <= $1;

-- name: watch_now
-- Look at the shifts at once: people have left groups, or are one person, or the network file is another. $1: now.
UPDATE rota_watch SET next_at = LEAST(next_at, $1), version = version + 1;

-- name: duty_holes
-- Holes that are known.
SELECT group_key, starts_at, ends_at, lead_told_at, told_at, bare_told_at FROM shift_hole;

-- name: misplaced_shifts
-- Shifts that have not ended and to which nobody may come: why, says dispatch/coverage.py. $1: now, $2: the network's groups.
SELECT s.id, s.group_key, s.person_id, s.starts_at, s.ends_at, s.place, s.signed_up_at, s.swap_asked_at, s.tell_at, s.stage,
       s.next_at, s.version, s.source, s.rota_id, s.off_at,
       m.person_id IS NOT NULL AS is_member, COALESCE(o.needed = 0, false) AS is_cancelled
FROM shift s JOIN person p ON p.id = s.person_id
LEFT JOIN group_member m ON m.group_key = s.group_key AND m.person_id = s.person_id
LEFT JOIN shift_override o ON o.group_key = s.group_key AND o.starts_at = s.starts_at
WHERE s.ends_at > $1
  AND (s.group_key <> ALL ($2::text[]) OR o.needed = 0 OR p.stopped_at IS NOT NULL OR p.paused_until > s.starts_at
       OR m.person_id IS NULL)
ORDER BY s.starts_at, s.id;

-- name: still_held
-- What somebody has taken and not ended: codes, and the numbers to answer with. $1: the person.
SELECT t.code, o.number FROM offer o JOIN task t ON t.id = o.task_id
WHERE o.person_id = $1 AND o.state = 'accepted' AND t.state IN ('taken', 'underway', 'with_service')
ORDER BY t.created_at, t.id;
