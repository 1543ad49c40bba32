-- Ladders as somebody has edited them on the page.

-- name: ladder_edits
-- The newest version of each edited ladder, with how many versions there are of all; steps are null when it is the file's again.
SELECT DISTINCT ON (l.category, l.area, l.urgency, l.hours) l.category, l.area, l.urgency, l.hours, l.number, l.steps,
       l.changed_at, p.name, (SELECT count(*) FROM ladder_edit) AS version
FROM ladder_edit l LEFT JOIN person p ON p.id = l.changed_by
ORDER BY l.category, l.area, l.urgency, l.hours, l.number DESC;

-- name: ladder_version
-- How many versions there are of all ladders: it only grows.
SELECT count(*) FROM ladder_edit;

-- name: ladder_history
-- The versions of one ladder, newest first. $1: category, $2: area, $3: urgency, $4: hours.
SELECT l.number, l.steps, l.changed_at, p.name FROM ladder_edit l LEFT JOIN person p ON p.id = l.changed_by
WHERE l.category = $1 AND l.area = $2 AND l.urgency = $3 AND l.hours = $4 ORDER BY l.number DESC LIMIT 50;

-- name: ladder_save
-- One more version; the event's shared lock as in commit_events. $1 to $4: what it is for, $5: number, $6: steps or null, $7: now,
-- $8: by whom, $9: the event's kind.
WITH saved AS (
    INSERT INTO ladder_edit (category, area, urgency, hours, number, steps, changed_at, changed_by)
    VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8) RETURNING number),
guard AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema(), 7)))
INSERT INTO events (at, kind, person_id, data)
SELECT $7, $9, $8, jsonb_build_object('version', number) FROM saved, guard;

-- name: ladder_members
-- How many people each group has whom a step may ask, with the accounts of service groups that no message reaches.
SELECT group_key, count(DISTINCT person_id) AS n FROM (
    SELECT group_key, person_id FROM group_member
    UNION ALL SELECT group_key, person_id FROM account WHERE role = 'service' AND disabled_at IS NULL AND group_key IS NOT NULL) m
GROUP BY group_key;
