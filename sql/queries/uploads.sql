-- Photographs that come by a page and not from a carrier: their content is there at once (service/volunteering/receipts.py).

-- name: keep_upload
-- A photograph of a receipt; the one that is there already when the same has been sent before. $1: id, $2: task, $3: person,
-- $4: its fingerprint, $5: MIME type, $6: content, $7: now.
WITH before AS (
    SELECT id FROM attachment WHERE task_id = $2 AND person_id = $3 AND carrier = 'web' AND file_id = $4 LIMIT 1
), new AS (
    INSERT INTO attachment (id, task_id, person_id, kind, carrier, file_id, mime, size, content, created_at)
    SELECT $1::bigint, $2, $3, 'photo', 'web', $4, $5::text, octet_length($6::bytea), $6::bytea, $7::timestamptz
    WHERE NOT EXISTS (SELECT FROM before)
    RETURNING id
)
SELECT id FROM before UNION ALL SELECT id FROM new;

-- name: drop_upload
-- What it was sent for has been refused: nothing of it is kept. $1: id.
DELETE FROM attachment a WHERE a.id = $1 AND a.carrier = 'web' AND NOT EXISTS (SELECT FROM expense e WHERE e.receipt = a.id);
