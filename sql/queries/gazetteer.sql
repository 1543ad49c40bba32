-- Looking up where somebody is.

-- name: gazetteer_find
-- Names of the gazetteer that a text may mean, with which of its names each is. Those spelt alike; for a name of which there is
-- none, those with the most similar spellings (pg_trgm) that begin alike and fit one of its patterns. $1, $2: names, folded, and the number of what each
-- spells; $3, $4, $5: as that, with a LIKE pattern; $6: villages that the text may name, folded; $7: postcodes.
WITH exact AS MATERIALIZED (
    SELECT asked.named, n.* FROM unnest($1::text[], $2::integer[]) AS asked (folded, named)
    CROSS JOIN LATERAL (
        SELECT * FROM gazetteer_name AS one WHERE one.folded = asked.folded AND one.kind <> 'postcode'
        ORDER BY one.locality_folded = ANY ($6::text[]) DESC, one.id LIMIT 40
    ) AS n
), resembling AS MATERIALIZED (
    SELECT DISTINCT ON (asked.named, s.folded) asked.named, s.folded, similarity(s.folded, asked.folded) AS alike
    FROM unnest($3::text[], $4::integer[], $5::text[]) AS asked (folded, named, pattern)
    JOIN gazetteer_spelling AS s ON left(s.folded, 1) = left(asked.folded, 1)
         AND length(s.folded) BETWEEN length(asked.folded) - 2 AND length(asked.folded) + 2 AND s.folded LIKE asked.pattern
    WHERE NOT EXISTS (SELECT FROM exact WHERE exact.named = asked.named)
      AND EXISTS (SELECT FROM gazetteer_name AS one WHERE one.folded = s.folded AND one.kind <> 'postcode')
), misspelt AS MATERIALIZED (
    SELECT named, folded, row_number() OVER (PARTITION BY named ORDER BY alike DESC, folded) AS place FROM resembling
)
SELECT named, id, kind, name, folded, locality, locality_folded, postcode, area, lat, lon FROM exact
UNION ALL
SELECT asked.named, n.id, n.kind, n.name, n.folded, n.locality, n.locality_folded, n.postcode, n.area, n.lat, n.lon
FROM misspelt AS asked
CROSS JOIN LATERAL (
    SELECT * FROM gazetteer_name AS one WHERE one.folded = asked.folded AND one.kind <> 'postcode'
    ORDER BY one.locality_folded = ANY ($6::text[]) DESC, one.id LIMIT 10
) AS n
WHERE asked.place <= 5
UNION ALL
SELECT NULL, id, kind, name, folded, locality, locality_folded, postcode, area, lat, lon
FROM gazetteer_name WHERE folded = ANY ($7::text[]) AND kind = 'postcode';

-- name: gazetteer_houses
-- Houses of streets. $1: ids of the streets; $2: the number looked for in each.
SELECT a.name_id, a.number, a.letter, a.postcode, a.lat, a.lon
FROM unnest($1::bigint[], $2::integer[]) AS asked (id, number)
JOIN gazetteer_address AS a ON a.name_id = asked.id AND a.number = asked.number
ORDER BY a.name_id, a.letter;

-- name: gazetteer_is_there
-- Has the network's schema a gazetteer, empty or not?
SELECT to_regclass('gazetteer_name') IS NOT NULL;

-- name: gazetteer_has_names
-- Has anything been imported?
SELECT EXISTS (SELECT FROM gazetteer_name);
