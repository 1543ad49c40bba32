-- The page of who is on duty, people's own rotas by link, and calendars.

-- name: duty_members
-- The members of these groups, those who may be asked first. on_shift: has the person a shift now? $1: groups, $2: now.
SELECT m.group_key AS member_of, p.*,
       p.stopped_at IS NULL AND (p.paused_until IS NULL OR p.paused_until <= $2) AS may_be_asked,
       EXISTS (SELECT FROM shift s WHERE s.group_key = m.group_key AND s.person_id = p.id AND s.starts_at <= $2 AND s.ends_at > $2)
           AS on_shift
FROM group_member m JOIN person p ON p.id = m.person_id
WHERE m.group_key = ANY ($1::text[]) AND p.merged_into IS NULL AND p.erased_at IS NULL
ORDER BY m.group_key, sort_name(p.name) COLLATE "C", p.id;

-- name: duty_with_shifts
-- Those of these groups in which somebody has signed up for a shift that has not ended. $1: groups, $2: now.
SELECT DISTINCT group_key FROM shift WHERE group_key = ANY ($1::text[]) AND ends_at > $2;

-- name: duty_busy
-- Who of these people is on a shift of any group at that time. $1: people, $2: begins, $3: ends.
SELECT DISTINCT person_id FROM shift WHERE person_id = ANY ($1::bigint[]) AND starts_at < $3 AND ends_at > $2;

-- name: feed_of_person
-- The calendar address of a person. $1: the person.
SELECT id, person_id, group_key, made_at FROM calendar_feed WHERE person_id = $1;

-- name: feed_of_group
-- The calendar address of a group. $1: the group.
SELECT id, person_id, group_key, made_at FROM calendar_feed WHERE group_key = $1;

-- name: feed_by_id
-- Whose calendar an address is; no row when it has been renewed, or its person is gone. $1: id.
SELECT f.id, f.person_id, f.group_key, f.made_at, p.language
FROM calendar_feed f LEFT JOIN person p ON p.id = f.person_id
WHERE f.id = $1 AND p.merged_into IS NULL AND p.erased_at IS NULL;

-- name: renew_person_feed
-- A new calendar address for a person; the old one is good for nothing any more. $1: id, $2: the person, $3: now.
INSERT INTO calendar_feed (id, person_id, made_at) VALUES ($1, $2, $3)
ON CONFLICT (person_id) DO UPDATE SET id = EXCLUDED.id, made_at = EXCLUDED.made_at;

-- name: renew_group_feed
-- A new calendar address for a group; the old one is good for nothing any more. $1: id, $2: the group, $3: now.
INSERT INTO calendar_feed (id, group_key, made_at) VALUES ($1, $2, $3)
ON CONFLICT (group_key) DO UPDATE SET id = EXCLUDED.id, made_at = EXCLUDED.made_at;

-- name: merge_feeds
-- The duplicate's calendar address is the kept one's now, when that one has none; else it is good for nothing any more.
-- $1: kept, $2: the duplicate.
UPDATE calendar_feed SET person_id = $1
WHERE person_id = $2 AND NOT EXISTS (SELECT FROM calendar_feed k WHERE k.person_id = $1);

-- name: feed_changes
-- When something about these groups' shifts happened last, by slot. $1: groups, $2: since.
SELECT data ->> 'group' AS group_key, (data ->> 'starts_at')::timestamptz AS starts_at, max(at) AS at
FROM events
WHERE data ? 'group' AND data ->> 'group' = ANY ($1::text[]) AND at > $2 AND kind LIKE 'shift.%' AND data ? 'starts_at'
GROUP BY 1, 2;

-- name: rota_holder
-- Whose shifts a link is about: the person, or the one that a duplicate has become part of; no row for whoever is forgotten.
-- $1: the person.
SELECT k.* FROM person p JOIN person k ON k.id = COALESCE(p.merged_into, p.id)
WHERE p.id = $1 AND k.merged_into IS NULL AND k.erased_at IS NULL;

-- name: duty_history
-- What happened to a group's shifts and rotas, the newest first, without every shift that a rota filled. $1: group, $2: kinds, $3: how many.
SELECT at, kind, person_id, data FROM events
WHERE data ? 'group' AND data ->> 'group' = $1 AND kind = ANY ($2::text[])
  AND NOT (kind = 'shift.taken' AND data ? 'rota')
ORDER BY at DESC, id DESC LIMIT $3;
