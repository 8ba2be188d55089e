-- row: series; whole: all complaints of the quarter, of which the numerator is a part
WITH complaints AS (
    SELECT series, count(*) FILTER (NOT non_procedural) AS numerator, count(*) AS whole
    FROM received_complaint, edition
    WHERE received_complaint.quarter = edition.quarter
    GROUP BY ALL
),
workers AS (
    SELECT series, count(*) AS denominator FROM in_contract GROUP BY ALL
)
SELECT series AS "row", coalesce(numerator, 0) AS numerator, coalesce(denominator, 0) AS denominator,
       coalesce(whole, 0) AS whole
FROM series LEFT JOIN complaints USING (series) LEFT JOIN workers USING (series)
ORDER BY series;
