-- row: series, of the arrivals of the quarter before
WITH cohort AS (
    SELECT series, cell_key, contract_end, coalesce(arrived_on, first_there_on) AS there_on,
           coalesce(returned_on, if(stage = 'returned', stage_date, NULL)) AS back_on
    FROM arrived_placement, edition
    WHERE arrived_placement.quarter = previous_quarter
),
told AS (
    SELECT cohort.*, coalesce(back_on <= last_day AND back_on < there_on + early_return_days
                              AND back_on < coalesce(contract_end, last_day), false) AS early
    FROM cohort, edition, parameter
)
SELECT series AS "row", count(*) FILTER (early) AS numerator, sum(cell_key) FILTER (early) AS numerator_key,
       count(early) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
