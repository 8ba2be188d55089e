-- row: series, of the workers under contract in the quarter, and for longer than two months in all
WITH told AS (
    SELECT series, records, key, coalesce(wage_payments_seen > 0, false) AS part,
           count(wage_payments_seen) OVER (PARTITION BY series) > 0 AS is_ever_stated
    FROM placement_now
    WHERE is_in_quarter AND is_long
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN (FROM told WHERE is_ever_stated) AS stated USING (series)
GROUP BY ALL
ORDER BY series;
