-- name: sync_groups
-- The groups of the network file. $1: keys, $2: kinds, $3: areas, $4: names, $5: duty rules.
INSERT INTO groups (key, kind, area, name, duty)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (key) DO UPDATE SET kind = EXCLUDED.kind, area = EXCLUDED.area, name = EXCLUDED.name, duty = EXCLUDED.duty
WHERE (groups.kind, groups.area, groups.name, groups.duty)
      IS DISTINCT FROM (EXCLUDED.kind, EXCLUDED.area, EXCLUDED.name, EXCLUDED.duty);

-- name: save_people
-- People from an import or the network file, matched by number; what the file leaves empty stays as it is.
-- $1: JSON array of rows, $2: now. Returns each number with its id and whether anything changed.
INSERT INTO person (id, phone, name, language, roles, organisation, telegram_id, area, skills, languages, created_at)
SELECT x.id, x.phone, x.name, COALESCE(x.language, 'sv'), x.roles, x.organisation, x.telegram_id, x.area, x.skills,
       x.languages, $2
FROM jsonb_to_recordset($1::jsonb) AS x(
    id bigint, phone text, name text, language text, roles text[], organisation text, telegram_id bigint, area text,
    skills text[], languages text[])
ON CONFLICT (phone) DO UPDATE SET
    name = COALESCE(NULLIF(EXCLUDED.name, ''), person.name),
    roles = ARRAY(SELECT DISTINCT r FROM unnest(person.roles || EXCLUDED.roles) AS r ORDER BY r),
    organisation = COALESCE(NULLIF(EXCLUDED.organisation, ''), person.organisation),
    telegram_id = COALESCE(EXCLUDED.telegram_id, person.telegram_id),
    area = COALESCE(EXCLUDED.area, person.area),
    skills = CASE WHEN EXCLUDED.skills = '{}' THEN person.skills ELSE EXCLUDED.skills END,
    turn = person.turn + 1,
    languages = CASE WHEN EXCLUDED.languages = '{}' THEN person.languages ELSE EXCLUDED.languages END
RETURNING COALESCE(merged_into, id) AS id, phone AS contact, xmax = 0 AS is_new;

-- name: save_people_by_email
-- The same for the network file's contacts that are known by an e-mail address alone.
INSERT INTO person (id, email, name, language, roles, organisation, created_at)
SELECT x.id, x.email, x.name, COALESCE(x.language, 'sv'), x.roles, x.organisation, $2
FROM jsonb_to_recordset($1::jsonb) AS x(id bigint, email text, name text, language text, roles text[], organisation text)
ON CONFLICT (email) WHERE email IS NOT NULL DO UPDATE SET
    roles = ARRAY(SELECT DISTINCT r FROM unnest(person.roles || EXCLUDED.roles) AS r ORDER BY r),
    organisation = COALESCE(NULLIF(EXCLUDED.organisation, ''), person.organisation),
    turn = person.turn + 1
RETURNING COALESCE(merged_into, id) AS id, email AS contact, xmax = 0 AS is_new;

-- name: save_members
-- Memberships; those that exist stay. $1: group keys, $2: people's ids, $3: source. Returns how many are new.
WITH added AS (
    INSERT INTO group_member (group_key, person_id, source)
    SELECT DISTINCT x.group_key, x.person_id, $3 FROM unnest($1::text[], $2::bigint[]) AS x(group_key, person_id)
    ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*) FROM added;

-- name: telegram_owner
-- Who has these Telegram accounts already. $1: ids.
SELECT telegram_id, phone FROM person WHERE telegram_id = ANY($1::bigint[]);

-- name: members_by_group
-- How many people each group has.
SELECT group_key, count(*) AS n FROM group_member GROUP BY group_key;

-- name: forget_members
-- Contacts whom the network file no longer names leave their groups. $1: group keys, $2: ids of those who stay.
DELETE FROM group_member m
WHERE m.source = 'file' AND (m.group_key, m.person_id) NOT IN (SELECT * FROM unnest($1::text[], $2::bigint[]));

-- name: active_volunteers
-- How many volunteers an area can count on: of its group or living there, not on standby, not stopped, not paused for more than a
-- month. $1: the area, $2: now.
SELECT count(*) FROM person p
WHERE 'volunteer' = ANY (p.roles) AND p.merged_into IS NULL AND p.erased_at IS NULL AND p.standby_since IS NULL
  AND p.stopped_at IS NULL AND (p.paused_until IS NULL OR p.paused_until <= $2::timestamptz + interval '30 days')
  AND (p.area = $1 OR EXISTS (SELECT FROM group_member m WHERE m.person_id = p.id AND m.group_key = 'area:' || $1));
