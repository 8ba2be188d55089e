-- row: licence number of an agency with enough workers, or all of them; of the matched workers of the last four quarters
WITH by_agency AS (
    SELECT origin_agency_licence_no AS agency, has_complained, cell_key FROM worker_of_year
)
SELECT agency AS "row", count(*) FILTER (has_complained) AS numerator,
       sum(cell_key) FILTER (has_complained) AS numerator_key, count(*) AS denominator, sum(cell_key) AS denominator_key
FROM by_agency, parameter
WHERE agency IS NOT NULL
GROUP BY agency
HAVING count(*) >= any_value(smallest_agency)
UNION ALL
SELECT 'total', count(*) FILTER (has_complained), sum(cell_key) FILTER (has_complained), count(*), sum(cell_key)
FROM by_agency
ORDER BY "row" = 'total', "row";
