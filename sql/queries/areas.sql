-- Areas as somebody has drawn them.

-- name: area_outlines
-- The drawings and the version of the map that they make; one row without an area when nothing is drawn.
SELECT v.version, o.area, o.outline FROM area_version v LEFT JOIN area_outline o ON true ORDER BY o.area;

-- name: area_map_lock
-- The version of the map, held until the transaction ends: whoever draws at the same time waits.
SELECT version FROM area_version FOR UPDATE;

-- name: area_map_version
-- The version of the map.
SELECT version FROM area_version;

-- name: area_map_is_newer
-- The map has changed.
UPDATE area_version SET version = version + 1 RETURNING version;

-- name: area_draw
-- An area looks like this from now on. $1: its key, $2: GeoJSON, $3: source, $4: now, $5: by whom, or null.
INSERT INTO area_outline (area, outline, source, changed_at, changed_by) VALUES ($1, $2::jsonb, $3, $4, $5)
ON CONFLICT (area) DO UPDATE SET outline = excluded.outline, source = excluded.source, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by;

-- name: area_undraw
-- An area is drawn from its places again. $1: its key.
DELETE FROM area_outline WHERE area = $1;

-- name: area_redrawn
-- The event; the shared lock as in commit_events. $1: at, $2: kind, $3: by whom, or null, $4: data.
WITH guard AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(current_schema(), 7)))
INSERT INTO events (at, kind, person_id, data) SELECT $1::timestamptz, $2::text, $3::bigint, $4::jsonb FROM guard;

-- name: area_postcode_spots
-- Where the postcodes are that begin with one of $1: said by a gazetteer, else the middle of their addresses.
WITH said AS (
    SELECT postcode, avg(lat) AS lat, avg(lon) AS lon FROM gazetteer_name
    WHERE kind = 'postcode' AND postcode ~ ('^(' || array_to_string($1::text[], '|') || ')') GROUP BY postcode
), lived AS (
    SELECT postcode, avg(lat) AS lat, avg(lon) AS lon FROM gazetteer_address
    WHERE postcode ~ ('^(' || array_to_string($1::text[], '|') || ')') GROUP BY postcode
)
SELECT postcode, lat, lon FROM said
UNION ALL
SELECT postcode, lat, lon FROM lived WHERE postcode NOT IN (SELECT postcode FROM said)
ORDER BY postcode;
