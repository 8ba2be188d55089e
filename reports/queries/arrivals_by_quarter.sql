-- row: quarter, column: series
SELECT arrival.quarter AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM arrival, edition
WHERE arrival.quarter BETWEEN oldest_quarter AND edition.quarter
GROUP BY ALL;
