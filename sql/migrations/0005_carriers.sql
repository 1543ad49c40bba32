-- Several carriers: how each of them is, and a second mark by which one's duplicates are known.

ALTER TABLE inbox ADD COLUMN alias text;
CREATE UNIQUE INDEX inbox_alias ON inbox (carrier, alias) WHERE alias IS NOT NULL;

CREATE TABLE carrier_health (
    carrier text PRIMARY KEY,
    heard_at timestamptz,       -- something came in
    sent_at timestamptz,        -- it took a text
    failing_since timestamptz,  -- it has taken none since
    failed_at timestamptz,
    wrong text                  -- what it said last; none of the text, none of the number
);
