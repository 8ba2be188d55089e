-- row: occupation, column: series
SELECT coalesce(arrived_as, 'not_stated') AS "row", series AS "column", sum(records) AS value, sum(key) AS key
FROM arrival, edition
WHERE arrived_in = edition.quarter
GROUP BY ALL;
