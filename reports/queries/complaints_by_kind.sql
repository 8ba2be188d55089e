-- row: kind, column: series
SELECT kind AS "row", series AS "column", count(*) AS value
FROM received_complaint, edition
WHERE received_complaint.quarter = edition.quarter
GROUP BY ALL;
