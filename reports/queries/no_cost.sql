-- row: series, of the arrivals of the quarter whose cost is stated
WITH told AS (
    SELECT series, cell_key, worker_cost_amount = 0 AS part
    FROM arrived_placement, edition
    WHERE arrived_placement.quarter = edition.quarter AND worker_cost_amount IS NOT NULL
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
