-- Staff accounts, their sessions and one-time links. Tokens are kept as SHA-256 only.

-- name: account_person
-- The person behind a new account, known to residents by the service group's name too, if there is one. $1: id, $2: name,
-- $3: roles, $4: area, $5: now, $6: the group's key or null.
INSERT INTO person (id, name, roles, area, created_at, organisation)
VALUES ($1, $2, $3, $4, $5, COALESCE((SELECT g.name FROM groups g WHERE g.key = $6), ''));

-- name: create_account
-- A new account; nothing when the name is taken. $1: name, $2: person, $3: role, $4: area, $5: group, $6: now.
INSERT INTO account (name, person_id, role, area, group_key, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (lower(name)) DO NOTHING RETURNING id;

-- name: account_by_name
-- The account that somebody signs in to. $1: name, in any case.
SELECT id, name, person_id, role, area, group_key, password_hash, totp_secret, totp_used, language, disabled_at
FROM account WHERE lower(name) = lower($1);

-- name: accounts
-- All accounts with how many sessions are open. $1: now.
SELECT a.id, a.name, a.role, a.area, a.group_key, a.password_hash IS NOT NULL AS has_password,
       a.totp_secret IS NOT NULL AS has_code, a.created_at, a.disabled_at,
       count(s.token_hash) FILTER (WHERE s.revoked_at IS NULL AND s.expires_at > $1) AS sessions, max(s.seen_at) AS seen_at
FROM account a LEFT JOIN session s ON s.account_id = a.id GROUP BY a.id ORDER BY lower(a.name);

-- name: set_password
-- $1: account, $2: the hash.
UPDATE account SET password_hash = $2 WHERE id = $1;

-- name: forget_password
-- A new password is chosen next, and the second step turned on anew: the old ones are forgotten or lost. $1: account.
UPDATE account SET password_hash = NULL, totp_secret = NULL, totp_used = 0 WHERE id = $1;

-- name: set_code_secret
-- Turns the second step on, or with null off. $1: account, $2: the secret.
UPDATE account SET totp_secret = $2, totp_used = 0 WHERE id = $1;

-- name: use_code
-- A code of the second step works once: nothing comes back when this time step, or a later one, was used. $1: account, $2: step.
UPDATE account SET totp_used = $2 WHERE id = $1 AND totp_used < $2 RETURNING id;

-- name: set_language
-- What the account's pages speak. $1: account, $2: language.
UPDATE account SET language = $2 WHERE id = $1;

-- name: disable_account
-- Nobody signs in to it any more, or again ($2 null). Its sessions end by the query session. $1: account, $2: when.
UPDATE account SET disabled_at = $2 WHERE id = $1 RETURNING id;

-- name: create_link
-- A one-time sign-in link; earlier ones of the account stop working. $1: hash, $2: account, $3: now, $4: until.
WITH earlier AS (UPDATE sign_in_link SET expires_at = $3 WHERE account_id = $2 AND used_at IS NULL AND expires_at > $3)
INSERT INTO sign_in_link (token_hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4);

-- name: use_link
-- The account of a link that was not used before. $1: hash, $2: now.
UPDATE sign_in_link l SET used_at = $2 FROM account a
WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND a.id = l.account_id AND a.disabled_at IS NULL
RETURNING a.id;

-- name: create_session
-- Somebody has signed in. Ended sessions of the account are deleted. $1: hash, $2: account, $3: csrf, $4: agent, $5: now, $6: until.
WITH gone AS (DELETE FROM session WHERE account_id = $2 AND (revoked_at IS NOT NULL OR expires_at <= $5))
INSERT INTO session (token_hash, account_id, csrf, agent, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6);

-- name: session
-- Who is behind a session that has not ended, been revoked or slept too long. $1: hash, $2: now, $3: not seen since.
SELECT a.id, a.name, a.person_id, a.role, a.area, a.group_key, a.language, a.password_hash IS NOT NULL AS has_password,
       a.totp_secret IS NOT NULL AS has_code, s.csrf, s.seen_at
FROM session s JOIN account a ON a.id = s.account_id
WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.seen_at > $3 AND a.disabled_at IS NULL;

-- name: session_seen
-- $1: hash, $2: now.
UPDATE session SET seen_at = $2 WHERE token_hash = $1;

-- name: sessions_of
-- The account's open sessions, newest first. $1: account, $2: now.
SELECT encode(token_hash, 'hex') AS key, agent, created_at, seen_at FROM session
WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC LIMIT 50;

-- name: revoke_session
-- $1: hash, $2: now.
UPDATE session SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL;

-- name: revoke_sessions
-- All of an account but, if given, one. $1: account, $2: now, $3: the hash to keep or null.
UPDATE session SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL AND token_hash IS DISTINCT FROM $3;

-- name: one_try_at_a_time
-- Tries for one name wait for each other, so that many at once are counted too. $1: who.
SELECT pg_advisory_xact_lock(hashtext('sign in'), hashtext($1));

-- name: note_try
-- A try is written down before it is looked at. Nothing comes back when there were too many. $1: who: a name or account, $2: from
-- which address, $3: now, $4: since when they count, $5: most for the first, $6: most for the address.
WITH gone AS (DELETE FROM sign_in_failure WHERE at < $4)
INSERT INTO sign_in_failure (who, at) SELECT unnest(ARRAY[$1, $2]), $3
WHERE (SELECT count(*) FROM sign_in_failure WHERE who = $1 AND at > $4) < $5
  AND (SELECT count(*) FROM sign_in_failure WHERE who = $2 AND at > $4) < $6 RETURNING who;

-- name: forget_tries
-- It went well: what counted against the name counts no more, nor does this try against the address. $1: who, $2: address, $3: when.
DELETE FROM sign_in_failure WHERE who = $1 OR (who = $2 AND at = $3);
