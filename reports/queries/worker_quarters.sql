-- row: occupation, column: series, value: days under contract in the quarter / days in the quarter
SELECT coalesce(occupation_isco, 'not_stated') AS "row", series AS "column",
       CAST(round(sum(days * records) / any_value(days_of_quarter)) AS BIGINT) AS value, sum(key) AS key
FROM contract_in_quarter
GROUP BY ALL;
