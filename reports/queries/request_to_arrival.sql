-- row: series, value: days from the request to the arrival, of the arrivals of the quarter
SELECT series AS "row", if(requested_on <= arrived_on, date_diff('day', requested_on, arrived_on), NULL) AS value,
       count(*) AS people, sum(cell_key) AS key
FROM arrived_placement, edition
WHERE arrived_placement.quarter = edition.quarter
GROUP BY ALL
ORDER BY ALL;
