-- row: series, value: days from the request to the arrival, of the arrivals of the quarter
SELECT series AS "row", days_to_arrival AS value, sum(records) AS people, sum(key) AS key
FROM arrival_days, edition
WHERE arrived_in = edition.quarter
GROUP BY ALL
ORDER BY ALL;
