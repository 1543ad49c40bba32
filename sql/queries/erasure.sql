-- Erasure: what says who somebody was goes, rows that only count stay. The inbox, the outbox and the events have no foreign keys
-- (deploy/adr/0004), so that every table is walked by hand; tests/acceptance/test_erasure.py searches all of them afterwards.

-- name: erase_people
-- Somebody with the merged duplicates that lead to the same person, locked in the order of ids. $1: the id of any of them.
SELECT p.id, p.merged_into, p.name, p.phone, p.telegram_id, p.erased_at,
       EXISTS (SELECT FROM account a WHERE a.person_id = p.id AND a.disabled_at IS NULL) AS has_account
FROM person p JOIN (SELECT COALESCE(merged_into, id) AS id FROM person WHERE id = $1) kept
     ON p.id = kept.id OR p.merged_into = kept.id
ORDER BY p.id FOR UPDATE OF p;

-- name: erase_tasks
-- Tasks about these people: their own, and others' worries about them; and worries of their own about others, which stay theirs to
-- be answered until they have ended (`stays`). $1: ids.
WITH own AS (
    SELECT t.id, n.source = 'concern' AND t.deadline_at IS NOT NULL AS stays
    FROM task t JOIN need n ON n.id = t.need_id WHERE n.resident_id = ANY ($1::bigint[]))
SELECT id, stays FROM own
UNION SELECT c.id, false FROM own JOIN events e ON e.task_id = own.id AND e.kind = 'concern.reported'
JOIN task c ON c.code = e.data ->> 'code' AND c.created_at = e.at;

-- name: erase_ties
-- Groups, coming shifts, who stands in, calendar addresses, consents, wishes to talk, whom they are not to meet, how their check
-- has stood, why they were not paid back, calls that have not begun, chats, and whose fixed contact it is. Past shifts stay: they count. So do turns of
-- rotas, by an id that is nobody any more: the others' weeks do not move. Messages of offers that stand
-- in their chat are made anew once more, to say nothing of anybody. $1: ids, $2: now, $3: their accounts in the chat.
WITH groups_left AS (DELETE FROM group_member WHERE person_id = ANY ($1::bigint[])),
shifts AS (DELETE FROM shift WHERE person_id = ANY ($1) AND ends_at > $2),
stands AS (DELETE FROM stand_in WHERE person_id = ANY ($1) OR stand_in_id = ANY ($1)),
feeds AS (DELETE FROM calendar_feed WHERE person_id = ANY ($1)),
consents AS (DELETE FROM consent WHERE person_id = ANY ($1)),
talks AS (DELETE FROM conversation WHERE chat_id = ANY ($3::bigint[]) OR person_id = ANY ($1)),
wishes AS (DELETE FROM phone_chat_wish WHERE person_id = ANY ($1)),
apart AS (DELETE FROM kept_apart WHERE person_id = ANY ($1) OR other_id = ANY ($1)),
checks AS (DELETE FROM vetting_entry WHERE person_id = ANY ($1)),
lent AS (UPDATE loan SET stage = NULL, next_at = NULL, version = version + 1
         WHERE person_id = ANY ($1) AND next_at IS NOT NULL),
ticked AS (DELETE FROM checklist_tick WHERE person_id = ANY ($1)),
refused AS (UPDATE expense SET reason = '' WHERE person_id = ANY ($1) AND reason <> ''),
calls AS (UPDATE outgoing_call SET state = 'ended', outcome = 'cancelled', due_at = NULL, ended_at = $2
          WHERE state = 'queued' AND (first_id = ANY ($1) OR second_id = ANY ($1))),
unsent AS (DELETE FROM chat_message WHERE chat_id = ANY ($3) AND (offer_id IS NULL OR message_id IS NULL)),
shown AS (UPDATE chat_message SET version = -1, shows = '', due_at = $2
          WHERE chat_id = ANY ($3) AND offer_id IS NOT NULL AND message_id IS NOT NULL),
