-- row: series
SELECT series AS "row", count(*) FILTER (at_or_above) AS numerator, count(at_or_above) AS denominator
FROM series LEFT JOIN started_contract USING (series)
GROUP BY ALL
ORDER BY series;
