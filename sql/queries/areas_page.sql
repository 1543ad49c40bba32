-- The page of the areas.

-- name: areas_open_tasks
-- What is open in these areas, and where. $1: their keys.
SELECT t.code, t.state, n.area, n.category, n.place, n.lat, n.lon FROM task t JOIN need n ON n.id = t.need_id
WHERE t.state IN ('asking', 'open', 'taken', 'underway', 'with_service') AND n.area = ANY($1::text[]) ORDER BY t.id;

-- name: areas_drawn
-- Which areas are drawn, by whom and when.
SELECT o.area, o.source, o.changed_at, p.name FROM area_outline o LEFT JOIN person p ON p.id = o.changed_by;
