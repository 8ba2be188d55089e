-- row: series, of the complaints that were said to have ended in the quarter before
WITH told AS (
    SELECT series, cell_key, is_reopened AS part
    FROM ended_complaint, edition
    WHERE ended_in = previous_quarter
)
SELECT series AS "row", count(*) FILTER (part) AS numerator, sum(cell_key) FILTER (part) AS numerator_key,
       count(part) AS denominator, sum(cell_key) AS denominator_key
FROM series LEFT JOIN told USING (series)
GROUP BY ALL
ORDER BY series;
