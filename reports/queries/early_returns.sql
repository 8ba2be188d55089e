-- row: series, of the arrivals of the quarter before
WITH told AS (
    SELECT series, records, key, coalesce(returned_early_in <= edition.quarter, false) AS part
    FROM arrived_worker, edition
    WHERE arrived_in = previous_quarter
)
SELECT series AS "row", sum(records) FILTER (part) AS numerator, sum(key) FILTER (part) AS numerator_key,
       sum(records) AS denominator, sum(key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
