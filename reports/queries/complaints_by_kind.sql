-- row: kind, column: series
SELECT kind AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM received_complaint, edition
WHERE received_in = edition.quarter
GROUP BY ALL;
