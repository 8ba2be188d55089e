-- row: series
WITH complaints AS (
    SELECT series, cell_key, non_procedural
    FROM received_complaint, edition
    WHERE received_complaint.quarter = edition.quarter
)
SELECT series AS "row",
       count(*) FILTER (non_procedural) AS numerator, sum(cell_key) FILTER (non_procedural) AS numerator_key,
       count(non_procedural) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN complaints USING (series)
GROUP BY ALL
ORDER BY series;
