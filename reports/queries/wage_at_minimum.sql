-- row: series, of the contracts that start in the quarter and state a wage in the agreed currency
WITH told AS (
    SELECT series, records, key, is_at_minimum AS part
    FROM started_contract, edition
    WHERE started_in = edition.quarter
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
