-- row: series
SELECT series AS "row",
       count(*) FILTER (at_or_above) AS numerator, sum(cell_key) FILTER (at_or_above) AS numerator_key,
       count(at_or_above) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN started_contract USING (series)
GROUP BY ALL
ORDER BY series;