tried AS (DELETE FROM contact_attempt WHERE person_id = ANY ($1)),
linked AS (UPDATE group_chat SET linked_by = NULL WHERE linked_by = ANY ($1) OR linked_by = ANY ($3))
UPDATE person SET fixed_contact = NULL, turn = turn + 1 WHERE fixed_contact = ANY ($1) AND id <> ALL ($1);

-- name: erase_needs
-- The words of requests about them, of what was answered to them, and their name and number where they asked for somebody else; what case
-- systems call them.
-- Category, area and times stay. $1: ids, $2: numbers, $3: tasks about them.
WITH told AS (
    UPDATE need SET told_by_name = '', told_by_phone = NULL
    WHERE told_by_phone = ANY ($2::text[]) AND id NOT IN (SELECT need_id FROM task WHERE id = ANY ($3::bigint[]))),
notes AS (
    UPDATE offer o SET note = '', live = o.live AND o.person_id <> ALL ($1::bigint[])
    WHERE o.person_id = ANY ($1) OR o.task_id = ANY ($3)),
asked AS (UPDATE task SET choices = '[]' WHERE id = ANY ($3)),
systems AS (UPDATE open311_request SET service_request_id = NULL, token = NULL, heard = NULL, error = NULL, due_at = NULL,
                state = CASE WHEN due_at IS NULL THEN state ELSE 'ended' END WHERE task_id = ANY ($3))
UPDATE need SET text = '', address = '', place = NULL, wanted = NULL, told_by_name = '', told_by_phone = NULL, repeats = NULL,
    lat = NULL, lon = NULL, located = NULL, from_area = NULL, from_place = NULL, from_address = '', from_lat = NULL,
    from_lon = NULL, requires = '{}', infection = false
WHERE id IN (SELECT need_id FROM task WHERE id = ANY ($3));

-- name: erase_inbox
-- What they wrote, and what others wrote about their requests. What waits in the inbox has been dealt with by this. The carrier's
-- id stays, so that what it delivers again is known. $1: ids, $2: numbers, $3: accounts in the chat, $4: tasks about them.
WITH found AS (
    SELECT i.id, COALESCE(i.person_id = ANY ($1::bigint[]), i.sender = ANY ($2) OR i.chat_id = ANY ($3), false) AS theirs
    FROM inbox i
    WHERE i.person_id = ANY ($1) OR i.sender = ANY ($2::text[]) OR i.chat_id = ANY ($3::bigint[]) OR i.task_id = ANY ($4::bigint[]))
UPDATE inbox i SET
    sender = CASE WHEN f.theirs OR i.sender = ANY ($2) THEN '' ELSE i.sender END,
    text = CASE WHEN f.theirs OR i.task_id = ANY ($4) THEN '' ELSE i.text END,
    raw = CASE WHEN f.theirs OR i.task_id = ANY ($4) THEN NULL ELSE i.raw END,
    alias = CASE WHEN f.theirs OR i.task_id = ANY ($4) THEN NULL ELSE i.alias END,
    chat_id = CASE WHEN f.theirs THEN NULL ELSE i.chat_id END,
    outcome = CASE WHEN f.theirs AND i.outcome = 'waiting' THEN 'erased' ELSE i.outcome END
FROM found f WHERE i.id = f.id;

-- name: erase_written
-- Messages to them. What has not left does not leave, and nobody phones instead. $1: ids, $2: now.
UPDATE outbox SET params = '{}', body = NULL, to_phone = NULL, error = NULL, carrier_id = NULL, leased_until = NULL,
    state = CASE WHEN state IN ('queued', 'failed', 'sending', 'to_call') THEN 'stopped' ELSE state END,
    ended_at = CASE WHEN state IN ('queued', 'failed', 'sending', 'to_call') THEN $2::timestamptz ELSE ended_at END,
    handled_at = CASE WHEN state = 'dead' THEN COALESCE(handled_at, $2) ELSE handled_at END
WHERE person_id = ANY ($1::bigint[]);

