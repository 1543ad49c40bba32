-- The people's pages: lists, one person with everything that staff should know, changes, merging.

-- name: directory_page
-- One page of people in the order of names, merged duplicates left out. $1: words to be found, as patterns; $2: digits of a
-- number, or null; $3: role, or null ('staff': any of them); $4: area; $5: skill; $6: language; $7: standing (active, paused,
-- stopped); $8: background check (none, asked, valid, refused, ended); $9: now; $10: today; $11: backward?; $12, $13: from
-- this position, name and id; $14: how many; $15: the only area that the reader sees (volunteers, none protected), or null.
WITH found AS NOT MATERIALIZED (
    SELECT p.id, sort_name(p.name) COLLATE "C" AS sort
    FROM person p
    WHERE p.merged_into IS NULL
      AND (cardinality($1::text[]) = 0 OR folded(p.name || ' ' || p.organisation || ' ' || COALESCE(p.email, '')) LIKE ALL ($1)
           OR ($2::text IS NOT NULL AND (p.phone LIKE '%' || $2 || '%' OR p.phone_raw LIKE '%' || $2 || '%' OR EXISTS (
               SELECT FROM person m WHERE m.merged_into = p.id AND m.phone LIKE '%' || $2 || '%'))))
      AND ($3::text IS NULL OR $3 = ANY (p.roles)
           OR ($3 = 'staff' AND p.roles && '{operator,coordinator,lead,service,administrator}'))
      AND ($4::text IS NULL OR p.area = $4
           OR EXISTS (SELECT FROM group_member g WHERE g.person_id = p.id AND g.group_key = 'area:' || $4))
      AND ($5::text IS NULL OR $5 = ANY (p.skills))
      AND ($6::text IS NULL OR p.language = $6 OR $6 = ANY (p.languages))
      AND ($7::text IS NULL OR $7 = CASE WHEN p.stopped_at IS NOT NULL THEN 'stopped'
                                         WHEN p.paused_until > $9::timestamptz THEN 'paused' ELSE 'active' END)
      AND ($8::text IS NULL OR $8 = CASE WHEN p.vetting = 'none' AND 'vetted' = ANY (p.skills) THEN 'valid'
                                         WHEN p.vetting = 'valid' AND p.vetted_until < $10::date THEN 'ended'
                                         ELSE p.vetting END)
      AND ($15::text IS NULL OR ('volunteer' = ANY (p.roles) AND NOT p.protected AND (p.area = $15
           OR EXISTS (SELECT FROM group_member g WHERE g.person_id = p.id AND g.group_key = 'area:' || $15))))
), page AS (
    (SELECT * FROM found WHERE NOT $11::boolean AND (sort, id) > ($12, $13::bigint) ORDER BY sort, id LIMIT $14)
    UNION ALL
    (SELECT * FROM found WHERE $11::boolean AND (sort, id) < ($12, $13::bigint) ORDER BY sort DESC, id DESC LIMIT $14)
)
SELECT p.*, (SELECT count(*) FROM offer o JOIN task t ON t.id = o.task_id
             WHERE o.person_id = p.id AND o.state = 'accepted' AND t.state IN ('taken', 'underway', 'with_service')) AS holds
FROM page JOIN person p ON p.id = page.id ORDER BY page.sort, page.id;

-- name: directory_position
-- Where somebody stands in the order of names. $1: id.
SELECT sort_name(name) AS sort FROM person WHERE id = $1;

-- name: directory_words
-- Skills and languages that people have, most frequent first, for the filters.
SELECT * FROM (SELECT 'skill' AS what, s AS word, count(*) AS n FROM person p, unnest(p.skills) AS s
               WHERE p.merged_into IS NULL GROUP BY s ORDER BY n DESC LIMIT 60) AS skills
UNION ALL
SELECT * FROM (SELECT 'language', l, count(*) AS n FROM person p, unnest(p.language || p.languages) AS l
               WHERE p.merged_into IS NULL GROUP BY l ORDER BY n DESC LIMIT 60) AS languages
ORDER BY n DESC;
