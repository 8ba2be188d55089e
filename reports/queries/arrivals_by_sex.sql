-- row: sex, column: series
SELECT coalesce(sex, 'not_stated') AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM arrival, edition
WHERE arrival.quarter = edition.quarter
GROUP BY ALL;
