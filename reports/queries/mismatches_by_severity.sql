-- row: severity, column: stream
SELECT severity AS "row", stream AS "column", sum(records) AS value, sum(key) AS key
FROM mismatch
WHERE is_open
GROUP BY ALL;
