-- row: series
WITH complaints AS (
    SELECT series, count(*) AS numerator, sum(cell_key) AS numerator_key
    FROM received_complaint, edition
    WHERE received_in = edition.quarter AND NOT non_procedural
    GROUP BY ALL
),
workers AS (
    SELECT series, sum(records) AS denominator, sum(key) AS denominator_key
    FROM contract_by_quarter, edition
    WHERE counted_from_in <= edition.quarter AND coalesce(present_until_in >= edition.quarter, true)
    GROUP BY ALL
)
SELECT series AS "row", numerator, numerator_key, denominator, denominator_key
FROM series LEFT JOIN complaints USING (series) LEFT JOIN workers USING (series)
ORDER BY series;
