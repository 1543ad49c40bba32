-- Two people who are not to meet: a volunteer, or a resident, does not want to meet the other. No reason is kept. person_id: whose
-- wish it is; told_by: the member of staff who wrote it down, null when the person did it by their own hand.
CREATE TABLE kept_apart (
    person_id  bigint NOT NULL REFERENCES person,
    other_id   bigint NOT NULL REFERENCES person,
    told_by    bigint,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, other_id),
    CHECK (person_id <> other_id)
);
CREATE INDEX kept_apart_other ON kept_apart (other_id);

-- Background checks: when it was made, by what it is known, and for which last day the coordinators have been told that it ends.
ALTER TABLE person
    ADD COLUMN vetted_on      date,
    ADD COLUMN vetting_source text NOT NULL DEFAULT '',
    ADD COLUMN vetting_told   date;
CREATE INDEX person_vetted_until ON person (vetted_until) WHERE vetted_until IS NOT NULL;

-- How somebody's check has stood, one row for each change.
CREATE TABLE vetting_entry (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES person,
    at         timestamptz NOT NULL,
    state      text NOT NULL CHECK (state IN ('none', 'asked', 'valid', 'refused')),
    checked_on date,
    until      date,
    source     text NOT NULL DEFAULT '',
    entered_by bigint
);
CREATE INDEX vetting_entry_person ON vetting_entry (person_id);

-- What a request asks for beside its category's own: skills, equipment.
ALTER TABLE need ADD COLUMN requires text[] NOT NULL DEFAULT '{}';

-- Offers of the last weeks are counted now and then (sql/queries/answers.sql); this index costs next to nothing to keep.
CREATE INDEX offer_sent ON offer USING brin (sent_at);

-- As before, and with whom the resident is not to meet.
CREATE OR REPLACE VIEW case_doc AS
SELECT t.id, t.code, t.state, n.resident_id,
       json_build_object(
           'task', row_to_json(t),
           'need', row_to_json(n),
           'resident', row_to_json(r),
           'offers', COALESCE((
               SELECT json_agg(json_build_object('offer', row_to_json(o), 'person', row_to_json(p)) ORDER BY o.id)
               FROM offer o JOIN person p ON p.id = o.person_id
               WHERE o.task_id = t.id), '[]'::json),
           'kept_apart', ARRAY(SELECT k.other_id FROM kept_apart k WHERE k.person_id = n.resident_id
                               UNION ALL SELECT k.person_id FROM kept_apart k WHERE k.other_id = n.resident_id)
       ) AS doc
FROM task t
JOIN need n ON n.id = t.need_id
JOIN person r ON r.id = n.resident_id;
