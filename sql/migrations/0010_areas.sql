-- Areas as they were drawn: imported from a file, or moved on the page. An area without a row is drawn from its places.
CREATE TABLE area_outline (
    area text PRIMARY KEY,
    outline jsonb NOT NULL,  -- a GeoJSON Polygon or MultiPolygon, WGS 84
    source text NOT NULL CHECK (source IN ('import', 'page')),
    changed_at timestamptz NOT NULL,
    changed_by bigint REFERENCES person (id) ON DELETE SET NULL
);

-- Goes up by one with every change of an outline: a process whose map is older reads it anew, and whoever edits an older map is told.
CREATE TABLE area_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL DEFAULT 0
);
INSERT INTO area_version DEFAULT VALUES;

-- Who moved which boundary, newest first, without reading all that ever happened.
CREATE INDEX events_area_redrawn ON events (id) WHERE kind = 'area.redrawn';
