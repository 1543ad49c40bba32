-- name: lease_messages
-- Takes messages that are due, or whose sender died while sending, for one sender. $1: now, $2: lease until, $3: how many,
-- $4: only what must always leave (the last places are kept for ring 112), $5: channels.
-- One message a person, the earliest: texts arrive in order. One that has failed again and again, or is late by itself, holds
-- up nothing; what must always leave (ring 112) waits for nothing. came_by: the carrier of the person's last text; failed_by: the
-- one that could not bring this message.
UPDATE outbox o SET state = 'sending', leased_until = $2, attempts = o.attempts + 1
FROM person p
WHERE p.id = o.person_id AND o.id IN (
    SELECT id FROM outbox due
    WHERE ((state IN ('queued', 'failed') AND due_at <= $1) OR (state = 'sending' AND leased_until <= $1))
      AND (always OR NOT $4) AND channel = ANY($5::text[])
      AND (due.always OR NOT EXISTS (
          SELECT FROM outbox earlier WHERE earlier.person_id = due.person_id AND earlier.id < due.id
          AND earlier.state IN ('queued', 'failed', 'sending') AND earlier.attempts <= 3))
    ORDER BY always DESC, id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING o.id, o.person_id, o.task_id, o.kind, o.params, o.attempts, o.channel, o.always, COALESCE(o.to_phone, p.phone) AS phone,
          p.email, p.language, p.telegram_id, p.chat_blocked_at, p.stopped_at,
          (SELECT i.carrier FROM inbox i WHERE i.person_id = p.id AND i.chat_id IS NULL ORDER BY i.id DESC LIMIT 1) AS came_by,
          CASE WHEN o.attempts > 1 THEN o.carrier END AS failed_by;

-- name: messages_sent
-- What became of a batch of leased messages. $1: ids, $2: states (sent, failed, dead), $3: carriers, $4: carriers' ids,
-- $5: bodies, $6: SMS parts, $7: errors, $8: when to try again, $9: now, $10: tries not to be counted. A delivery report that came first is not undone;
-- what failed and has met STOPP meanwhile is not tried again.
UPDATE outbox o SET
    state = CASE WHEN o.state = 'delivered' THEN o.state
                 WHEN x.state = 'failed' AND p.stopped_at IS NOT NULL AND NOT o.always THEN 'stopped'
                 ELSE x.state END,
    carrier = x.carrier, carrier_id = x.carrier_id, body = x.body, parts = x.parts, error = x.error, leased_until = NULL,
    due_at = COALESCE(x.again_at, o.due_at), attempts = o.attempts - $10::smallint,
    sent_at = CASE WHEN x.state = 'sent' THEN $9::timestamptz ELSE o.sent_at END,
    ended_at = CASE WHEN x.state IN ('dead', 'stopped') THEN $9::timestamptz ELSE o.ended_at END
FROM person p,
     unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::timestamptz[])
     AS x(id, state, carrier, carrier_id, body, parts, error, again_at)
WHERE o.id = x.id AND p.id = o.person_id AND o.state IN ('sending', 'delivered');

-- name: reroute_message
-- A leased message goes another way: the chat cannot be reached. $1: id, $2: channel, $3: state, $4: why, $5: now.
UPDATE outbox SET channel = $2, state = $3, error = $4, due_at = $5, attempts = 0, leased_until = NULL,
       ended_at = CASE WHEN $3 = 'stopped' THEN $5::timestamptz END
WHERE id = $1 AND state = 'sending';

-- name: message_by_receipt
-- The message that a delivery report is about, by our id or by the carrier's, locked; none of somebody who has been erased.
SELECT o.id, o.state, o.attempts, o.task_id, o.carrier_id, p.stopped_at IS NOT NULL AND NOT o.always AS stopped
FROM outbox o JOIN person p ON p.id = o.person_id
WHERE o.id = COALESCE((SELECT id FROM outbox WHERE id = $1),
                      (SELECT max(id) FROM outbox WHERE carrier = $2 AND carrier_id = $3))
  AND p.erased_at IS NULL
FOR UPDATE OF o;

-- name: set_message_state
-- $1: id, $2: state, $3: when to try again (or null), $4: ended at (or null), $5: error (or null), $6: carrier,
-- $7: the carrier's id.
UPDATE outbox SET state = $2, due_at = COALESCE($3, due_at), ended_at = $4, error = $5, leased_until = NULL,
       carrier = COALESCE(carrier, $6), carrier_id = COALESCE(carrier_id, $7)
WHERE id = $1;

-- name: record_event
-- One event outside a decision: $1 at, $2 kind, $3 task, $4 person, $5 data.
INSERT INTO events (at, kind, task_id, person_id, data) VALUES ($1, $2, $3, $4, $5::jsonb);

-- name: carrier_is
-- How a carrier is. $1: its name, $2: now, $3: what is wrong, or null.
INSERT INTO carrier_health AS h (carrier, sent_at, failing_since, failed_at, wrong)
VALUES ($1, CASE WHEN $3::text IS NULL THEN $2::timestamptz END, CASE WHEN $3 IS NOT NULL THEN $2::timestamptz END,
        CASE WHEN $3 IS NOT NULL THEN $2::timestamptz END, $3)
ON CONFLICT (carrier) DO UPDATE SET
    sent_at = COALESCE(EXCLUDED.sent_at, h.sent_at),
    failing_since = CASE WHEN EXCLUDED.wrong IS NOT NULL THEN COALESCE(h.failing_since, EXCLUDED.failing_since) END,
    failed_at = COALESCE(EXCLUDED.failed_at, h.failed_at),
    wrong = EXCLUDED.wrong;

-- name: carrier_looks_well
-- What was wrong with a carrier is no longer so, though it has sent nothing since. $1: its name.
UPDATE carrier_health SET failing_since = NULL, wrong = NULL WHERE carrier = $1 AND failing_since IS NOT NULL;

-- name: carrier_heard
-- Something has come in by a carrier. $1: its name, $2: now.
INSERT INTO carrier_health (carrier, heard_at) VALUES ($1, $2) ON CONFLICT (carrier) DO UPDATE SET heard_at = EXCLUDED.heard_at;

-- name: carriers_health
-- How the carriers are, by name.
SELECT carrier, sent_at, heard_at, failing_since, failed_at, wrong FROM carrier_health;
