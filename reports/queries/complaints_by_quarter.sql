-- row: quarter, column: series
SELECT received_complaint.quarter AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM received_complaint, edition
WHERE received_complaint.quarter BETWEEN oldest_quarter AND edition.quarter
GROUP BY ALL;
