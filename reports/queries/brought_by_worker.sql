-- row: series, of the complaints of the quarter that say who brought them
WITH told AS (
    SELECT series, cell_key, reported_by = 'worker' AS part
    FROM received_complaint, edition
    WHERE received_in = edition.quarter AND reported_by IS NOT NULL
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