-- name: erase_told
-- What others were told about their requests: words are emptied, not left out, for a text may be worded again. With $5, messages
-- with such words that have not left do not leave: the request is cancelled. One that is leaving counts as sent, so that nobody
-- stores its words. $1: ids, $2: now, $3: tasks, $4: keys of what says who it is, $5: are they stopped?, $6: keys of other words.
WITH found AS (
    SELECT o.id, $5::boolean AND o.params ?| $4::text[] AND o.state IN ('queued', 'failed', 'sending', 'to_call') AS stops,
           NOT $5 AND o.params ?| $4 AND o.state = 'sending' AS leaves
    FROM outbox o WHERE o.task_id = ANY ($3::bigint[]) AND o.person_id <> ALL ($1::bigint[]))
UPDATE outbox o SET body = NULL, error = NULL,
    params = o.params || (SELECT COALESCE(jsonb_object_agg(k, ''), '{}') FROM unnest($4 || $6::text[]) AS k WHERE o.params ? k),
    state = CASE WHEN f.stops THEN 'stopped' WHEN f.leaves THEN 'sent' ELSE o.state END,
    ended_at = CASE WHEN f.stops THEN $2::timestamptz ELSE o.ended_at END,
    sent_at = CASE WHEN f.leaves THEN $2::timestamptz ELSE o.sent_at END,
    leased_until = CASE WHEN f.stops OR f.leaves THEN NULL ELSE o.leased_until END
FROM found f WHERE o.id = f.id;

-- name: erase_helped
-- What others were told about who came. Of what has not left, only the messages that name them, for the task may be another
-- helper's by now; one that is leaving counts as sent. $1: ids, $2: now, $3: first names, $4: keys.
UPDATE outbox o SET body = NULL, error = NULL,
    params = o.params || (SELECT COALESCE(jsonb_object_agg(k, ''), '{}') FROM unnest($4::text[]) AS k WHERE o.params ? k),
    state = CASE WHEN o.state = 'sending' THEN 'sent' ELSE o.state END,
    sent_at = CASE WHEN o.state = 'sending' THEN $2::timestamptz ELSE o.sent_at END,
    leased_until = CASE WHEN o.state = 'sending' THEN NULL ELSE o.leased_until END
WHERE o.task_id IN (SELECT task_id FROM offer WHERE person_id = ANY ($1::bigint[])) AND o.person_id <> ALL ($1)
  AND o.params ? 'helper'
  AND (o.state NOT IN ('queued', 'failed', 'sending', 'to_call') OR o.params ->> 'helper' = ANY ($3::text[]));

-- name: erase_mentions
-- Their number in messages to others, as the one to phone or where somebody wrote from; and in messages about no task, such as
-- about a shift, their name with what stands beside it. $1: ids, $2: numbers, $3: the same as patterns for LIKE, $4: names,
-- $5: keys of what stands beside a name.
WITH found AS (
    SELECT o.id, o.task_id IS NULL AND EXISTS (
               SELECT FROM jsonb_each_text(o.params) WHERE value = ANY ($4::text[]) OR value LIKE ANY ($3::text[])) AS named
    FROM outbox o WHERE o.person_id <> ALL ($1::bigint[]))
UPDATE outbox o SET body = NULL, error = NULL, to_phone = CASE WHEN o.to_phone = ANY ($2::text[]) THEN NULL ELSE o.to_phone END,
    params = o.params || (
        SELECT COALESCE(jsonb_object_agg(key, ''), '{}') FROM jsonb_each_text(o.params)
        WHERE value LIKE ANY ($3) OR (f.named AND (value = ANY ($4) OR key = ANY ($5::text[]))))
FROM found f WHERE o.id = f.id
  AND (f.named OR o.to_phone = ANY ($2) OR o.body LIKE ANY ($3) OR o.error LIKE ANY ($3) OR o.params::text LIKE ANY ($3));

