-- The gazetteer: places, streets and addresses by name. Each source (one file, one kind) is replaced as a whole by its next import.
CREATE TABLE gazetteer_source (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,     -- "places", "geonames", "osm", "addresses", or what the import was told
    format text NOT NULL,          -- 'csv', 'geonames', 'osm', 'addresses'
    imported_at timestamptz NOT NULL,
    names integer NOT NULL,
    addresses integer NOT NULL,
    rejected integer NOT NULL
);

-- One name for one thing: a village, a farm, a street in one locality, a postcode. An alias is a row of its own.
CREATE TABLE gazetteer_name (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id integer NOT NULL REFERENCES gazetteer_source (id) ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('place', 'farm', 'street', 'postcode')),
    name text NOT NULL,            -- as it is shown: "Storgatan"
    folded text NOT NULL,          -- geo.fold.fold(name), or of the alias: "storgatan"
    locality text NOT NULL DEFAULT '',         -- the village or town it lies in: "Gränna"
    locality_folded text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',         -- five digits, or empty
    area text,                     -- the area's key where the source says it; null: what the map says
    lat double precision NOT NULL,
    lon double precision NOT NULL  -- of a street: the middle of its addresses
);
CREATE INDEX gazetteer_name_folded ON gazetteer_name (folded);
CREATE INDEX gazetteer_name_source ON gazetteer_name (source_id);

-- Every spelling that a name has, once, however many places have a Storgatan: where misspelt names are looked for. One that no
-- name has any more does no harm.
CREATE TABLE gazetteer_spelling (folded text PRIMARY KEY);
CREATE INDEX gazetteer_spelling_like ON gazetteer_spelling (left(folded, 1), length(folded));

-- The houses of a street. letter: small, or empty: "4 B" is 4 and "b".
CREATE TABLE gazetteer_address (
    name_id bigint NOT NULL REFERENCES gazetteer_name (id) ON DELETE CASCADE,
    number integer NOT NULL,
    letter text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',
    lat double precision NOT NULL,
    lon double precision NOT NULL
);
CREATE INDEX gazetteer_address_house ON gazetteer_address (name_id, number);
