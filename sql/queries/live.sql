-- name: live_newest
-- The newest events' ids, where the hub begins to read. $1: how many.
SELECT id FROM events ORDER BY id DESC LIMIT $1;

-- name: live_events
-- What has happened after an id, and to which task. $1: the id, $2: how many.
SELECT id, kind, task_id FROM events WHERE id > $1 ORDER BY id LIMIT $2;

-- name: live_notify
-- Tells the other processes what has changed. $1: the channel, $2: payloads of less than 8,000 bytes each.
SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload;
