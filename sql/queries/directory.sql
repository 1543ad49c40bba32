-- The people's pages: lists, one person with everything that staff should know, changes, merging.

-- name: directory_page
-- One page of people in the order of names, merged duplicates, erased people and what is no human left out. $1: words to be found, as patterns; $2: digits of a
-- number, or null; $3: role, or null ('staff': any of them); $4: area; $5: skill; $6: language; $7: standing (active, paused,
-- stopped); $8: background check (none, asked, valid, refused, ended, and expiring: within 30 days); $9: now; $10: today; $11: backward?; $12, $13: from
-- this position, name and id; $14: how many; $15: the only area that the reader sees (volunteers, none protected), or null.
WITH found AS NOT MATERIALIZED (
    SELECT p.id, sort_name(p.name) COLLATE "C" AS sort
    FROM person p
    WHERE p.merged_into IS NULL AND p.erased_at IS NULL AND p.system IS NULL
      AND (cardinality($1::text[]) = 0 OR folded(p.name || ' ' || p.organisation || ' ' || COALESCE(p.email, '')) LIKE ALL ($1)
           OR ($2::text IS NOT NULL AND (p.phone LIKE '%' || $2 || '%' OR p.phone_raw LIKE '%' || $2 || '%' OR EXISTS (
               SELECT FROM person m WHERE m.merged_into = p.id AND m.phone LIKE '%' || $2 || '%'))))
      AND ($3::text IS NULL OR $3 = ANY (p.roles)
           OR ($3 = 'staff' AND p.roles && '{operator,coordinator,lead,service,administrator}'))
      AND ($4::text IS NULL OR p.area = $4
           OR EXISTS (SELECT FROM group_member g WHERE g.person_id = p.id AND g.group_key = 'area:' || $4))
      AND ($5::text IS NULL OR $5 = ANY (p.skills))
      AND ($6::text IS NULL OR p.language = $6 OR $6 = ANY (p.languages))
      AND ($7::text IS NULL OR $7 = CASE WHEN p.stopped_at IS NOT NULL THEN 'stopped'
                                         WHEN p.paused_until > $9::timestamptz THEN 'paused' ELSE 'active' END)
      AND ($8::text IS NULL OR $8 = CASE WHEN p.vetting = 'none' AND 'vetted' = ANY (p.skills) THEN 'valid'
                                         WHEN p.vetting = 'valid' AND p.vetted_until < $10::date THEN 'ended'
                                         ELSE p.vetting END
           OR ($8 = 'expiring' AND p.vetting = 'valid' AND p.vetted_until BETWEEN $10 AND $10 + 30))
      AND ($15::text IS NULL OR ('volunteer' = ANY (p.roles) AND NOT p.protected AND (p.area = $15
           OR EXISTS (SELECT FROM group_member g WHERE g.person_id = p.id AND g.group_key = 'area:' || $15))))
), page AS (
    (SELECT * FROM found WHERE NOT $11::boolean AND (sort, id) > ($12, $13::bigint) ORDER BY sort, id LIMIT $14)
    UNION ALL
    (SELECT * FROM found WHERE $11::boolean AND (sort, id) < ($12, $13::bigint) ORDER BY sort DESC, id DESC LIMIT $14)
)
SELECT p.*, (SELECT count(*) FROM offer o JOIN task t ON t.id = o.task_id
             WHERE o.person_id = p.id AND o.state = 'accepted' AND t.state IN ('taken', 'underway', 'with_service')) AS holds
FROM page JOIN person p ON p.id = page.id ORDER BY page.sort, page.id;

-- name: directory_position
-- Where somebody stands in the order of names. $1: id.
SELECT sort_name(name) AS sort FROM person WHERE id = $1;

-- name: directory_words
-- Skills and languages that people have, most frequent first, for the filters.
SELECT * FROM (SELECT 'skill' AS what, s AS word, count(*) AS n FROM person p, unnest(p.skills) AS s
               WHERE p.merged_into IS NULL AND p.erased_at IS NULL GROUP BY s ORDER BY n DESC LIMIT 60) AS skills
UNION ALL
SELECT * FROM (SELECT 'language', l, count(*) AS n FROM person p, unnest(p.language || p.languages) AS l
               WHERE p.merged_into IS NULL AND p.erased_at IS NULL GROUP BY l ORDER BY n DESC LIMIT 60) AS languages
ORDER BY n DESC;

