-- row: series; denominator: worker-quarters, rounded by occupation as F2 tells them
WITH complaints AS (
    SELECT series, count(*) AS numerator, sum(cell_key) AS numerator_key
    FROM received_complaint, edition
    WHERE received_in = edition.quarter AND NOT non_procedural
    GROUP BY ALL
),
by_occupation AS (
    SELECT series, occupation_isco, round(sum(days * records) / any_value(days_of_quarter)) AS quarters, sum(key) AS key
    FROM contract_in_quarter
    GROUP BY ALL
),
workers AS (
    SELECT series, CAST(sum(quarters) AS BIGINT) AS denominator, sum(key) AS denominator_key
    FROM by_occupation
    GROUP BY ALL
)
SELECT series AS "row", numerator, numerator_key, denominator, denominator_key
FROM series LEFT JOIN complaints USING (series) LEFT JOIN workers USING (series)
ORDER BY series;
