-- row: series, value: days from receipt to the resolution, or (not ended) to the cut-off, of the complaints of the quarter
-- before
WITH told AS (
    SELECT series, cell_key, received_on, last_day,
           if(is_resolved AND coalesce(over_on, last_day) <= last_day, if(is_undated, last_day, over_on), NULL)
               AS resolved_on
    FROM received_complaint, edition
    WHERE received_in = previous_quarter
)
SELECT series AS "row", coalesce(resolved_on, last_day) - received_on AS value, resolved_on IS NOT NULL AS ended,
       count(*) AS people, sum(cell_key) AS key
FROM told
GROUP BY ALL
ORDER BY ALL;
