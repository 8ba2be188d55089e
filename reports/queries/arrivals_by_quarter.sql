-- row: quarter, column: series
SELECT arrival.quarter AS "row", series AS "column", count(*) AS value
FROM arrival, edition
WHERE arrival.quarter BETWEEN oldest_quarter AND edition.quarter
GROUP BY ALL;
