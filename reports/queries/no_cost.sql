-- row: series, of the arrivals of the quarter whose cost is stated
WITH told AS (
    SELECT series, records, key, pays_nothing AS part
    FROM arrived_worker, edition
    WHERE arrived_in = edition.quarter AND is_cost_stated
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
