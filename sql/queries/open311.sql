-- Case systems of service groups (dispatch/case_systems.py), and our requests as other programs see them (service/open311).

-- name: save_systems
-- The contacts that stand for case systems. $1: ids for new ones, $2: group keys, $3: the groups' names, $4: now.
INSERT INTO person (id, system, organisation, roles, created_at)
SELECT x.id, x.system, x.organisation, '{service}', $4 FROM unnest($1::bigint[], $2::text[], $3::text[]) AS x(id, system, organisation)
ON CONFLICT (system) WHERE system IS NOT NULL DO UPDATE SET
    organisation = EXCLUDED.organisation, roles = EXCLUDED.roles, turn = person.turn + 1
RETURNING id, system;

-- name: commit_systems_new
-- Tasks that a case system is asked to answer for. One that it has already is looked at once more, now.
INSERT INTO open311_request AS r (task_id, group_key, state, due_at, created_at)
SELECT x.task_id, x.group_key, x.state, x.due_at, x.created_at
FROM jsonb_to_recordset($1::jsonb -> 'systems_new') AS x(
    task_id bigint, group_key text, state text, due_at timestamptz, created_at timestamptz)
ON CONFLICT (task_id, group_key) WHERE due_at IS NOT NULL DO UPDATE SET due_at = LEAST(r.due_at, EXCLUDED.due_at)

-- name: commit_systems
-- What became of asking a case system. Whoever has leased it is the only one who says so; what has ended meanwhile has.
UPDATE open311_request r SET state = x.state, token = x.token, service_request_id = x.service_request_id, heard = x.heard,
       attempts = x.attempts, polls = x.polls, unsure = x.unsure, due_at = x.due_at, leased_until = NULL, error = x.error,
       ended_at = CASE WHEN x.due_at IS NULL THEN $2::timestamptz END
FROM jsonb_to_recordset($1::jsonb -> 'systems') AS x(
    id bigint, state text, token text, service_request_id text, heard text, attempts smallint, polls smallint, unsure boolean,
    due_at timestamptz, error text)
WHERE r.id = x.id AND r.due_at IS NOT NULL

-- name: lease_systems
-- Takes what is due for one process. $1: now, $2: lease until, $3: how many. Whoever died with a lease may have posted.
UPDATE open311_request SET leased_until = $2, unsure = unsure OR leased_until IS NOT NULL
WHERE id IN (SELECT id FROM open311_request WHERE due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: system_contact
-- The contact that stands for the case system of a group. $1: the group.
SELECT id FROM person WHERE system = $1;

-- name: open311_requests
-- Requests as other programs see them, newest first: of a kind of help each, never what is only a question. $1: codes, or null;
-- $2: categories, or null; $3, $4: asked between; $5: states, or null; $6: how many; $7: after so many.
SELECT t.code, t.state, t.created_at, t.changed_at, n.category, n.area, n.place, n.text, n.address, n.lat, n.lon,
       p.protected, p.address AS home
FROM task t JOIN need n ON n.id = t.need_id JOIN person p ON p.id = n.resident_id
WHERE n.category IS NOT NULL AND ($1::text[] IS NULL OR t.code = ANY ($1)) AND ($2::text[] IS NULL OR n.category = ANY ($2))
  AND t.created_at BETWEEN $3 AND $4 AND ($5::text[] IS NULL OR t.state = ANY ($5))
ORDER BY t.created_at DESC, t.id DESC LIMIT $6 OFFSET $7;
