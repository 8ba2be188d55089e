-- row: series, of the workers under contract in the quarter, and for longer than two months in all
WITH told AS (
    SELECT series, cell_key, coalesce(wage_payments_seen > 0, false) AS part,
           count(wage_payments_seen) OVER (PARTITION BY series) > 0 AS is_ever_stated
    FROM contract_in_quarter, parameter
    WHERE date_diff('day', began_on, ended_on) + 1 > wage_seen_after_days
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN (FROM told WHERE is_ever_stated) AS stated USING (series)
GROUP BY ALL
ORDER BY series;
