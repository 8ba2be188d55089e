-- row: series, value: days from the visa to the departure, of the arrivals of the quarter
SELECT series AS "row", if(visa_issued_on <= departed_on, date_diff('day', visa_issued_on, departed_on), NULL) AS value,
       count(*) AS people, sum(cell_key) AS key
FROM arrived_placement, edition
WHERE arrived_placement.quarter = edition.quarter
GROUP BY ALL
ORDER BY ALL;
