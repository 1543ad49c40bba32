-- name: inbound_context
-- What is known about the senders of a batch of messages. $1: phones (or ''), $2: reply numbers (or 0), $3: carriers,
-- $4: carriers' message ids, $5: how far back ended tasks still matter. For each, in order: was it received already, the
-- person, the person's own cases (as resident), and the cases that the person is or was asked about with that number.
SELECT i.ord,
       EXISTS (SELECT FROM inbox b WHERE b.carrier = i.carrier AND b.carrier_id = i.carrier_id) AS seen,
       row_to_json(p) AS person,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT c.doc FROM task t JOIN need n ON n.id = t.need_id JOIN case_doc c ON c.id = t.id
           WHERE n.resident_id = p.id AND (t.deadline_at IS NOT NULL OR t.changed_at > $5)
           ORDER BY t.created_at DESC LIMIT 8) END AS own,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT c.doc FROM case_doc c
           WHERE c.id IN (
               (SELECT o.task_id FROM offer o WHERE o.person_id = p.id AND o.live ORDER BY o.sent_at DESC LIMIT 50)
               UNION ALL
               (SELECT o.task_id FROM offer o WHERE o.person_id = p.id AND o.number = i.number
                ORDER BY o.sent_at DESC LIMIT 1))) END AS asked
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[]) WITH ORDINALITY AS i(phone, number, carrier, carrier_id, ord)
LEFT JOIN person p ON p.phone = i.phone
ORDER BY i.ord;

-- name: person_by_phone
-- One person, by number in E.164.
SELECT row_to_json(p) AS person FROM person p WHERE p.phone = $1;
