-- row: series, of the workers under contract in the quarter to whom a wage was due
WITH told AS (
    SELECT series, cell_key, wage_payments_seen >= wage_payments_due AS part
    FROM contract_in_quarter
    WHERE wage_payments_due > 0 AND wage_payments_seen IS NOT NULL
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
