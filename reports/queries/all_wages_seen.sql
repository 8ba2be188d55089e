-- row: series, of the workers under contract in the quarter to whom a wage was due
WITH told AS (
    SELECT series, records, key, wage_payments_seen >= wage_payments_due AS part
    FROM placement_now
    WHERE is_in_quarter AND wage_payments_due > 0 AND wage_payments_seen IS NOT NULL
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