-- name: directory_person
-- One person with all that the page shows besides messages. $1: id.
SELECT p.*, EXISTS (SELECT FROM account a WHERE a.person_id = p.id) AS has_account, f.name AS fixed_name, f.phone AS fixed_phone,
       (SELECT count(*) FROM offer o JOIN task t ON t.id = o.task_id
        WHERE o.person_id = p.id AND o.state = 'accepted' AND t.state IN ('taken', 'underway', 'with_service')) AS holds,
       ARRAY(SELECT g.key FROM group_member m JOIN groups g ON g.key = m.group_key WHERE m.person_id = p.id
             ORDER BY g.kind, g.name) AS group_keys,
       ARRAY(SELECT g.name FROM group_member m JOIN groups g ON g.key = m.group_key WHERE m.person_id = p.id
             ORDER BY g.kind, g.name) AS group_names,
       ARRAY(SELECT m.phone FROM person m WHERE m.merged_into = p.id AND m.phone IS NOT NULL) AS old_phones
FROM person p LEFT JOIN person f ON f.id = p.fixed_contact WHERE p.id = $1;

-- name: directory_contact_of
-- Those whom this person is asked for first. $1: id.
SELECT id, name, phone FROM person WHERE fixed_contact = $1 AND merged_into IS NULL ORDER BY sort_name(name), id LIMIT 50;

-- name: directory_consents
-- What the person has agreed to. $1: id.
SELECT c.at, c.how, c.given_by, c.withdrawn_at, r.name AS recorded_by
FROM consent c LEFT JOIN person r ON r.id = c.recorded_by WHERE c.person_id = $1 ORDER BY c.at DESC LIMIT 50;

-- name: directory_history
-- What passed between us and a person, newest first: messages both ways, what they were asked with the answer, own requests,
-- and what staff changed. $1: id; $2: before this time; $3: how many (and all of the same moment); $4: null, or the only
-- area whose offers the reader may see, and nothing else; $5: also what the person has told in confidence.
WITH who AS MATERIALIZED (SELECT id FROM person WHERE id = $1 OR merged_into = $1),
said AS (SELECT 'in' AS what, i.received_at AS at, t.code, i.text, i.outcome AS kind, NULL::jsonb AS params, i.carrier AS state,
                NULL::timestamptz AS then, NULL::text AS actor
         FROM who JOIN inbox i ON i.person_id = who.id LEFT JOIN task t ON t.id = i.task_id LEFT JOIN need n ON n.id = t.need_id
         WHERE i.received_at < $2 AND $4::text IS NULL AND ($5 OR n.source IS DISTINCT FROM 'concern') ORDER BY i.received_at DESC FETCH FIRST ($3::int) ROWS WITH TIES),
told AS (SELECT 'out', o.created_at, t.code, o.body, o.kind, o.params, CASE WHEN o.handled_at IS NULL THEN o.state ELSE 'called' END,
                o.handled_at, o.channel
         FROM who JOIN outbox o ON o.person_id = who.id LEFT JOIN task t ON t.id = o.task_id LEFT JOIN need n ON n.id = t.need_id
         WHERE o.created_at < $2 AND $4::text IS NULL AND ($5 OR n.source IS DISTINCT FROM 'concern') ORDER BY o.created_at DESC FETCH FIRST ($3::int) ROWS WITH TIES),
asked AS (SELECT 'offer', o.sent_at, t.code, o.note, n.category, NULL::jsonb, o.state, o.answered_at, o.kind
          FROM who JOIN offer o ON o.person_id = who.id JOIN task t ON t.id = o.task_id JOIN need n ON n.id = t.need_id
          WHERE o.sent_at < $2 AND ($4::text IS NULL OR n.area = $4) AND ($5 OR n.source <> 'concern')
          ORDER BY o.sent_at DESC FETCH FIRST ($3::int) ROWS WITH TIES),
needed AS (SELECT 'need', t.created_at, t.code, n.text, n.category, NULL::jsonb, t.state, t.changed_at, n.told_by_name
           FROM who JOIN need n ON n.resident_id = who.id JOIN task t ON t.need_id = n.id
           WHERE t.created_at < $2 AND $4::text IS NULL AND ($5 OR n.source <> 'concern') ORDER BY t.created_at DESC FETCH FIRST ($3::int) ROWS WITH TIES),
