-- row: series, of the complaints of the quarter before
WITH told AS (
    SELECT series, cell_key,
           coalesce(is_ended AND coalesce(over_on, last_day) <= last_day
                    AND if(is_undated, last_day, over_on) <= received_on + complaint_limit_days, false) AS part
    FROM received_complaint, edition, parameter
    WHERE received_in = previous_quarter
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
