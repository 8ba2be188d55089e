-- row: age in months at the end of the quarter, column: stream
WITH aged AS (
    SELECT stream, records, key,
           date_diff('month', CAST(opened_in || '-01' AS DATE), CAST(last_period || '-01' AS DATE)) AS months
    FROM mismatch, edition
    WHERE is_open
)
SELECT CASE WHEN months < 3 THEN 'this_quarter' WHEN months < 6 THEN 'last_quarter' ELSE 'older' END AS "row",
       stream AS "column", sum(records) AS value, sum(key) AS key
FROM aged
GROUP BY ALL;
