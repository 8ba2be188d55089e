-- row: what the two sides' contracts differ in by the agreement's rules, of the matched workers under contract in the quarter
WITH worker AS (
    SELECT record_ref, cell_key FROM contract_in_quarter WHERE series = 'matched'
),
differing AS (
    SELECT DISTINCT if(frozen_by = first_party, ours_ref, theirs_ref) AS record_ref,
           if(field = 'wage_currency', 'wage_amount', field) AS field
    FROM discrepancy, edition
    WHERE stream = 'placement' AND class = 'field' AND reason IS DISTINCT FROM 'not_comparable'
      AND field IN ('wage_amount', 'wage_currency', 'occupation_isco', 'employer_ref', 'area')
      AND opened_in <= last_period AND coalesce(closed_in > last_period, true)
),
by_field AS (
    SELECT field, record_ref FROM differing
    UNION
    SELECT 'any_of_these', record_ref FROM differing
),
kind AS (
    SELECT unnest(['any_of_these', 'wage_amount', 'occupation_isco', 'employer_ref', 'area']) AS field,
           generate_subscripts([1, 2, 3, 4, 5], 1) AS place
)
SELECT kind.field AS "row", count(by_field.record_ref) AS numerator,
       sum(cell_key) FILTER (by_field.record_ref IS NOT NULL) AS numerator_key,
       count(*) AS denominator, sum(cell_key) AS denominator_key
FROM kind CROSS JOIN worker LEFT JOIN by_field ON by_field.field = kind.field AND by_field.record_ref = worker.record_ref
GROUP BY kind.field, place
ORDER BY place;
