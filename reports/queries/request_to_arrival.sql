-- row: series, value: days from the request to the arrival, of the arrivals of the quarter
SELECT series AS "row", days_to_arrival AS value, records AS people, key
FROM arrival_days, edition
WHERE arrived_in = edition.quarter
ORDER BY ALL;
