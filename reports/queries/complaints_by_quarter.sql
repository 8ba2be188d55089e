-- row: quarter, column: series
SELECT quarter_name(received_in) AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM received_complaint, edition
WHERE received_in BETWEEN oldest_quarter AND edition.quarter
GROUP BY ALL;
