-- row: series, numerator and denominator: payments, of the workers under contract in the quarter
WITH told AS (
    SELECT series, cell_key, wage_payments_due AS due, least(wage_payments_seen, wage_payments_due) AS seen
    FROM contract_in_quarter
    WHERE wage_payments_due IS NOT NULL AND wage_payments_seen IS NOT NULL
)
SELECT series AS "row", CAST(coalesce(sum(seen), 0) AS BIGINT) AS numerator,
       sum(cell_key) FILTER (seen > 0) AS numerator_key,
       CAST(coalesce(sum(due), 0) AS BIGINT) AS denominator, sum(cell_key) FILTER (due > 0) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
