-- row: stage at the cut-off of the complaints received in the quarter before, column: series
SELECT stage AS "row", series AS "column", count(*) AS value, sum(cell_key) AS key
FROM received_complaint, edition
WHERE received_in = previous_quarter
GROUP BY ALL;
