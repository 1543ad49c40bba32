-- Online geocoders (service/geocoding): what they have answered, and when they may be asked.

-- name: geocoder_known
-- An answer that is not too old. $1: the address's key, $2: today.
SELECT answer FROM geocoder_answer WHERE address_key = $1 AND expires_on > $2;

-- name: geocoder_keep
-- An answer, kept until a day; what is too old goes. $1: the address's key, $2: the answer, $3: the day, $4: today.
WITH gone AS (DELETE FROM geocoder_answer WHERE expires_on <= $4 AND address_key <> $1)
INSERT INTO geocoder_answer VALUES ($1, $2, $3)
ON CONFLICT (address_key) DO UPDATE SET answer = excluded.answer, expires_on = excluded.expires_on;

-- name: geocoder_clear
-- Answers that are too old. $1: today; null: all of them.
DELETE FROM geocoder_answer WHERE expires_on <= $1 OR $1 IS NULL;

-- name: geocoder_turn
-- Takes the next turn to ask, and says when it is; no row when that is later than $3. $1: now, $2: the time between two turns.
UPDATE geocoder_turn SET next_at = GREATEST(next_at, $1::timestamptz) + $2::interval WHERE next_at <= $3
RETURNING next_at - $2::interval AS at;

-- name: geocoder_pause
-- Nobody asks before. $1: when.
UPDATE geocoder_turn SET next_at = GREATEST(next_at, $1);
