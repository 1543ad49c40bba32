-- The page of the areas.

-- name: areas_open_tasks
-- What is open in these areas, where, whether the resident's identity is protected, and how many people have been asked and
-- not answered yet. $1: the areas' keys.
SELECT t.code, t.state, n.area, n.category, n.place, n.lat, n.lon, r.protected,
       (SELECT count(*) FROM offer o WHERE o.task_id = t.id AND o.live AND o.state = 'sent') AS asked
FROM task t JOIN need n ON n.id = t.need_id JOIN person r ON r.id = n.resident_id
WHERE t.state IN ('asking', 'open', 'taken', 'underway', 'with_service') AND n.area = ANY($1::text[]) ORDER BY t.id;

-- name: areas_drawn
-- Which areas are drawn, by whom and when.
SELECT o.area, o.source, o.changed_at, p.name FROM area_outline o LEFT JOIN person p ON p.id = o.changed_by;

-- name: areas_history
-- The last times that a boundary was moved. Square kilometres are null where the area was, or is, drawn from its places.
SELECT e.at, p.name, e.data->>'area' AS area, e.data->>'source' AS source,
       (e.data->>'before')::float8 AS before, (e.data->>'after')::float8 AS after
FROM events e LEFT JOIN person p ON p.id = e.person_id WHERE e.kind = 'area.redrawn' ORDER BY e.id DESC LIMIT 20;
