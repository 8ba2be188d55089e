-- row: series, value: days from the visa to the departure, of the arrivals of the quarter
SELECT series AS "row", days_to_departure AS value, sum(records) AS people, sum(key) AS key
FROM departure_days, edition
WHERE arrived_in = edition.quarter
GROUP BY ALL
ORDER BY ALL;
