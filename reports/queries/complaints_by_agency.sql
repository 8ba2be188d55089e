-- row: licence number of an agency with enough workers, or all of them; of the matched workers of the last four quarters;
-- field: the agencies that sent them, or those that received them
WITH by_agency AS (
    SELECT 'origin_agency_licence_no' AS field, origin_agency AS agency, has_complained, records, key
    FROM sent_worker
    WHERE is_in_year
    UNION ALL
    SELECT 'destination_agency_licence_no', destination_agency, has_complained, records, key
    FROM received_worker
    WHERE is_in_year
),
field AS (
    SELECT unnest(['origin_agency_licence_no', 'destination_agency_licence_no']) AS field
)
SELECT field, agency AS "row", sum(records) FILTER (has_complained) AS numerator,
       sum(key) FILTER (has_complained) AS numerator_key, sum(records) AS denominator, sum(key) AS denominator_key
FROM by_agency, parameter
WHERE agency IS NOT NULL
GROUP BY field, agency
HAVING sum(records) >= any_value(smallest_agency)
UNION ALL
SELECT field, 'total', sum(records) FILTER (has_complained), sum(key) FILTER (has_complained), sum(records), sum(key)
FROM field LEFT JOIN by_agency USING (field)
GROUP BY field
ORDER BY "row" = 'total', "row";
