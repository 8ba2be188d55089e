-- row: series, of the contracts that start in the quarter and state a fee in the cap's currency
WITH told AS (
    SELECT series, records, key, is_within_cap AS part
    FROM started_contract, edition
    WHERE fee_in = edition.quarter
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
