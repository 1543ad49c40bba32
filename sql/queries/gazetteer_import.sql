-- Filling the gazetteer. The two staging tables belong to one connection and are dropped before its transaction ends.

-- name: gazetteer_lock
-- Whether this connection may import the source until its transaction ends. $1: the source's name.
SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '/gazetteer'), hashtext($1));

-- name: gazetteer_plain_plans
-- For this transaction: whole tables are read and compared, which the pool's settings for short look-ups would make slow.
SELECT set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true),
       set_config('enable_mergejoin', 'on', true), set_config('plan_cache_mode', 'auto', true),
       set_config('work_mem', '128MB', true), set_config('idle_in_transaction_session_timeout', '0', true);

-- name: gazetteer_stage_names
-- Where the names of a file wait. An alias has its name's ref; the houses go by the ref of a street's first row.
CREATE TEMP TABLE staged_name (
    ref bigint NOT NULL, kind text NOT NULL, name text NOT NULL, folded text NOT NULL, locality text NOT NULL,
    locality_folded text NOT NULL, postcode text NOT NULL, area text, lat double precision NOT NULL, lon double precision NOT NULL,
    id bigint NOT NULL DEFAULT nextval('gazetteer_name_id_seq')
);

-- name: gazetteer_stage_houses
-- Where the houses of a file wait.
CREATE TEMP TABLE staged_house (
    ref bigint NOT NULL, number integer NOT NULL, letter text NOT NULL, postcode text NOT NULL,
    lat double precision NOT NULL, lon double precision NOT NULL
);

-- name: gazetteer_stage_distinct
-- A house counts once for each street and postcode, however many flats or rows it has; a name once for each place.
CREATE TEMP TABLE staged_address AS
SELECT DISTINCT ON (ref, number, letter, postcode) ref, number, letter, postcode, lat, lon
FROM staged_house ORDER BY ref, number, letter, postcode, lat, lon;

-- name: gazetteer_unstage
-- The staging tables go.
DROP TABLE IF EXISTS staged_name, staged_house, staged_address;

-- name: gazetteer_has_source
-- Has it been imported before? $1: the source's name.
SELECT EXISTS (SELECT FROM gazetteer_source WHERE name = $1);

-- name: gazetteer_count_names
-- For a source that is new: all its names are.
SELECT count(*) FROM staged_name;

-- name: gazetteer_count_houses
-- The same for its houses.
SELECT count(*) FROM staged_address;

-- name: gazetteer_compare_names
-- How many names are new, gone and unchanged. $1: the source's name.
SELECT coalesce(sum(greatest(new - old, 0)), 0)::bigint AS new, coalesce(sum(greatest(old - new, 0)), 0)::bigint AS gone,
       coalesce(sum(least(old, new)), 0)::bigint AS unchanged
FROM (
    SELECT count(*) FILTER (WHERE is_old) AS old, count(*) FILTER (WHERE NOT is_old) AS new
    FROM (
        SELECT true AS is_old, n.kind, n.name, n.folded, n.locality, n.postcode, n.area, n.lat, n.lon
        FROM gazetteer_name AS n JOIN gazetteer_source AS s ON s.id = n.source_id WHERE s.name = $1
        UNION ALL
        SELECT false, kind, name, folded, locality, postcode, area, lat, lon FROM staged_name
    ) AS every
    GROUP BY kind, name, folded, locality, postcode, area, lat, lon
) AS counted;

-- name: gazetteer_compare_houses
-- How many houses are new, gone and unchanged. $1: the source's name.
SELECT coalesce(sum(greatest(new - old, 0)), 0)::bigint AS new, coalesce(sum(greatest(old - new, 0)), 0)::bigint AS gone,
       coalesce(sum(least(old, new)), 0)::bigint AS unchanged
FROM (
    SELECT count(*) FILTER (WHERE is_old) AS old, count(*) FILTER (WHERE NOT is_old) AS new
    FROM (
        SELECT true AS is_old, n.folded, n.locality_folded, a.number, a.letter, a.postcode, a.lat, a.lon
        FROM gazetteer_address AS a JOIN gazetteer_name AS n ON n.id = a.name_id
        JOIN gazetteer_source AS s ON s.id = n.source_id WHERE s.name = $1
        UNION ALL
        SELECT false, n.folded, n.locality_folded, a.number, a.letter, a.postcode, a.lat, a.lon
        FROM staged_address AS a JOIN (SELECT DISTINCT ON (ref) * FROM staged_name ORDER BY ref, id) AS n USING (ref)
    ) AS every
    GROUP BY folded, locality_folded, number, letter, postcode, lat, lon
) AS counted;

-- name: gazetteer_forget_houses
-- The houses of a source go; its names go with it. $1: the source's name.
DELETE FROM gazetteer_address AS a USING gazetteer_name AS n, gazetteer_source AS s
WHERE a.name_id = n.id AND n.source_id = s.id AND s.name = $1;

-- name: gazetteer_forget_source
-- The source and its names go. $1: its name.
DELETE FROM gazetteer_source WHERE name = $1 RETURNING names, addresses;

-- name: gazetteer_add_source
-- Write down what was imported. $1: name, $2: format, $3: when, $4: rows not taken.
INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected)
SELECT $1, $2, $3, (SELECT count(*) FROM staged_name), (SELECT count(*) FROM staged_address), $4
RETURNING id;

-- name: gazetteer_confirm_source
-- The file said nothing new. $1: name, $2: format, $3: when, $4: rows not taken.
UPDATE gazetteer_source SET format = $2, imported_at = $3, rejected = $4 WHERE name = $1;

-- name: gazetteer_add_names
-- What was staged becomes the source's names. $1: the source's id.
INSERT INTO gazetteer_name (id, source_id, kind, name, folded, locality, locality_folded, postcode, area, lat, lon)
OVERRIDING SYSTEM VALUE
SELECT id, $1, kind, name, folded, locality, locality_folded, postcode, area, lat, lon FROM staged_name ORDER BY id;

-- name: gazetteer_add_houses
-- What was staged becomes the houses of its streets.
INSERT INTO gazetteer_address (name_id, number, letter, postcode, lat, lon)
SELECT n.id, a.number, a.letter, a.postcode, a.lat, a.lon
FROM staged_address AS a JOIN (SELECT DISTINCT ON (ref) ref, id FROM staged_name ORDER BY ref, id) AS n USING (ref)
ORDER BY n.id, a.number;

-- name: gazetteer_redraw
-- Areas with postcodes may look different now: running processes read the map anew.
UPDATE area_version SET version = version + 1;

-- name: gazetteer_tidy_names
-- Searches must not wade through what is gone, nor through what the index has not sorted in yet.
VACUUM (ANALYZE) gazetteer_name;

-- name: gazetteer_tidy_addresses
-- The same for the houses.
VACUUM (ANALYZE) gazetteer_address;

-- name: gazetteer_sources
-- What the gazetteer was filled from.
SELECT name, format, imported_at, names, addresses, rejected FROM gazetteer_source ORDER BY name;
