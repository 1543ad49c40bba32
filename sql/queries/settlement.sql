-- Paying helpers back (dispatch/settlement.py, service/settlement/).

-- name: claims
-- Expenses with their helpers, and the offer by which each has the task, or had it, for a link. $1: ids.
SELECT e.*, t.code, row_to_json(p)::text AS helper,
       (SELECT o.id FROM offer o WHERE o.task_id = e.task_id AND o.person_id = e.person_id AND o.kind = 'help'
        ORDER BY o.state = 'accepted' DESC, o.id DESC LIMIT 1) AS offer
FROM expense e JOIN task t ON t.id = e.task_id JOIN person p ON p.id = e.person_id
WHERE e.id = ANY ($1::bigint[]) ORDER BY e.created_at, e.id;

-- name: settlement
-- The expenses of a span of time by organisation, helper and time. $1: from, $2: until (not included), $3: one organisation or null.
SELECT e.id, e.created_at, e.amount_ore, e.over_limit, e.receipt, e.state, e.settled_at, e.paid_how, e.reason, e.receipt_asked_at,
       t.code, p.id AS person_id, p.name, p.organisation, p.phone, a.content IS NOT NULL AS is_fetched, s.name AS settled_by
FROM expense e JOIN task t ON t.id = e.task_id JOIN person p ON p.id = e.person_id
LEFT JOIN attachment a ON a.id = e.receipt LEFT JOIN person s ON s.id = e.settled_by
WHERE e.created_at >= $1 AND e.created_at < $2 AND ($3::text IS NULL OR p.organisation = $3)
ORDER BY p.organisation = '', p.organisation, p.name, p.id, e.created_at, e.id;

-- name: oldest_expense
-- When the first expense was told; null when there is none.
SELECT min(created_at) FROM expense;

-- name: expense_without_receipt
-- This helper's expense of this amount for this task that has no receipt yet, the oldest. $1: task, $2: person, $3: öre.
SELECT * FROM expense WHERE task_id = $1 AND person_id = $2 AND amount_ore = $3 AND receipt IS NULL
ORDER BY created_at, id LIMIT 1;

-- name: of_linked_helper
-- Do staff wait for a receipt that this helper was asked for, and what has the helper ticked of the checklist? $1: task,
-- $2: person, $3: asked since.
SELECT EXISTS (SELECT FROM expense WHERE task_id = $1 AND person_id = $2 AND receipt IS NULL AND receipt_asked_at >= $3)
           AS receipt_wanted,
       COALESCE((SELECT items FROM checklist_tick WHERE task_id = $1 AND person_id = $2), '{}') AS ticked;
