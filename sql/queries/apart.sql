-- Who is not to meet whom (the table kept_apart). Neither is told.

-- name: apart_of
-- Whom somebody is not to meet. own: it is this person's wish. holds: a task that one of the two has for the other now.
SELECT k.own, k.created_at, p.id, p.name, p.phone, p.phone_raw, p.email, t.name AS told_by, (
    SELECT a.code FROM offer o JOIN task a ON a.id = o.task_id JOIN need n ON n.id = a.need_id
    WHERE o.state = 'accepted' AND a.state IN ('taken', 'underway', 'with_service')
      AND ((o.person_id = $1 AND n.resident_id = p.id) OR (o.person_id = p.id AND n.resident_id = $1)) LIMIT 1) AS holds
FROM (SELECT other_id, told_by, created_at, true AS own FROM kept_apart WHERE person_id = $1
      UNION ALL SELECT person_id, told_by, created_at, false FROM kept_apart WHERE other_id = $1) k
JOIN person p ON p.id = k.other_id LEFT JOIN person t ON t.id = k.told_by
ORDER BY k.created_at, p.id;

-- name: apart_pair
-- Are these two not to meet?
SELECT EXISTS (SELECT FROM kept_apart WHERE (person_id = $1 AND other_id = $2) OR (person_id = $2 AND other_id = $1));

-- name: apart_begin
-- Two people are not to meet from now on, and neither is asked first for the other. Whoever decides on a task of either right now
-- decides again. $1: whose wish, $2: the other, $3: by which member of staff, $4: now. Returns false when it stood already.
WITH kept AS (INSERT INTO kept_apart (person_id, other_id, told_by, created_at) VALUES ($1, $2, $3, $4)
              ON CONFLICT DO NOTHING RETURNING 1),
contacts AS (UPDATE person SET fixed_contact = NULL, turn = turn + 1
             WHERE (id = $1 AND fixed_contact = $2) OR (id = $2 AND fixed_contact = $1)),
tasks AS (UPDATE task SET version = version + 1
          WHERE deadline_at IS NOT NULL AND need_id IN (SELECT id FROM need WHERE resident_id IN ($1, $2)))
SELECT EXISTS (SELECT FROM kept);

-- name: apart_end
-- They may meet again, whoever of the two did not want to. $1, $2: the two. Returns how many wishes ended.
WITH ended AS (DELETE FROM kept_apart WHERE (person_id = $1 AND other_id = $2) OR (person_id = $2 AND other_id = $1) RETURNING 1),
tasks AS (UPDATE task SET version = version + 1
          WHERE deadline_at IS NOT NULL AND need_id IN (SELECT id FROM need WHERE resident_id IN ($1, $2)))
SELECT count(*) FROM ended;
