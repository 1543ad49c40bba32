-- Where a need is, as exactly as it is known; and for what is fetched here and delivered there, where from.
ALTER TABLE need
    ADD COLUMN lat double precision,
    ADD COLUMN lon double precision,
    ADD COLUMN located text CHECK (located IN ('position', 'address', 'street', 'place', 'postcode', 'area')),  -- how exactly
    ADD COLUMN from_area text,
    ADD COLUMN from_place text,
    ADD COLUMN from_address text NOT NULL DEFAULT '',
    ADD COLUMN from_lat double precision,
    ADD COLUMN from_lon double precision,
    ADD CONSTRAINT need_position CHECK ((lat IS NULL) = (lon IS NULL) AND (from_lat IS NULL) = (from_lon IS NULL));

-- The places that may be meant, while the resident is asked which: [{"area", "place", "label", "lat", "lon", …}] as in geo/location.py.
ALTER TABLE task ADD COLUMN choices jsonb NOT NULL DEFAULT '[]';

-- Roughly where a volunteer lives, rounded so that a home cannot be found from it (geo/travel.py), and how the volunteer gets about.
ALTER TABLE person
    ADD COLUMN lat double precision,
    ADD COLUMN lon double precision,
    ADD COLUMN travels text CHECK (travels IN ('car', 'bicycle', 'foot')),
    ADD CONSTRAINT person_position CHECK ((lat IS NULL) = (lon IS NULL));
