-- row: party/field, of the placement records current at the cut-off; fields that a side does not share are left out
WITH stated AS (
    UNPIVOT (
        SELECT party, count(*) AS records, sum(cell_key) AS key, sex IS NOT NULL AS sex, occupation_isco IS NOT NULL AS occupation_isco,
               area IS NOT NULL AS area, contract_start IS NOT NULL AS contract_start,
               contract_end IS NOT NULL AS contract_end, wage_amount IS NOT NULL AS wage_amount,
               wage_currency IS NOT NULL AS wage_currency, stage_date IS NOT NULL AS stage_date,
               origin_agency_licence_no IS NOT NULL AS origin_agency_licence_no,
               destination_agency_licence_no IS NOT NULL AS destination_agency_licence_no
        FROM placement
        WHERE is_current
        GROUP BY ALL
    ) ON COLUMNS (* EXCLUDE (party, records, key)) INTO NAME field VALUE is_stated
)
SELECT party || '/' || field AS "row", sum(records) FILTER (is_stated) AS numerator,
       sum(key) FILTER (is_stated) AS numerator_key, sum(records) AS denominator, sum(key) AS denominator_key
FROM stated SEMI JOIN (FROM shared_field WHERE stream = 'placement') AS shared USING (party, field)
GROUP BY party, field
ORDER BY party, field;
