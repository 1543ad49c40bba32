-- The tables of gammu-smsd (man gammu-smsd-tables, version 17), which lie in a database of its own. Its times are local ones without
-- a zone, its own now() and ours are those of that server, and only how old something is goes in or out, in seconds.
-- Our texts are known by their CreatorID, budkavle/NETWORK/MESSAGE/TRY, which begins with "told/" once their end has been noted.

-- name: gammu_send
-- Gives a text to the modem, all its parts at once; smsd cuts a long one that is not in parts. $1: number, $2: our mark, $3: how marks
-- of this message begin, $4: coding, $5: priority, $6: the parts' headers (null for one alone), $7: the parts, $8: seconds. Returns
-- the mark under which it is there: another one when somebody gave it to the modem within so many seconds, and died.
WITH known AS (
    (SELECT "CreatorID" FROM outbox
     WHERE starts_with("CreatorID", $3) AND "DestinationNumber" = $1 AND "TextDecoded" = ($7::text[])[1]
       AND "SendingDateTime" < 'infinity' AND "InsertIntoDB" > LOCALTIMESTAMP - make_interval(secs => $8) LIMIT 1)
    UNION ALL
    (SELECT "CreatorID" FROM sentitems
     WHERE starts_with("CreatorID", $3) AND "DestinationNumber" = $1 AND "TextDecoded" = ($7::text[])[1]
       AND "SequencePosition" = 1 AND "Status" NOT IN ('SendingError', 'Error', 'DeliveryFailed')
       AND "InsertIntoDB" > LOCALTIMESTAMP - make_interval(secs => $8) LIMIT 1)),
made AS (
    INSERT INTO outbox ("DestinationNumber", "CreatorID", "Coding", "Priority", "UDH", "TextDecoded", "MultiPart")
    SELECT $1, $2, $4, $5, ($6::text[])[1], ($7::text[])[1], cardinality($7::text[]) > 1 WHERE NOT EXISTS (SELECT FROM known)
    RETURNING "ID"),
rest AS (
    INSERT INTO outbox_multipart ("ID", "SequencePosition", "Coding", "UDH", "TextDecoded")
    SELECT made."ID", part.position, $4, part.header, part.words
    FROM made, unnest($6::text[], $7::text[]) WITH ORDINALITY AS part(header, words, position) WHERE part.position > 1)
SELECT COALESCE((SELECT "CreatorID" FROM known LIMIT 1), $2) AS mark;

-- name: gammu_state
-- The phone that smsd has told of last, and how long the oldest of our texts has waited for it. $1: how our marks begin.
SELECT p.silent, p.signal, p.battery, p.phone,
       (SELECT EXTRACT(EPOCH FROM max(LOCALTIMESTAMP - "InsertIntoDB"))::float8 FROM outbox
        WHERE starts_with("CreatorID", $1) AND "SendingDateTime" < 'infinity') AS waiting
FROM (SELECT) AS always LEFT JOIN LATERAL (
    SELECT EXTRACT(EPOCH FROM LOCALTIMESTAMP - "UpdatedInDB")::float8 AS silent, "Signal" AS signal, "Battery" AS battery,
           "ID" AS phone
    FROM phones ORDER BY "UpdatedInDB" DESC LIMIT 1) AS p ON true;

-- name: gammu_unread
-- What has come in and has not been read, in the order of its coming.
SELECT "ID" AS id, "SenderNumber" AS sender, "TextDecoded" AS words, "Text" AS encoded, "UDH" AS header, "Coding" AS coding,
       "Class" AS class, "ReceivingDateTime" AS received_at, "UpdatedInDB" AS stored_at,
       EXTRACT(EPOCH FROM LOCALTIMESTAMP - "UpdatedInDB")::float8 AS age
FROM inbox WHERE NOT "Processed" ORDER BY "ID" LIMIT 500;

-- name: gammu_read
-- These have been read. $1: their IDs.
UPDATE inbox SET "Processed" = true WHERE "ID" = ANY($1::int[]);

-- name: gammu_ends
-- What became of our texts, all their parts taken together, when it has not been noted yet. $1: how our marks begin.
SELECT s."CreatorID" AS mark,
       bool_or(s."Status" IN ('SendingError', 'Error', 'DeliveryFailed')) AS failed,
       min(s."Status") FILTER (WHERE s."Status" IN ('SendingError', 'Error', 'DeliveryFailed')) AS status
FROM sentitems s
WHERE starts_with(s."CreatorID", $1) AND NOT EXISTS (SELECT FROM outbox o WHERE o."CreatorID" = s."CreatorID")
GROUP BY s."CreatorID"
HAVING bool_or(s."Status" IN ('SendingError', 'Error', 'DeliveryFailed')) OR bool_and(s."Status" = 'DeliveryOK')
LIMIT 500;

-- name: gammu_told
-- The end of a text has been noted. $1: its mark.
UPDATE sentitems SET "CreatorID" = 'told/' || "CreatorID" WHERE "CreatorID" = $1;

-- name: gammu_hold
-- Keeps texts from the modem that have waited too long, none that it is trying. $1: how our marks begin, $2: seconds.
UPDATE outbox SET "SendingDateTime" = 'infinity'
WHERE starts_with("CreatorID", $1) AND "SendingDateTime" < 'infinity' AND "SendingTimeOut" < now()
  AND "InsertIntoDB" < LOCALTIMESTAMP - make_interval(secs => $2);

-- name: gammu_held
-- The texts that were kept back at least so long ago that smsd, had it seen one just before, would be trying it by now.
-- $1: how our marks begin, $2: seconds.
SELECT "CreatorID" AS mark FROM outbox
WHERE starts_with("CreatorID", $1) AND "SendingDateTime" = 'infinity' AND "SendingTimeOut" < now()
  AND "UpdatedInDB" < LOCALTIMESTAMP - make_interval(secs => $2);

-- name: gammu_take_back
-- Another carrier has a text that was kept back. $1: its mark.
WITH gone AS (DELETE FROM outbox WHERE "CreatorID" = $1 AND "SendingDateTime" = 'infinity' RETURNING "ID")
DELETE FROM outbox_multipart WHERE "ID" IN (SELECT "ID" FROM gone);

-- name: gammu_forget
-- Throws away what was read or sent more than so many seconds ago: we have it ourselves. $1: how our marks begin, $2: seconds.
WITH read AS (
    DELETE FROM inbox WHERE "Processed" AND "UpdatedInDB" < LOCALTIMESTAMP - make_interval(secs => $2))
DELETE FROM sentitems
WHERE (starts_with("CreatorID", $1) OR starts_with("CreatorID", 'told/' || $1))
  AND "UpdatedInDB" < LOCALTIMESTAMP - make_interval(secs => $2);

-- name: gammu_version
-- The version of the tables.
SELECT max("Version") AS version FROM gammu;

-- name: gammu_lock
-- One process at a time makes the tables; until the transaction's end.
SELECT pg_advisory_xact_lock(hashtext('gammu'));

-- name: gammu_role
-- On the embedded server: the role that owns gammu's database and sees nothing of ours.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gammu') THEN CREATE ROLE gammu LOGIN; END IF;
END $$;

-- name: gammu_owner
-- On the embedded server: gammu's database is that role's.
ALTER DATABASE gammu OWNER TO gammu;

-- name: gammu_has_tables
-- Have the tables been made?
SELECT to_regclass('outbox') IS NOT NULL AS made;