changed AS (SELECT 'event', e.at, NULL::text, NULL::text, e.kind, e.data, NULL::text, NULL::timestamptz, p.name
            FROM who JOIN events e ON (e.data ->> 'person')::bigint = who.id
                 AND e.kind IN ('person.added', 'person.changed', 'person.paused', 'person.resumed', 'person.merged',
                                'person.restarted', 'person.talked_with', 'person.registered', 'person.chat_linked', 'person.chat_blocked')
            LEFT JOIN person p ON p.id = e.person_id
            WHERE e.at < $2 AND $4::text IS NULL ORDER BY e.at DESC FETCH FIRST ($3::int) ROWS WITH TIES)
SELECT * FROM (SELECT * FROM said UNION ALL SELECT * FROM told UNION ALL SELECT * FROM asked UNION ALL SELECT * FROM needed
               UNION ALL SELECT * FROM changed) AS together
ORDER BY at DESC FETCH FIRST ($3::int) ROWS WITH TIES;

-- name: directory_lock
-- People who are about to be changed, locked until the transaction ends, in the order of ids. $1: ids.
SELECT p.*, EXISTS (SELECT FROM account a WHERE a.person_id = p.id) AS has_account
FROM person p WHERE p.id = ANY ($1::bigint[]) ORDER BY p.id FOR UPDATE OF p;

-- name: directory_owner
-- Who has a number or an address; a merged duplicate's belongs to whom it became part of. $1: number, $2: address.
SELECT w.id AS row_id, w.phone, w.email, p.id, p.name FROM person w JOIN person p ON p.id = COALESCE(w.merged_into, w.id)
WHERE w.phone = $1 OR w.email = $2;

-- name: directory_add
-- Somebody new. $1: id, $2: now. What else is known follows by directory_save.
INSERT INTO person (id, created_at) VALUES ($1, $2);

-- name: directory_save
-- What staff have changed. Whoever decides on the person as it was is refused. $1: id, $2: the columns as JSON.
UPDATE person p SET name = x.name, phone = x.phone, email = x.email, telegram_id = x.telegram_id, language = x.language,
       languages = x.languages, roles = x.roles, organisation = x.organisation, area = x.area, place = x.place,
       address = x.address, skills = x.skills, daily_limit = x.daily_limit, notes = x.notes, protected = x.protected,
       vetting = x.vetting, vetted_until = x.vetted_until, fixed_contact = x.fixed_contact, paused_until = x.paused_until,
       stopped_at = x.stopped_at, helped_total = x.helped_total, asked_total = x.asked_total, asked_today = x.asked_today,
       asked_on = x.asked_on, asked_at = x.asked_at, created_at = x.created_at, available = x.available, avoids = x.avoids,
       standby_since = x.standby_since, chat_blocked_at = x.chat_blocked_at, lat = x.lat, lon = x.lon,
       travels = x.travels, vetted_on = x.vetted_on, vetting_source = x.vetting_source, vetting_told = x.vetting_told,
       infected_until = x.infected_until, turn = p.turn + 1
FROM jsonb_to_record($2::jsonb) AS x(
    name text, phone text, email text, telegram_id bigint, language text, languages text[], roles text[], organisation text,
    area text, place text, address text, skills text[], daily_limit smallint, notes text, protected boolean, vetting text,
    vetted_until date, fixed_contact bigint, paused_until timestamptz, stopped_at timestamptz, helped_total int,
    asked_total int, asked_today smallint, asked_on date, asked_at timestamptz, created_at timestamptz, available text[],
    avoids text[], standby_since timestamptz, chat_blocked_at timestamptz, lat float8, lon float8, travels text, vetted_on date,
    vetting_source text, vetting_told date, infected_until date)
WHERE p.id = $1;

-- name: directory_set_contact
-- A merged duplicate gives its number or address up, or gets the one that was given up for it. $1: id, $2: number, $3: address.
UPDATE person SET phone = $2, email = $3, turn = turn + 1 WHERE id = $1;

-- name: directory_record
-- What staff did to a person's row; the shared lock as in commit_events. $1: at, $2: kind, $3: by, $4: data.
WITH guard AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema(), 7)))
INSERT INTO events (at, kind, person_id, data) SELECT $1::timestamptz, $2::text, $3::bigint, $4::jsonb FROM guard;

-- name: directory_join_area
-- A volunteer is asked with the own area's group. $1: person, $2: the area left, or null, $3: the area, or null.
WITH gone AS (DELETE FROM group_member WHERE person_id = $1 AND group_key = 'area:' || $2 AND $2 IS DISTINCT FROM $3)
INSERT INTO group_member (group_key, person_id, source) SELECT g.key, $1, 'import' FROM groups g WHERE g.key = 'area:' || $3
ON CONFLICT DO NOTHING;

