-- row: series, value: days from receipt to the resolution, or (not ended) to the cut-off, of the complaints of the quarter
-- before
SELECT series AS "row", date_diff('day', received_on, coalesce(resolved_on, last_day)) AS value,
       resolved_on IS NOT NULL AS ended, count(*) AS people, sum(cell_key) AS key
FROM complaint_course, edition
WHERE complaint_course.quarter = previous_quarter
GROUP BY ALL
ORDER BY ALL;
