-- row: series
WITH complaints AS (
    SELECT series, count(*) AS numerator, sum(cell_key) AS numerator_key
    FROM received_complaint, edition
    WHERE received_complaint.quarter = edition.quarter AND NOT non_procedural
    GROUP BY ALL
),
workers AS (
    SELECT series, count(*) AS denominator, sum(cell_key) AS denominator_key FROM in_contract GROUP BY ALL
)
SELECT series AS "row", coalesce(numerator, 0) AS numerator, numerator_key, coalesce(denominator, 0) AS denominator,
       denominator_key
FROM series LEFT JOIN complaints USING (series) LEFT JOIN workers USING (series)
ORDER BY series;
