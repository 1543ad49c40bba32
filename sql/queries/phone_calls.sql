-- People who phone the network (bots/voice/switchboard.py).

-- name: begin_phone_call
-- A call that begins; nothing when its webhook comes twice. $1: id, $2: carrier, $3: its name for the call, $4: the caller, $5: the
-- number that was dialled, $6: language, $7: whose number it is, $8: now, $9: until when something must be heard of it.
INSERT INTO phone_call (id, carrier, carrier_id, caller, called, language, person_id, state, step, turn, received_at, changed_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'greeting', 'start', 0, $8, $8, $9)
ON CONFLICT (carrier, carrier_id) DO NOTHING;

-- name: lock_phone_call
-- A call, locked until the transaction ends: two webhooks are dealt with one after the other. $1: carrier, $2: its name for it.
SELECT * FROM phone_call WHERE carrier = $1 AND carrier_id = $2 FOR UPDATE;

-- name: lock_phone_call_by_id
-- The same for staff. $1: id.
SELECT c.*, (SELECT name FROM person WHERE id = c.operator_id) AS operator_name FROM phone_call c WHERE c.id = $1 FOR UPDATE;

-- name: due_phone_calls
-- Calls of which nothing was heard for too long. $1: now, $2: how many.
SELECT carrier, carrier_id FROM phone_call WHERE due_at <= $1 ORDER BY due_at LIMIT $2;

-- name: save_phone_call
-- A call as it is from now on; whoever changes it has locked it. $1: the row, $2: now.
UPDATE phone_call c SET person_id = n.person_id, state = n.state, step = n.step, turn = n.turn, said = n.said, pressed = n.pressed,
       urgent = n.urgent, rung = n.rung, ringing = n.ringing, choices = n.choices, outcome = n.outcome, task_id = n.task_id,
       recording = n.recording, operator_id = n.operator_id, taken_at = n.taken_at, answered_at = n.answered_at, changed_at = $2,
       ended_at = n.ended_at, due_at = n.due_at
FROM jsonb_populate_record(NULL::phone_call, $1::jsonb) n WHERE c.id = n.id;

-- name: last_request
-- What somebody was helped with last, or is being helped with. $1: the person.
SELECT c.doc FROM need n JOIN task t ON t.need_id = n.id JOIN case_doc c ON c.id = t.id
WHERE n.resident_id = $1 AND n.category IS NOT NULL AND n.area IS NOT NULL AND n.urgency <> 'emergency'
  AND t.human IS NULL AND t.state <> 'cancelled'
ORDER BY t.created_at DESC, t.id DESC LIMIT 1;

-- name: phone_operators
-- Operators who can be rung: with a telephone, no pause, and an account that is not disabled or none. $1: now.
SELECT p.* FROM person p
WHERE 'operator' = ANY (p.roles) AND p.phone IS NOT NULL AND p.stopped_at IS NULL AND p.merged_into IS NULL
  AND (p.paused_until IS NULL OR p.paused_until <= $1)
  AND (NOT EXISTS (SELECT FROM account a WHERE a.person_id = p.id)
       OR EXISTS (SELECT FROM account a WHERE a.person_id = p.id AND a.disabled_at IS NULL))
ORDER BY p.id;

-- name: phone_calls_now
-- Who is on the telephone now, longest waiting first, for the desk. Calls that go through to the person of a task are nobody's at the desk.
SELECT c.id, c.caller, c.person_id, c.state, c.urgent, c.received_at, c.operator_id, c.taken_at, c.ringing, c.task_id,
       p.name, p.protected, o.name AS operator_name, t.code
FROM phone_call c
LEFT JOIN person p ON p.id = c.person_id
LEFT JOIN person o ON o.id = c.operator_id
LEFT JOIN task t ON t.id = c.task_id
WHERE c.due_at IS NOT NULL AND c.state IN ('ringing', 'recording')
ORDER BY c.urgent DESC, c.received_at, c.id;

-- name: phone_call_shown
-- One call, for the form that opens on it. $1: id.
SELECT id, caller, person_id, operator_id, ended_at FROM phone_call WHERE id = $1;

-- name: phone_call_said
-- A call that stands at this turn. $1: carrier, $2: its name for the call, $3: the turn.
SELECT * FROM phone_call WHERE carrier = $1 AND carrier_id = $2 AND turn = $3;

-- name: end_phone_call_later
-- It could not be ended now. $1: carrier, $2: its name for the call, $3: when to try again.
UPDATE phone_call SET due_at = $3 WHERE carrier = $1 AND carrier_id = $2 AND due_at IS NOT NULL;

-- name: has_recording
-- Does the task have this recording already? $1: the task, $2: where the carrier has it.
SELECT EXISTS (SELECT FROM attachment WHERE task_id = $1 AND file_id = $2);
