-- row: area, column: series
SELECT coalesce(area, 'not_stated') AS "row", series AS "column", count(*) AS value
FROM arrival, edition
WHERE arrival.quarter = edition.quarter
GROUP BY ALL;
