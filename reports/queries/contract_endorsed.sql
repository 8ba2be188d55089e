-- row: series, of the workers under contract on the last day of the quarter
WITH told AS (
    SELECT series, cell_key, coalesce(contract_endorsed_on <= last_day, false) AS part,
           count(contract_endorsed_on) OVER (PARTITION BY series) > 0 AS is_ever_stated
    FROM contract_on_last_day, edition
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN (FROM told WHERE is_ever_stated) AS stated USING (series)
GROUP BY ALL
ORDER BY series;
