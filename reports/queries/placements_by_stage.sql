-- row: stage at the cut-off, column: series
SELECT stage AS "row", series AS "column", sum(records) AS value, sum(key) AS key
FROM placement_now
GROUP BY ALL;
