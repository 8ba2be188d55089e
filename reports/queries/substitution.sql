-- row: what the two sides' contracts differ in by the agreement's rules, of the matched workers under contract in the quarter
WITH worker AS (
    SELECT sum(records) AS denominator, sum(key) AS denominator_key FROM contract_in_quarter WHERE series = 'matched'
),
differing_worker AS (
    SELECT differing_ref, records, key FROM differing_contract, edition
    WHERE began_on <= ended_on AND began_on <= last_day AND ended_on >= first_day
),
still_differing AS (
    SELECT first_ref, field FROM differing, edition
    WHERE opened_in <= last_period AND coalesce(closed_in > last_period, true)
),
by_field AS (
    SELECT field, first_ref FROM still_differing
    UNION
    SELECT 'any_of_these', first_ref FROM still_differing
),
counted AS (
    SELECT field, sum(records) AS numerator, sum(key) AS numerator_key
    FROM by_field JOIN differing_worker ON differing_ref = first_ref
    GROUP BY field
),
kind AS (
    SELECT unnest(['any_of_these', 'wage_amount', 'occupation_isco', 'employer_ref', 'area']) AS field,
           generate_subscripts([1, 2, 3, 4, 5], 1) AS place
)
SELECT field AS "row", numerator, numerator_key, denominator, denominator_key
FROM worker CROSS JOIN kind LEFT JOIN counted USING (field)
WHERE denominator > 0
ORDER BY place;
