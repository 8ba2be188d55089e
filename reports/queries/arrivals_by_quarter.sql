-- row: quarter, column: series
SELECT quarter_name(arrived_in) AS "row", series AS "column", sum(records) AS value, sum(key) AS key
FROM arrival, edition
WHERE arrived_in BETWEEN oldest_quarter AND edition.quarter
GROUP BY ALL;
