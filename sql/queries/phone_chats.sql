-- Phone chats: who wants to talk, who talks with whom, and whose time has come.

-- name: phone_chat_claim
-- The pair whose time came first, with its people, locked until the transaction ends; other workers pass it over. $1: now.
SELECT json_build_object('chat', row_to_json(c), 'resident', row_to_json(r), 'volunteer', row_to_json(v)) AS doc
FROM phone_chat c JOIN person r ON r.id = c.resident_id JOIN person v ON v.id = c.volunteer_id
WHERE c.id = (SELECT id FROM phone_chat WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: phone_chat_postpone
-- Puts off the pair that is longest overdue: it could not be dealt with. $1: now, $2: until.
UPDATE phone_chat SET next_at = $2, version = version + 1
WHERE id = (SELECT id FROM phone_chat WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: phone_chat_by_id
-- One pair with its people. $1: id.
SELECT json_build_object('chat', row_to_json(c), 'resident', row_to_json(r), 'volunteer', row_to_json(v)) AS doc
FROM phone_chat c JOIN person r ON r.id = c.resident_id JOIN person v ON v.id = c.volunteer_id WHERE c.id = $1;

-- name: phone_chats_of
-- The pairs of these people that have not ended, with their people, locked. $1: ids.
SELECT json_build_object('chat', row_to_json(c), 'resident', row_to_json(r), 'volunteer', row_to_json(v)) AS doc
FROM phone_chat c JOIN person r ON r.id = c.resident_id JOIN person v ON v.id = c.volunteer_id
WHERE c.next_at IS NOT NULL AND (c.resident_id = ANY ($1::bigint[]) OR c.volunteer_id = ANY ($1)) ORDER BY c.id FOR UPDATE OF c;

-- name: phone_chats_shown
-- All pairs that go on, the next first, and those that ended lately. $1: ended since then, $2: how many.
SELECT json_build_object('chat', row_to_json(c), 'resident', row_to_json(r), 'volunteer', row_to_json(v)) AS doc
FROM phone_chat c JOIN person r ON r.id = c.resident_id JOIN person v ON v.id = c.volunteer_id
WHERE c.next_at IS NOT NULL OR c.ended_at > $1
ORDER BY c.next_at IS NULL, COALESCE(c.call_at, c.next_at), c.ended_at DESC LIMIT $2;

-- name: phone_chats_ever
-- Every pair that there has been: who, and whether it goes on; and those who are not to meet, as pairs that have ended.
SELECT resident_id, volunteer_id, next_at IS NOT NULL AS goes_on FROM phone_chat
UNION ALL SELECT person_id, other_id, false FROM kept_apart
UNION ALL SELECT other_id, person_id, false FROM kept_apart;

-- name: phone_chat_open_task
-- Is a coordinator asked about this already? $1: the resident, $2: the reason.
SELECT EXISTS (SELECT FROM task t JOIN need n ON n.id = t.need_id
               WHERE n.resident_id = $1 AND t.human = $2 AND t.state = 'open') AS asked;

-- name: phone_chat_residents
-- Residents who want to talk and have no pair: by a wish that was written down, or by an open request for company. $1: category.
SELECT p.*, w.times, w.interests, w.most, COALESCE(w.created_at, asked.created_at) AS since, asked.code AS task
FROM person p
LEFT JOIN phone_chat_wish w ON w.person_id = p.id AND w.side = 'resident'
LEFT JOIN LATERAL (
    SELECT t.code, t.created_at FROM task t JOIN need n ON n.id = t.need_id
    WHERE n.resident_id = p.id AND n.category = $1 AND t.deadline_at IS NOT NULL AND t.state <> 'done'
    ORDER BY t.created_at LIMIT 1) asked ON true
WHERE (w.person_id IS NOT NULL OR asked.code IS NOT NULL) AND p.merged_into IS NULL AND p.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM phone_chat c WHERE c.resident_id = p.id AND c.next_at IS NOT NULL)
ORDER BY since, p.id;

-- name: phone_chat_volunteers
-- Volunteers who want to talk: by the skill, or by a wish that was written down; with how many pairs they have. $1: the skill.
SELECT p.*, w.times, w.interests, COALESCE(w.most, 1) AS most, COALESCE(w.created_at, p.created_at) AS since, NULL AS task,
       (SELECT count(*) FROM phone_chat c WHERE c.volunteer_id = p.id AND c.next_at IS NOT NULL) AS pairs,
       EXISTS (SELECT FROM phone_chat c WHERE c.volunteer_id = p.id AND c.state = 'asked') AS asked
FROM person p LEFT JOIN phone_chat_wish w ON w.person_id = p.id AND w.side = 'volunteer'
WHERE (w.person_id IS NOT NULL OR $1 = ANY (p.skills)) AND 'volunteer' = ANY (p.roles)
  AND p.merged_into IS NULL AND p.erased_at IS NULL
ORDER BY p.id;

-- name: phone_chat_wish
-- What one person has said about talking; no row when nothing. $1: the person.
SELECT person_id, side, times, interests, most, created_at FROM phone_chat_wish WHERE person_id = $1;

-- name: phone_chat_set_wish
-- Writes it down; since when somebody waits stays. $1: the person, $2: side, $3: times, $4: interests, $5: most pairs, $6: now.
INSERT INTO phone_chat_wish (person_id, side, times, interests, most, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (person_id) DO UPDATE SET side = EXCLUDED.side, times = EXCLUDED.times, interests = EXCLUDED.interests,
    most = EXCLUDED.most;

-- name: phone_chat_drop_wish
-- Does not want to any more. $1: the person.
DELETE FROM phone_chat_wish WHERE person_id = $1 RETURNING person_id;

-- name: phone_chat_merge_self
-- Pairs of the two rows with each other: that was somebody with themselves. $1: kept, $2: the duplicate.
DELETE FROM phone_chat WHERE (resident_id, volunteer_id) IN (($1, $2), ($2, $1));

-- name: phone_chat_merge
-- The duplicate's other pairs. $1: kept, $2: the duplicate.
UPDATE phone_chat SET resident_id = CASE WHEN resident_id = $2 THEN $1 ELSE resident_id END,
       volunteer_id = CASE WHEN volunteer_id = $2 THEN $1 ELSE volunteer_id END, version = version + 1
WHERE resident_id = $2 OR volunteer_id = $2;

-- name: phone_chat_merge_wish
-- The duplicate's wish, unless the kept one has one. $1: kept, $2: the duplicate.
WITH moved AS (UPDATE phone_chat_wish SET person_id = $1
               WHERE person_id = $2 AND NOT EXISTS (SELECT FROM phone_chat_wish WHERE person_id = $1) RETURNING person_id)
DELETE FROM phone_chat_wish WHERE person_id = $2 AND NOT EXISTS (SELECT FROM moved);

-- name: phone_chat_merge_calls
-- Calls to the duplicate. What is being read to either is read anew afterwards, once. $1: kept, $2: the duplicate, $3: now.
UPDATE outgoing_call SET first_id = CASE WHEN first_id = $2 THEN $1 ELSE first_id END,
       second_id = CASE WHEN second_id = $2 THEN $1 ELSE second_id END,
       state = CASE WHEN purpose = 'read_aloud' THEN 'ended' ELSE state END,
       outcome = CASE WHEN purpose = 'read_aloud' AND outcome IS NULL THEN 'cancelled' ELSE outcome END,
       due_at = CASE WHEN purpose = 'read_aloud' THEN NULL ELSE due_at END,
       ended_at = CASE WHEN purpose = 'read_aloud' THEN COALESCE(ended_at, $3::timestamptz) ELSE ended_at END
WHERE first_id = $2 OR second_id = $2;
