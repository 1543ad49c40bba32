-- What the operator's desk reads.

-- name: desk_caller
-- Who it is, with the fixed contact and the newest consent that stands: whoever has the number, else whom the operator has
-- recognised. A merged duplicate's number leads to the one who was kept. $1: the number in E.164 or null, $2: the person's id
-- or null.
SELECT p.id, p.name, p.phone, p.language, p.roles, p.organisation, p.area, p.place, p.address, p.protected, p.notes, p.stopped_at,
       f.name AS fixed_name, f.organisation AS fixed_organisation, f.phone AS fixed_phone,
       c.at AS consent_at, c.how AS consent_how, c.given_by AS consent_given_by
FROM person w
JOIN person p ON p.id = COALESCE(w.merged_into, w.id)
LEFT JOIN person f ON f.id = p.fixed_contact
LEFT JOIN LATERAL (
    SELECT at, how, given_by FROM consent WHERE person_id = p.id AND withdrawn_at IS NULL ORDER BY at DESC LIMIT 1) c ON true
WHERE w.phone = $1 OR w.id = $2 ORDER BY w.phone = $1 DESC NULLS LAST LIMIT 1;

-- name: desk_namesakes
-- Residents by a part of their name, for calls from a number that tells nothing. $1: pattern for ILIKE, $2: how many.
SELECT id, name, phone, area, place, address, protected FROM person
WHERE name ILIKE $1 AND 'resident' = ANY(roles) AND merged_into IS NULL ORDER BY name, id LIMIT $2;

-- name: desk_past
-- What somebody was helped with before, newest first. $1: the person, $2: how many.
SELECT t.code, t.state, t.changed_at, n.category, n.text,
       ARRAY(SELECT h.name FROM offer o JOIN person h ON h.id = o.person_id
             WHERE o.task_id = t.id AND o.state = 'accepted' ORDER BY o.id) AS takers
FROM need n JOIN task t ON t.need_id = n.id
WHERE n.resident_id = $1 AND n.source <> 'concern' AND t.state IN ('done', 'closed', 'cancelled') ORDER BY t.changed_at DESC LIMIT $2;

-- name: desk_holds
-- What somebody has taken and not finished, in case it is a helper who phones. $1: the person.
SELECT t.code, t.state, n.category, n.area, n.place
FROM offer o JOIN task t ON t.id = o.task_id JOIN need n ON n.id = t.need_id
WHERE o.person_id = $1 AND o.state = 'accepted' AND t.state IN ('taken', 'underway', 'with_service')
ORDER BY o.answered_at DESC LIMIT 10;

-- name: desk_same
-- Requests going on that may be the one that is being told, surest first. $1: telephone numbers of the caller and the resident,
-- $2: the address, folded (geo.fold), '' for none, $3: categories, $4: area, $5: the same category and area count when newer
-- than this, $6: how many, $7: the resident, if it is known who it is.
WITH going_on AS (
    SELECT t.id, t.code, t.state, t.created_at, t.human, t.occasion, n.category, n.area, n.place, n.text, n.wanted, n.urgency,
           n.repeats, COALESCE(NULLIF(n.address, ''), r.address) AS address, r.name, r.protected,
           COALESCE(r.phone = ANY($1::text[]) OR n.told_by_phone = ANY($1) OR r.id = $7, false) AS same_phone,
           COALESCE(n.category = ANY($3::text[]) AND n.area = $4 AND t.created_at > $5, false) AS same_kind
    FROM task t JOIN need n ON n.id = t.need_id JOIN person r ON r.id = n.resident_id
    WHERE t.state IN ('asking', 'open', 'taken', 'underway', 'with_service') AND n.source <> 'concern'
), compared AS (
    SELECT g.*, $2 <> '' AND f.folded <> '' AND (
               f.folded = $2 OR f.folded LIKE $2 || ' %' OR (f.folded ~ '[0-9]' AND $2 LIKE f.folded || ' %')) AS same_address
    FROM going_on g, LATERAL (
        -- as geo.fold does, for the letters of Swedish addresses
        SELECT trim(regexp_replace(lower(translate(g.address, 'ÅÄÖÉÜåäöéü', 'aaoeuaaoeu')), '[^a-z0-9]+', ' ', 'g')) AS folded) f
)
SELECT c.*, ARRAY(SELECT COALESCE(NULLIF(h.name, ''), h.organisation) FROM offer o JOIN person h ON h.id = o.person_id
                  WHERE o.task_id = c.id AND o.state = 'accepted' ORDER BY o.id) AS takers
FROM compared c WHERE c.same_phone OR c.same_address OR c.same_kind
ORDER BY c.same_phone DESC, c.same_address DESC, c.created_at DESC, c.id LIMIT $6;

-- name: desk_call
-- The requests of one call that has been stored, in the order in which they were told. $1: the call's form.
SELECT t.id, c.doc
FROM inbox i
JOIN need n ON n.resident_id = i.person_id AND n.created_at = i.received_at AND n.source = 'desk'
JOIN task t ON t.need_id = n.id AND t.created_at = n.created_at
JOIN case_doc c ON c.id = t.id
WHERE i.carrier = 'desk' AND i.carrier_id = $1
ORDER BY (SELECT min(e.id) FROM events e WHERE e.task_id = t.id);

