-- row: series, of the workers under contract on the last day of the quarter
WITH told AS (
    SELECT series, records, key, coalesce(endorsed_in <= edition.quarter, false) AS part,
           count(endorsed_in) OVER (PARTITION BY series) > 0 AS is_ever_stated
    FROM contract_on_last_day, edition
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN (FROM told WHERE is_ever_stated) AS stated USING (series)
GROUP BY ALL
ORDER BY series;
