-- row: series
WITH complaints AS (
    SELECT series, non_procedural
    FROM received_complaint, edition
    WHERE received_complaint.quarter = edition.quarter
)
SELECT series AS "row", count(*) FILTER (non_procedural) AS numerator, count(non_procedural) AS denominator
FROM series LEFT JOIN complaints USING (series)
GROUP BY ALL
ORDER BY series;
