-- What an online geocoder has answered, for a month. Off by default; nothing here says who lives there or why anybody asked.
CREATE TABLE geocoder_answer (
    address_key bytea PRIMARY KEY,  -- HMAC-SHA256 of the address that was asked for, by the installation's secret key
    answer jsonb NOT NULL,          -- [{"label", "lat", "lon", "precision"}]: what the public map says, as it was answered
    expires_on date NOT NULL        -- a day, not a time: no row can be laid beside a call that was saved at that minute
);
CREATE INDEX geocoder_answer_expires ON geocoder_answer (expires_on);

-- When the geocoder may be asked next, by whichever process.
CREATE TABLE geocoder_turn (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    next_at timestamptz NOT NULL
);
INSERT INTO geocoder_turn VALUES (true, '2000-01-01T00:00Z');
