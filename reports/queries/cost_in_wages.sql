-- row: series, value: what a worker paid in monthly wages, of the arrivals of the quarter whose cost is stated;
-- none where the two are in different currencies or the wage is not a month's
SELECT series AS "row", cost_in_wages AS value, sum(records) AS people, sum(key) AS key
FROM arrived_worker, edition
WHERE arrived_in = edition.quarter AND is_cost_stated
GROUP BY ALL
ORDER BY ALL;
