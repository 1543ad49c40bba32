-- Calls that the network makes itself.

-- name: dial_due
-- Calls that are to be started, or whose time is over, locked until the transaction ends; other workers get others. $1: now,
-- $2: how many.
SELECT * FROM outgoing_call WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED;

-- name: dial_lock
-- One call, locked until the transaction ends. $1: its id.
SELECT * FROM outgoing_call WHERE id = $1 FOR UPDATE;

-- name: dial_set
-- How a call stands from now on. $1: id, $2: state, $3: due at, $4: tries, $5: carrier, $6: the carrier's id, $7: since when the
-- second one is rung, $8: outcome, $9: ended at.
UPDATE outgoing_call SET state = $2, due_at = $3, tries = $4, carrier = $5, carrier_id = $6, connected_at = $7, outcome = $8,
       ended_at = $9
WHERE id = $1;

-- name: dial_people
-- Who is rung: the numbers of these people, none of whoever has been erased. $1: ids.
SELECT id, phone, stopped_at IS NOT NULL AS stopped, language FROM person WHERE id = ANY ($1::bigint[]) AND erased_at IS NULL;

-- name: dial_add
-- A call that follows from another, or from messages that wait; once for the same thing. As commit_dials_new.
INSERT INTO outgoing_call (id, purpose, first_id, messages, state, due_at, created_at) VALUES ($1, $2, $3, $4, 'queued', $5, $6)
ON CONFLICT DO NOTHING RETURNING id;

-- name: dial_bridge
-- The call of a task and a helper that goes on. $1: task, $2: the helper.
SELECT * FROM outgoing_call WHERE purpose = 'bridge' AND task_id = $1 AND first_id = $2 AND due_at IS NOT NULL;

-- name: dial_to_read
-- What waits for a human who phones, may be read aloud, and is not in a call of ours already. Whoever an operator has taken on is
-- left to the operator. $1: now, $2: texts, $3: what was taken on before then counts no more, $4: tries, $5: how many.
SELECT o.id, o.person_id, p.phone
FROM outbox o JOIN person p ON p.id = o.person_id
WHERE o.state = 'to_call' AND o.handled_at IS NULL AND o.kind = ANY ($2::text[])
  AND (o.taken_at IS NULL OR o.taken_at <= $3) AND (o.call_at IS NULL OR o.call_at <= $1) AND o.call_tries < $4
  AND p.phone IS NOT NULL AND p.stopped_at IS NULL AND p.erased_at IS NULL
  AND NOT EXISTS (SELECT FROM outgoing_call c WHERE c.purpose = 'read_aloud' AND c.first_id = o.person_id AND c.due_at IS NOT NULL)
ORDER BY o.id LIMIT $5;

-- name: dial_messages
-- The messages of a call that may still be read, locked: nobody has said them, and no operator is phoning. $1: ids, $2: what was
-- taken on before then counts no more.
SELECT o.id, o.person_id, o.task_id, o.kind, o.params, o.call_tries FROM outbox o
WHERE o.id = ANY ($1::bigint[]) AND o.state = 'to_call' AND o.handled_at IS NULL AND (o.taken_at IS NULL OR o.taken_at <= $2)
ORDER BY o.id FOR UPDATE;

-- name: dial_said
-- They have been heard. $1: ids, $2: now.
UPDATE outbox SET handled_at = $2, handled_how = 'reached', taken_by = NULL, taken_at = NULL WHERE id = ANY ($1::bigint[]);

-- name: dial_unsaid
-- They have not been heard. $1: ids, $2: tries so far, $3: not before then (or null).
UPDATE outbox SET call_tries = $2, call_at = $3 WHERE id = ANY ($1::bigint[]);

-- name: dial_being_phoned
-- Are we phoning this person by ourselves right now? $1: the person.
SELECT EXISTS (SELECT FROM outgoing_call WHERE purpose = 'read_aloud' AND first_id = $1
               AND state IN ('starting', 'ringing', 'connecting')) AS phoning;

-- name: dial_number
-- Where somebody is rung. $1: id.
SELECT phone FROM person WHERE id = $1 AND erased_at IS NULL;

-- name: dial_call
-- One call. $1: id.
SELECT * FROM outgoing_call WHERE id = $1;
