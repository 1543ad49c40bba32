-- Things that the centre lends (dispatch/equipment.py, service/equipment/).

-- name: equipment_add
-- A thing that can be lent. $1: id, $2: name, $3: label, $4: now.
INSERT INTO equipment (id, name, label, created_at) VALUES ($1, $2, $3, $4);

-- name: equipment_retire
-- A thing that is in is not lent any more. $1: id, $2: now.
UPDATE equipment e SET retired_at = $2 WHERE e.id = $1 AND e.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM loan l WHERE l.equipment_id = e.id AND l.returned_at IS NULL) RETURNING e.id;

-- name: equipment_to_lend
-- A thing, and is it out? $1: id.
SELECT e.name, EXISTS (SELECT FROM loan l WHERE l.equipment_id = e.id AND l.returned_at IS NULL) AS is_out
FROM equipment e WHERE e.id = $1 AND e.retired_at IS NULL;

-- name: equipment_list
-- All things that are lent, with the loan that is out, what is due longest first.
SELECT e.id, e.name, e.label, l.id AS loan, l.due_on, l.lent_at, t.code, p.id AS person_id, p.name AS person, p.phone,
       p.erased_at IS NOT NULL AS erased
FROM equipment e LEFT JOIN loan l ON l.equipment_id = e.id AND l.returned_at IS NULL
LEFT JOIN person p ON p.id = l.person_id LEFT JOIN task t ON t.id = l.task_id
WHERE e.retired_at IS NULL ORDER BY l.due_on NULLS LAST, e.name, e.label, e.id;

-- name: loan_by_id
-- One loan. $1: id.
SELECT * FROM loan WHERE id = $1;

-- name: loan_claim
-- The loan whose time came first, with its thing and its person, locked until the transaction ends. $1: now.
SELECT l.*, e.name AS item, row_to_json(p)::text AS person
FROM loan l JOIN equipment e ON e.id = l.equipment_id JOIN person p ON p.id = l.person_id
WHERE l.id = (SELECT id FROM loan WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED);

-- name: loan_postpone
-- Puts off the loan that is longest overdue: it could not be dealt with. $1: now, $2: until.
UPDATE loan SET next_at = $2, version = version + 1
WHERE id = (SELECT id FROM loan WHERE next_at <= $1 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED);
