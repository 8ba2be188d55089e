-- row: series, numerator and denominator: payments, of the workers under contract in the quarter
WITH told AS (
    SELECT series, records, key, wage_payments_due AS due, least(wage_payments_seen, wage_payments_due) AS seen
    FROM placement_now
    WHERE is_in_quarter AND wage_payments_due IS NOT NULL AND wage_payments_seen IS NOT NULL
)
SELECT series AS "row", sum(seen * records) AS numerator, sum(key) FILTER (seen > 0) AS numerator_key,
       sum(due * records) AS denominator, sum(key) FILTER (due > 0) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