-- name: erase_events
-- Words in events by them, about them, about their requests, of their messages that did not arrive, and those that name them where
-- they were asked to help. What the program says in codes stays, and so do numbers. $1: ids, $2: keys of codes, $3: numbers as
-- patterns for LIKE, $4: names as regular expressions, $5: tasks about them.
WITH helped AS MATERIALIZED (SELECT task_id FROM offer WHERE person_id = ANY ($1::bigint[])),
written AS MATERIALIZED (SELECT id::text FROM outbox WHERE person_id = ANY ($1))
UPDATE events e SET data = COALESCE((
    SELECT jsonb_object_agg(key, value) FROM jsonb_each(e.data)
    WHERE key = ANY ($2::text[]) OR jsonb_typeof(value) IN ('number', 'boolean', 'null')
       OR (jsonb_typeof(value) = 'array' AND NOT jsonb_path_exists(value, '$[*] ? (@.type() != "number")'))
       OR (key = 'reason' AND (e.kind = 'human.needed' OR value IN ('"resident"', '"staff"')))), '{}')
WHERE e.person_id = ANY ($1) OR e.data ->> 'person' = ANY ($1::text[]) OR e.task_id = ANY ($5::bigint[])
   OR (e.kind = 'message.dead' AND e.data ->> 'message' IN (SELECT id FROM written))
   OR e.data::text LIKE ANY ($3::text[])
   OR (e.task_id IN (SELECT task_id FROM helped) AND e.data::text ~* ANY ($4::text[]));

-- name: erase_attachments
-- Photographs and voice notes of theirs, and about their requests; another's receipt stays with its expense. $1: ids, $2: tasks
-- about them.
UPDATE attachment a SET content = NULL, file_id = '', due_at = NULL
WHERE a.person_id = ANY ($1::bigint[])
   OR (a.task_id = ANY ($2::bigint[]) AND NOT EXISTS (SELECT FROM expense x WHERE x.receipt = a.id));

-- name: erase_phone_calls
-- Their number in calls, where what they said lies with the carrier, and what was answered last, which may hold another's number.
-- $1: ids, $2: numbers, $3: the same as patterns for LIKE.
WITH told AS (UPDATE phone_call SET said = NULL WHERE said::text LIKE ANY ($3::text[]) AND person_id <> ALL ($1::bigint[]))
UPDATE phone_call SET caller = NULL, said = NULL, recording = NULL WHERE person_id = ANY ($1) OR caller = ANY ($2::text[]);

-- name: erase_accounts
-- Disabled accounts of theirs: the row stays, for sessions and links point to it. $1: ids.
WITH gone AS MATERIALIZED (SELECT id, name FROM account WHERE person_id = ANY ($1::bigint[])),
sessions AS (DELETE FROM session WHERE account_id IN (SELECT id FROM gone)),
links AS (DELETE FROM sign_in_link WHERE account_id IN (SELECT id FROM gone)),
tries AS (DELETE FROM sign_in_failure WHERE who IN (SELECT 'name:' || lower(name) FROM gone))
UPDATE account SET name = 'erased-' || id, password_hash = NULL, totp_secret = NULL WHERE id IN (SELECT id FROM gone);

-- name: erase_rows
-- The people's own rows: an id, when it was met, and how much it was asked and has helped. Whoever is deciding on the person right
-- now decides again. $1: ids, $2: now.
UPDATE person SET phone = NULL, phone_raw = '', name = '', email = NULL, telegram_id = NULL, organisation = '', area = NULL,
    place = NULL, address = '', notes = '', roles = '{}', skills = '{}', languages = '{}', available = '{}', avoids = '{}',
    fixed_contact = NULL, vetting = 'none', vetted_until = NULL, protected = false, paused_until = NULL, standby_since = NULL,
    chat_blocked_at = NULL, stopped_at = COALESCE(stopped_at, $2), erased_at = COALESCE(erased_at, $2),
    lat = NULL, lon = NULL, travels = NULL, vetted_on = NULL, vetting_source = '', vetting_told = NULL, infected_until = NULL,
    asked_total = asked_total + 1, turn = turn + 1
WHERE id = ANY ($1::bigint[]);
