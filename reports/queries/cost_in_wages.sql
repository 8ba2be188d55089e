-- row: series, value: what a worker paid in monthly wages, of the arrivals of the quarter whose cost is stated;
-- none where the two are in different currencies or the wage is not a month's
SELECT series AS "row",
       if(worker_cost_currency = arrived_placement.wage_currency AND wage_amount > 0
          AND coalesce(wage_period, 'month') IN ('month', 'hijri_month'),
          CAST(worker_cost_amount / wage_amount AS DECIMAL(18, 6)), NULL) AS value,
       count(*) AS people, sum(cell_key) AS key
FROM arrived_placement, edition
WHERE arrived_placement.quarter = edition.quarter AND worker_cost_amount IS NOT NULL
GROUP BY ALL
ORDER BY ALL;
