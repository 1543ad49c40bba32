-- name: inbound_context
-- What is known about the senders of a batch of messages. $1: phones (or ''), $2: reply numbers (or 0), $3: is everything
-- live wanted, $4: carriers, $5: carriers' message ids, $6: how far back ended tasks still matter, $7: accounts in a chat
-- (or 0), $8: their texts, $9 and $10: since when messages count as lately written, and as said again. For each, in order: was it
-- received already, the person (whom a merged duplicate became part of), the person's own cases (as resident), the cases
-- that the person was asked about with that number (with $3: all that live offers are about), the numbers of some live
-- offers, what the person is being asked by SMS, the pairs of phone chats that the person is one of, whose fixed contact the
-- person is, and the person's own.
SELECT i.ord,
       -- not EXISTS, which may be planned as a hash of the whole inbox
       COALESCE((SELECT true FROM inbox b WHERE b.carrier = i.carrier AND b.carrier_id = i.carrier_id), false) AS seen,
       row_to_json(p) AS person,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT c.doc FROM task t JOIN need n ON n.id = t.need_id JOIN case_doc c ON c.id = t.id
           WHERE n.resident_id = p.id AND (t.deadline_at IS NOT NULL OR t.changed_at > $6)
           ORDER BY t.created_at DESC LIMIT 20) END AS own,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT c.doc FROM case_doc c
           WHERE c.id IN (
               (SELECT o.task_id FROM offer o WHERE i.everything AND o.person_id = p.id AND o.live LIMIT 500)
               UNION
               (SELECT o.task_id FROM offer o WHERE o.person_id = p.id AND o.number = i.number
                ORDER BY o.live DESC, o.sent_at DESC LIMIT 1))) END AS asked,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT o.number FROM offer o WHERE o.person_id = p.id AND o.live ORDER BY o.number LIMIT 8) END AS live_numbers,
       (SELECT row_to_json(v) FROM conversation v WHERE v.person_id = p.id) AS talk,
       CASE WHEN p.id IS NOT NULL THEN ARRAY(
           SELECT json_build_object('chat', row_to_json(h), 'resident', row_to_json(r), 'volunteer', row_to_json(v))
           FROM phone_chat h JOIN person r ON r.id = h.resident_id JOIN person v ON v.id = h.volunteer_id
           WHERE h.next_at IS NOT NULL AND (h.resident_id = p.id OR h.volunteer_id = p.id)
           ORDER BY h.next_at LIMIT 8) END AS phone_chats,
       -- only for what may be about a fixed contact
       CASE WHEN p.id IS NOT NULL AND i.said ~* '\mfast|\mfixed' THEN ARRAY(
           SELECT row_to_json(r) FROM person r WHERE r.fixed_contact = p.id AND r.merged_into IS NULL ORDER BY r.id LIMIT 20)
           END AS contact_of,
       CASE WHEN i.said ~* '\mfast|\mfixed' THEN (SELECT row_to_json(f) FROM person f WHERE f.id = p.fixed_contact) END AS contact,
       counted.lately, counted.same
FROM unnest($1::text[], $2::int[], $3::bool[], $4::text[], $5::text[], $7::bigint[], $8::text[])
     WITH ORDINALITY AS i(phone, number, everything, carrier, carrier_id, chat, said, ord)
LEFT JOIN person w ON w.id = COALESCE((SELECT id FROM person WHERE phone = i.phone),
                                      (SELECT id FROM person WHERE telegram_id = NULLIF(i.chat, 0)))
LEFT JOIN person p ON p.id = COALESCE(w.merged_into, w.id)
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE last.received_at > $9)::int AS lately,
           count(*) FILTER (WHERE last.received_at > $10 AND last.text = i.said)::int AS same
    FROM (SELECT b.received_at, b.text FROM inbox b WHERE b.person_id = p.id ORDER BY b.id DESC LIMIT 40) last) counted ON true
ORDER BY i.ord;

-- name: person_by_phone
-- One person, by number in E.164; a merged duplicate's leads to whom it became part of.
SELECT row_to_json(p) AS person FROM person w JOIN person p ON p.id = COALESCE(w.merged_into, w.id) WHERE w.phone = $1;

-- name: person_by_id
-- One person.
SELECT row_to_json(p) AS person FROM person p WHERE p.id = $1;
