-- row: series, of the contracts that start in the quarter and state a fee in the cap's currency
WITH told AS (
    SELECT series, cell_key, recruitment_fee_amount <= amount AS part
    FROM placement_told, edition, cost_cap
    WHERE contract_start BETWEEN first_day AND last_day AND stage <> 'cancelled'
      AND recruitment_fee_amount IS NOT NULL AND recruitment_fee_currency = currency
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
