-- Matched workers under contract in the four quarters that end with this one, and whether one side or the other
-- received a complaint that names their placement in that time.
CREATE OR REPLACE TABLE worker_of_year AS
WITH complained AS (
    SELECT DISTINCT placement_ref
    FROM current_complaint, edition
    WHERE received_on BETWEEN first_day - INTERVAL 9 MONTH AND last_day AND placement_ref IS NOT NULL
)
SELECT origin_agency_licence_no, destination_agency_licence_no, cell_key,
       (first_ref IN (FROM complained) OR second_ref IN (FROM complained)) AS has_complained
FROM placement_told
JOIN contract_span USING (series, record_ref)
JOIN placement_pair ON first_ref = record_ref, edition
WHERE series = 'matched' AND greatest(began_on, first_day - INTERVAL 9 MONTH) <= ended_on;