-- name: directory_leave_groups
-- Whoever is no volunteer any more is asked with no group of volunteers. $1: person.
DELETE FROM group_member m USING groups g
WHERE m.person_id = $1 AND g.key = m.group_key AND g.kind IN ('area', 'regulars', 'emergency', 'weekend');

-- name: directory_pause
-- Not asked until then, or again ($2 null). $1: id, $2: until.
UPDATE person SET paused_until = $2, turn = turn + 1 WHERE id = $1 AND merged_into IS NULL AND erased_at IS NULL RETURNING id;

-- name: directory_restart
-- STOPP is ended. $1: id.
UPDATE person SET stopped_at = NULL, turn = turn + 1
WHERE id = $1 AND stopped_at IS NOT NULL AND erased_at IS NULL RETURNING id;

-- name: directory_tasks
-- Tasks on the board that name this person: as resident, or as one who was asked. $1: id, $2: ended ones since.
SELECT t.id FROM need n JOIN task t ON t.need_id = n.id
WHERE n.resident_id = $1 AND (t.deadline_at IS NOT NULL OR t.changed_at >= $2)
UNION SELECT t.id FROM offer o JOIN task t ON t.id = o.task_id
WHERE o.person_id = $1 AND (t.deadline_at IS NOT NULL OR t.changed_at >= $2);

-- name: merge_counts
-- What would move with a duplicate. $1: its id.
SELECT (SELECT count(*) FROM need WHERE resident_id = $1) AS needs, (SELECT count(*) FROM offer WHERE person_id = $1) AS offers,
       (SELECT count(*) FROM inbox WHERE person_id = $1) + (SELECT count(*) FROM outbox WHERE person_id = $1) AS messages;

-- name: merge_clashes
-- Questions to both that cannot stand beside each other: the same number is alive, or it is the same task. $1: kept, $2: duplicate.
SELECT a.number, a.id AS kept_offer, a.state AS kept_state, ta.code AS kept_code,
       b.id AS offer, b.state, tb.code, a.task_id = b.task_id AS same_task
FROM offer a JOIN task ta ON ta.id = a.task_id
JOIN offer b ON b.person_id = $2 AND b.live AND (b.number = a.number OR b.task_id = a.task_id)
JOIN task tb ON tb.id = b.task_id
WHERE a.person_id = $1 AND a.live ORDER BY a.id;

-- name: merge_end_offers
-- Questions that the other one's take the place of. $1: ids.
UPDATE offer SET live = false, state = CASE WHEN state = 'sent' THEN 'superseded' ELSE state END WHERE id = ANY ($1::bigint[]);

-- name: merge_tasks
-- Whoever is deciding on a task that names one of these people right now decides again. $1: ids. Returns the tasks.
UPDATE task t SET version = t.version + 1
WHERE t.deadline_at IS NOT NULL AND (t.need_id IN (SELECT n.id FROM need n WHERE n.resident_id = ANY ($1::bigint[]))
                                     OR t.id IN (SELECT o.task_id FROM offer o WHERE o.person_id = ANY ($1::bigint[])))
RETURNING t.id;

-- name: merge_rows
-- Requests, questions, messages, consents, pictures, expenses, checks, whom they are not to meet, what is being asked by SMS (the kept one's goes on when both are
-- asked something), and whose fixed contact it is. $1: kept, $2: the duplicate.
WITH needs AS (UPDATE need SET resident_id = $1 WHERE resident_id = $2),
offers AS (UPDATE offer SET person_id = $1 WHERE person_id = $2),
said AS (UPDATE inbox SET person_id = $1 WHERE person_id = $2),
told AS (UPDATE outbox SET person_id = $1 WHERE person_id = $2),
agreed AS (UPDATE consent SET person_id = $1 WHERE person_id = $2),
shown AS (UPDATE attachment SET person_id = $1 WHERE person_id = $2),
paid AS (UPDATE expense SET person_id = $1 WHERE person_id = $2),
doubly AS (DELETE FROM checklist_tick d WHERE d.person_id = $2 AND EXISTS (
    SELECT FROM checklist_tick k WHERE k.person_id = $1 AND k.task_id = d.task_id)),
ticked AS (UPDATE checklist_tick d SET person_id = $1 WHERE d.person_id = $2 AND NOT EXISTS (
    SELECT FROM checklist_tick k WHERE k.person_id = $1 AND k.task_id = d.task_id)),
