-- Background checks: how they have stood, and which of them end soon.

-- name: vetting_note
-- How somebody's check stands from now on. $1: person, $2: now, $3: state, $4: checked on, $5: until, $6: source, $7: by.
INSERT INTO vetting_entry (person_id, at, state, checked_on, until, source, entered_by) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: vetting_history
-- How somebody's check has stood, newest first. $1: person.
SELECT v.at, v.state, v.checked_on, v.until, v.source, p.name AS entered_by
FROM vetting_entry v LEFT JOIN person p ON p.id = v.entered_by WHERE v.person_id = $1 ORDER BY v.id DESC LIMIT 30;

-- name: vetting_ending
-- Checks of volunteers that end soon, and of which nobody has been told yet: told from now on. $1: today, $2: the last day that is
-- soon. Returns the people's ids with their last days.
UPDATE person SET vetting_told = vetted_until
WHERE vetted_until BETWEEN $1 AND $2 AND vetting = 'valid' AND vetting_told IS DISTINCT FROM vetted_until
  AND 'volunteer' = ANY (roles) AND merged_into IS NULL AND erased_at IS NULL
RETURNING id, vetted_until;
