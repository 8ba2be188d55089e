-- row: severity, column: stream
SELECT severity AS "row", stream AS "column", count(*) AS value, sum(cell_key) AS key
FROM mismatch
WHERE is_open
GROUP BY ALL;