lent AS (UPDATE loan SET person_id = $1, version = version + 1 WHERE person_id = $2),
phoned AS (UPDATE phone_call SET person_id = $1 WHERE person_id = $2),
tried AS (UPDATE contact_attempt SET person_id = $1 WHERE person_id = $2),
contacts AS (UPDATE person SET fixed_contact = $1, turn = turn + 1 WHERE fixed_contact = $2 AND id <> $1 AND id <> $2),
dropped AS (DELETE FROM conversation WHERE person_id = $2 AND EXISTS (SELECT FROM conversation WHERE person_id = $1)),
talks AS (UPDATE conversation SET person_id = $1
          WHERE person_id = $2 AND NOT EXISTS (SELECT FROM conversation WHERE person_id = $1)),
checks AS (UPDATE vetting_entry SET person_id = $1 WHERE person_id = $2),
apart AS (DELETE FROM kept_apart WHERE person_id = $2 OR other_id = $2 RETURNING *),
kept_apart AS (
    INSERT INTO kept_apart (person_id, other_id, told_by, created_at)
    SELECT person, other, told_by, created_at
    FROM (SELECT CASE person_id WHEN $2 THEN $1 ELSE person_id END AS person,
                 CASE other_id WHEN $2 THEN $1 ELSE other_id END AS other, told_by, created_at FROM apart) moved
    WHERE person <> other ON CONFLICT DO NOTHING),
earlier AS (UPDATE person SET merged_into = $1 WHERE merged_into = $2)
SELECT 1;

-- name: merge_groups
-- Groups that the duplicate is in. $1: kept, $2: the duplicate.
INSERT INTO group_member (group_key, person_id, source) SELECT group_key, $1, source FROM group_member WHERE person_id = $2
ON CONFLICT (group_key, person_id) DO UPDATE SET source = 'import' WHERE EXCLUDED.source = 'import';

-- name: merge_leave
-- The duplicate leaves its groups, and those of its shifts that the kept one has too, or cannot be on beside its own.
-- $1: kept, $2: the duplicate.
WITH groups_left AS (DELETE FROM group_member WHERE person_id = $2)
DELETE FROM shift s USING shift k
WHERE s.person_id = $2 AND k.person_id = $1
  AND (k.group_key = s.group_key OR (k.one_at_a_time AND s.one_at_a_time))
  AND tstzrange(k.starts_at, k.ends_at) && tstzrange(s.starts_at, s.ends_at);

-- name: merge_shifts
-- The other shifts. $1: kept, $2: the duplicate.
UPDATE shift SET person_id = $1, version = version + 1 WHERE person_id = $2;

-- name: merge_rotas
-- Turns of rotas, and who stands in for whom; what the kept one has already, or would be for themself, goes. $1: kept, $2: the duplicate.
WITH turns AS (
    INSERT INTO rota_member (rota_id, turn, person_id) SELECT rota_id, turn, $1 FROM rota_member WHERE person_id = $2
    ON CONFLICT DO NOTHING),
left_over AS (DELETE FROM rota_member WHERE person_id = $2),
clashing AS (
    DELETE FROM stand_in s
    WHERE (s.person_id = $2 AND (s.stand_in_id = $1 OR EXISTS (
              SELECT FROM stand_in k WHERE k.person_id = $1 AND k.group_key = s.group_key AND k.first_on <= s.last_on
                 AND s.first_on <= k.last_on)))
       OR (s.stand_in_id = $2 AND s.person_id = $1) RETURNING s.id)
UPDATE stand_in s SET person_id = CASE s.person_id WHEN $2 THEN $1 ELSE s.person_id END,
       stand_in_id = CASE s.stand_in_id WHEN $2 THEN $1 ELSE s.stand_in_id END
WHERE (s.person_id = $2 OR s.stand_in_id = $2) AND s.id NOT IN (SELECT id FROM clashing);

-- name: merge_close
-- The duplicate's own row from now on: it only leads to the kept one. $1: its id, $2: kept, $3: number, $4: address and
-- $5: Telegram account that stay with it, so that what is written from there finds the kept one.
UPDATE person SET merged_into = $2, phone = $3, email = $4, telegram_id = $5, fixed_contact = NULL,
       asked_total = asked_total + 1, turn = turn + 1
WHERE id = $1 AND merged_into IS NULL RETURNING id;
