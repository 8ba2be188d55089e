-- row: sex, column: series
SELECT coalesce(sex, 'not_stated') AS "row", series AS "column", count(*) AS value
FROM arrival, edition
WHERE arrival.quarter = edition.quarter
GROUP BY ALL;
