-- name: store_update
-- An update from a chat, as it came; once, however often it is delivered. $1: carrier, $2: its number there, $3: the chat,
-- $4: the update, $5: now.
INSERT INTO inbox (carrier, carrier_id, sender, text, outcome, raw, chat_id, received_at)
VALUES ($1, $2, $3::bigint::text, '', 'waiting', $4::jsonb, $3, $5)
ON CONFLICT (carrier, carrier_id) DO NOTHING;

-- name: asks_where_a_volunteer_is
-- Is somebody in this chat being asked where they would help? $1: the chat.
SELECT EXISTS (SELECT FROM conversation WHERE chat_id = $1 AND flow = 'register' AND step = 'area');

-- name: claim_updates
-- The oldest update of each chat that waits, unless it is put off, for one worker. $1: now, $2: how many, $3: nobody else's
-- until.
UPDATE inbox SET due_at = $3
WHERE id IN (
    SELECT i.id FROM inbox i
    WHERE i.outcome = 'waiting' AND (i.due_at IS NULL OR i.due_at <= $1)
      AND NOT EXISTS (SELECT FROM inbox e WHERE e.outcome = 'waiting' AND e.chat_id = i.chat_id AND e.id < i.id)
    ORDER BY i.id LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, chat_id, raw, carrier_id, tries;

-- name: postpone_update
-- It could not be dealt with now. $1: the inbox row, $2: until.
UPDATE inbox SET due_at = $2, tries = tries + 1 WHERE id = $1 AND outcome = 'waiting';

-- name: update_waits
-- Has nobody else dealt with it? $1: the inbox row.
SELECT EXISTS (SELECT FROM inbox WHERE id = $1 AND outcome = 'waiting');

-- name: close_update
-- An update that changes nothing. $1: the inbox row, $2: what it was, $3: its words, $4: whose.
UPDATE inbox SET outcome = $2, text = $3, person_id = $4, raw = NULL WHERE id = $1 AND outcome = 'waiting';

-- name: chat_next
-- When something is to be done in chats next: an update, a message that is not true any more, a post, a file.
SELECT (SELECT min(COALESCE(due_at, received_at)) FROM inbox i WHERE outcome = 'waiting'
        AND NOT EXISTS (SELECT FROM inbox e WHERE e.outcome = 'waiting' AND e.chat_id = i.chat_id AND e.id < i.id)) AS update,
       (SELECT min(m.due_at) FROM chat_message m
        WHERE m.message_id IS NULL OR m.version <> (SELECT t.version FROM task t WHERE t.id = m.task_id)) AS message,
       (SELECT min(due_at) FROM attachment WHERE due_at IS NOT NULL) AS file;

-- name: conversation_of
-- What somebody is being asked in a chat. $1: the chat.
SELECT flow, step, data, changed_at FROM conversation WHERE chat_id = $1 AND flow <> '';

-- name: person_by_chat
-- Who has this account; whom a merged duplicate became part of. $1: the account.
SELECT row_to_json(p) AS person FROM person w JOIN person p ON p.id = COALESCE(w.merged_into, w.id) WHERE w.telegram_id = $1;

-- name: offer_of_button
-- The task and the person of an offer. $1: the offer.
SELECT task_id, person_id FROM offer WHERE id = $1;

-- name: held_cases
-- What somebody has taken and not finished, oldest first. $1: the person, $2: how many.
SELECT c.doc FROM offer o JOIN case_doc c ON c.id = o.task_id
WHERE o.person_id = $1 AND o.live AND o.state = 'accepted' AND c.state IN ('open', 'taken', 'underway', 'with_service')
ORDER BY o.sent_at LIMIT $2;

-- name: silence_offers
-- Offers on their way to somebody who cannot be asked any more. $1: the person, $2: now.
UPDATE outbox SET state = 'stopped', ended_at = $2
WHERE person_id = $1 AND kind IN ('offer', 'offer_changed') AND state IN ('queued', 'failed');

-- name: live_offers_of
-- The tasks that somebody is being asked about. $1: the person.
SELECT DISTINCT o.task_id FROM offer o WHERE o.person_id = $1 AND o.live AND o.state = 'sent';

-- name: add_card
-- A message about an offer stands in a chat now. $1: chat, $2: message, $3: task, $4: offer, $5: version, $6: fingerprint, $7: now.
INSERT INTO chat_message (chat_id, message_id, task_id, offer_id, version, shows, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- name: card_of_offer
-- The newest message about an offer in a chat. $1: the offer, $2: the chat.
SELECT message_id FROM chat_message WHERE offer_id = $1 AND chat_id = $2 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: add_missing_posts
-- Posts for open tasks that a group has not been told of: an area's volunteers about what volunteers are asked, the
-- coordinators on duty about what needs a human. $1: now.
INSERT INTO chat_message (chat_id, topic_id, task_id, version, due_at)
SELECT g.chat_id, g.topic_id, t.id, 0, $1
FROM task t JOIN need n ON n.id = t.need_id JOIN person r ON r.id = n.resident_id
JOIN group_chat g ON g.left_at IS NULL AND CASE g.purpose
    WHEN 'area' THEN g.area = n.area AND t.human IS NULL AND NOT r.protected AND n.urgency <> 'emergency'
         AND t.ladder -> t.step::int ->> 'ask' NOT IN ('fixed-contact', 'service', 'coordinator')
    ELSE t.human IS NOT NULL OR t.ladder -> t.step::int ->> 'ask' = 'coordinator' END
WHERE EXISTS (SELECT FROM group_chat WHERE left_at IS NULL)
  AND t.state = 'open' AND t.deadline_at IS NOT NULL AND t.rounds > 0
ON CONFLICT DO NOTHING;

-- name: claim_untrue
-- Messages and posts that do not show how their task is by now, or have a newer one below them, for one worker.
-- $1: now, $2: nobody else's until, $3: how many. Each message looks its task up: a join might walk through all ended tasks.
UPDATE chat_message m SET due_at = $2
WHERE m.id IN (
    SELECT x.id FROM chat_message x
    WHERE x.due_at <= $1 AND (x.message_id IS NULL OR x.version <> (SELECT u.version FROM task u WHERE u.id = x.task_id))
    ORDER BY x.due_at LIMIT $3 FOR UPDATE OF x SKIP LOCKED)
RETURNING m.id, m.chat_id, m.topic_id, m.message_id, m.task_id, m.offer_id, m.shows, m.tries,
          EXISTS (SELECT FROM chat_message n WHERE n.offer_id = m.offer_id AND n.chat_id = m.chat_id AND n.id > m.id) AS passed;

-- name: end_older_cards
-- The messages about this offer above its newest one are looked at again. $1: the offer, $2: the newest's message, $3: now.
UPDATE chat_message SET version = -1, due_at = $3 WHERE offer_id = $1 AND message_id <> $2;

-- name: shown
-- A message shows its task as it is. $1: row, $2: message, $3: version, $4: fingerprint, $5: not touched before.
UPDATE chat_message SET message_id = $2, version = $3, shows = $4, due_at = $5, tries = 0 WHERE id = $1;

-- name: buttons_changed
-- The message's buttons are not those of its card for the moment. $1: chat, $2: message.
UPDATE chat_message SET shows = '' WHERE chat_id = $1 AND message_id = $2;

-- name: show_anew
-- The message is to be as its card says. $1: chat, $2: message.
UPDATE chat_message SET version = -1, shows = '' WHERE chat_id = $1 AND message_id = $2;

-- name: show_later
-- A message could not be brought up to date. $1: row, $2: when to try again.
UPDATE chat_message SET due_at = $2, tries = tries + 1 WHERE id = $1;

-- name: forget_message
-- Nothing more will change about it, or it is gone. $1: row.
DELETE FROM chat_message WHERE id = $1;

-- name: link_group
-- A group, or a topic in it, gets an area's tasks, or what needs a human. $1: chat, $2: topic, $3: purpose, $4: area, $5: now,
-- $6: who has said so.
INSERT INTO group_chat (chat_id, topic_id, purpose, area, linked_at, linked_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (chat_id, topic_id) DO UPDATE SET purpose = EXCLUDED.purpose, area = EXCLUDED.area, linked_at = EXCLUDED.linked_at,
    linked_by = EXCLUDED.linked_by, left_at = NULL;

-- name: group_chat_of
-- What a group, or a topic in it, gets. $1: chat, $2: topic.
SELECT purpose, area FROM group_chat WHERE chat_id = $1 AND topic_id = $2 AND left_at IS NULL;

-- name: leave_group
-- The bot cannot write in this group any more. $1: chat, $2: now.
WITH gone AS (DELETE FROM chat_message WHERE chat_id = $1 AND offer_id IS NULL)
UPDATE group_chat SET left_at = $2 WHERE chat_id = $1 AND left_at IS NULL;

-- name: move_group
-- A group has another id now. What stands there already, because somebody has linked it anew, stays. $1: the old one, $2: the
-- new one, $3: now.
WITH gone AS (DELETE FROM chat_message m WHERE m.chat_id = $1 AND EXISTS (
    SELECT FROM chat_message o WHERE o.chat_id = $2 AND o.task_id = m.task_id AND o.topic_id = m.topic_id AND o.offer_id IS NULL)),
messages AS (UPDATE chat_message m SET chat_id = $2 WHERE m.chat_id = $1 AND NOT EXISTS (
    SELECT FROM chat_message o WHERE o.chat_id = $2 AND o.task_id = m.task_id AND o.topic_id = m.topic_id AND o.offer_id IS NULL)),
ended AS (UPDATE group_chat g SET left_at = $3 WHERE g.chat_id = $1 AND EXISTS (
    SELECT FROM group_chat o WHERE o.chat_id = $2 AND o.topic_id = g.topic_id))
UPDATE group_chat g SET chat_id = $2 WHERE g.chat_id = $1 AND NOT EXISTS (
    SELECT FROM group_chat o WHERE o.chat_id = $2 AND o.topic_id = g.topic_id);

-- name: is_posted
-- Does a task's post stand in this chat? $1: chat, $2: topic, $3: task.
SELECT EXISTS (SELECT FROM chat_message WHERE chat_id = $1 AND topic_id = $2 AND task_id = $3 AND offer_id IS NULL);

-- name: look_again
-- What stands in this chat is looked at anew. $1: chat, $2: now.
UPDATE chat_message SET version = -1, shows = '', due_at = $2 WHERE chat_id = $1;

-- name: due_files
-- Files that are to be fetched from these carriers. $1: now, $2: how many, $3: carriers.
SELECT id, carrier, file_id, tries FROM attachment WHERE due_at <= $1 AND carrier = ANY($3::text[]) ORDER BY due_at LIMIT $2;

-- name: store_file
-- A file's content. $1: the attachment, $2: content.
UPDATE attachment SET content = $2, size = octet_length($2::bytea), due_at = NULL WHERE id = $1;

-- name: fetch_file_later
-- $1: the attachment, $2: when to try again, or null: given up.
UPDATE attachment SET due_at = $2, tries = tries + 1 WHERE id = $1;

-- name: group_people
-- Everybody in a group. $1: its key.
SELECT p.* FROM group_member m JOIN person p ON p.id = m.person_id WHERE m.group_key = $1 ORDER BY p.id;

-- name: set_phone
-- A number that the person has shown to be the own one. $1: the person, $2: E.164.
UPDATE person SET phone = $2, phone_raw = '', turn = turn + 1 WHERE id = $1;

-- name: set_chat
-- The account that belongs to the person, or none any more. $1: the person, $2: the account.
UPDATE person SET telegram_id = $2, chat_blocked_at = NULL, turn = turn + 1 WHERE id = $1;