-- name: desk_counts
-- What waits at the desk and for how many, with a mark that changes when a list does. $1: reasons that the inbox is for, $2: now,
-- $3: a call taken before this is taken no more.
SELECT (SELECT count(*) FROM task WHERE deadline_at IS NOT NULL AND human = ANY($1::text[]) AND state = 'open') AS inbox,
       (SELECT hashtext(string_agg(id || ':' || version, ',' ORDER BY id)) FROM task
        WHERE deadline_at IS NOT NULL AND human = ANY($1) AND state IN ('open', 'with_service')) AS inbox_mark,
       (SELECT count(*) FROM (
            SELECT DISTINCT ON (person_id) call_at, taken_at FROM outbox
            WHERE state IN ('dead', 'to_call') AND handled_at IS NULL ORDER BY person_id, id) person
        WHERE (call_at IS NULL OR call_at <= $2) AND (taken_at IS NULL OR taken_at <= $3)) AS calls,
       (SELECT hashtext(string_agg(id || ':' || COALESCE(taken_by, 0) || ':' || call_tries, ',' ORDER BY id)) FROM outbox
        WHERE state IN ('dead', 'to_call') AND handled_at IS NULL) AS calls_mark,
       (SELECT count(*) FROM phone_call WHERE due_at IS NOT NULL AND state = 'ringing' AND operator_id IS NULL) AS phone,
       (SELECT hashtext(string_agg(id || ':' || state || ':' || COALESCE(operator_id, 0) || ':' || urgent || ':' || ringing::text, ','
                                   ORDER BY id)) FROM phone_call
        WHERE due_at IS NOT NULL AND state IN ('ringing', 'recording')) AS phone_mark;

-- name: desk_inbox
-- Messages that a human must read, danger first, then what nobody has taken, longest waiting first. $1: reasons, $2: how many,
-- $3: one task's code, or null for all.
SELECT t.id, t.code, t.state, t.human, n.urgency, n.area, n.category, n.place, n.wanted, n.address, n.source, n.told_by_name, n.told_by_phone,
       r.id AS person_id, r.name, r.phone, r.phone_raw, r.email, r.telegram_id IS NOT NULL AND r.chat_blocked_at IS NULL AS in_chat, r.roles, r.language, r.protected, r.notes, r.stopped_at,
       -- what a helper tells about another task begins with that task's code
       CASE WHEN n.source IN ('expense_over', 'equipment_late') THEN n.text ELSE COALESCE(w.text, n.text) END AS words,
       COALESCE(w.received_at, t.created_at) AS words_at,
       COALESCE(h.at, t.created_at) AS since, o.person_id AS taken_by, o.name AS taken_by_name, o.answered_at AS taken_at,
       (SELECT max(e.id) FROM events e WHERE e.task_id = t.id) AS seen
FROM task t
JOIN need n ON n.id = t.need_id
JOIN person r ON r.id = n.resident_id
LEFT JOIN LATERAL (SELECT i.text, i.received_at FROM inbox i
    WHERE i.task_id = t.id AND i.person_id = r.id ORDER BY i.id DESC LIMIT 1) w ON true
LEFT JOIN LATERAL (SELECT max(e.at) AS at FROM events e
    WHERE e.task_id = t.id AND e.kind IN ('human.needed', 'emergency.received', 'task.denied')) h ON true
LEFT JOIN LATERAL (
    SELECT a.person_id, a.answered_at, p.roles, COALESCE(NULLIF(p.name, ''), NULLIF(p.organisation, ''), p.phone, p.email) AS name
    FROM offer a JOIN person p ON p.id = a.person_id
    WHERE a.task_id = t.id AND a.state = 'accepted' ORDER BY a.answered_at DESC LIMIT 1) o ON true
WHERE t.deadline_at IS NOT NULL AND t.human = ANY($1::text[]) AND ($3::text IS NULL OR t.code = $3)
  AND (t.state = 'open' OR (t.state = 'with_service' AND o.roles && '{operator,coordinator,administrator}'))
ORDER BY n.urgency = 'emergency' DESC, o.person_id IS NOT NULL, since, t.id LIMIT $2;

-- name: desk_files
-- Voice notes and pictures that came with a task's words. $1: the task.
SELECT id, kind, mime, content IS NOT NULL AS is_fetched FROM attachment WHERE task_id = $1 ORDER BY created_at, id;

-- name: desk_talk
-- What was said between the network and one person, both ways, newest first; but what a helper tells in confidence. $1: the person, $2: how many.
SELECT 'in' AS way, i.received_at AS at, i.carrier AS channel, i.outcome AS kind, NULL::jsonb AS params, i.text AS body,
       NULL AS state, t.code, i.id
FROM inbox i LEFT JOIN task t ON t.id = i.task_id LEFT JOIN need n ON n.id = t.need_id
WHERE i.person_id = $1 AND n.source IS DISTINCT FROM 'concern'
UNION ALL
SELECT 'out', o.created_at, o.channel, o.kind, o.params, o.body, o.state, t.code, o.id
FROM outbox o LEFT JOIN task t ON t.id = o.task_id LEFT JOIN need n ON n.id = t.need_id
WHERE o.person_id = $1 AND n.source IS DISTINCT FROM 'concern'
ORDER BY at DESC, way DESC, id DESC LIMIT $2;

-- name: desk_others
-- Somebody's other requests that go on. $1: the person, $2: not this task.
SELECT t.code, t.state, n.category, n.area, n.text, t.created_at
FROM task t JOIN need n ON n.id = t.need_id
WHERE n.resident_id = $1 AND t.id <> $2 AND n.source <> 'concern'
  AND t.state IN ('asking', 'open', 'taken', 'underway', 'with_service')
ORDER BY t.created_at DESC LIMIT 10;
