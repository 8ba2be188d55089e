-- row: channel, column: series
SELECT coalesce(channel, 'not_stated') AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM complaint_course, edition
WHERE complaint_course.quarter = edition.quarter
GROUP BY ALL;
