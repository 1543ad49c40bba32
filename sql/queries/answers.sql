-- How people have answered when they were asked to help: counted now and then, see dispatch/answers.py. Whoever was told "no longer
-- needed" before they had had time to answer is not counted. $1: offers sent since, $2: until (the youngest have had no time yet).

-- name: answers_by_area
-- Of each area, and of each kind of step: how many were asked, and how many said yes.
SELECT n.area, t.ladder -> o.step::int ->> 'ask' AS ask, count(*) AS asked,
       count(*) FILTER (WHERE o.state IN ('accepted', 'withdrawn')) AS yes
FROM offer o JOIN task t ON t.id = o.task_id JOIN need n ON n.id = t.need_id
WHERE o.kind = 'help' AND o.sent_at >= $1 AND o.sent_at <= $2 AND n.area IS NOT NULL
  AND (o.state <> 'superseded' OR o.answered_at - o.sent_at >= interval '10 minutes')
GROUP BY 1, 2;

-- name: answers_by_person
-- Of each person, and of each category: how many they answered, and how many with yes. $2: until.
SELECT o.person_id, n.category, count(*) AS asked, count(*) FILTER (WHERE o.state <> 'declined') AS yes
FROM offer o JOIN task t ON t.id = o.task_id JOIN need n ON n.id = t.need_id
WHERE o.kind = 'help' AND o.sent_at >= $1 AND o.sent_at <= $2 AND n.category IS NOT NULL
  AND o.state IN ('accepted', 'withdrawn', 'declined')
GROUP BY 1, 2;
