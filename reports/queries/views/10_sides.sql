-- What every indicator is counted from. One concept each; "series" is a party's code or 'matched'. Made anew for each
-- quarter: as a table, since most are read by several indicators, or as a view where it is wide.
-- Given: placement, complaint (all revisions, with party), link, discrepancy, message, batch, and
-- cell_key in each of them (what the noise of a count is made from; a pair's is that of the first party's record), and
--   edition         one row: quarter, first_day, last_day, first_period, last_period, previous_quarter,
--                   first_party, second_party, frozen_by, minimum_wage, wage_currency, oldest_quarter
-- A matched pair that the two sides describe differently counts under what the first party says.

CREATE OR REPLACE TABLE series AS
SELECT first_party AS series FROM edition
UNION ALL SELECT second_party FROM edition
UNION ALL SELECT 'matched';

CREATE OR REPLACE TABLE pair AS
SELECT stream,
       CASE WHEN frozen_by = first_party THEN ours_ref ELSE theirs_ref END AS first_ref,
       CASE WHEN frozen_by = first_party THEN theirs_ref ELSE ours_ref END AS second_ref
FROM link, edition
WHERE grade IN ('certain', 'probable');

CREATE OR REPLACE VIEW current_placement AS
SELECT * FROM placement WHERE is_current;

CREATE OR REPLACE VIEW current_complaint AS
SELECT * FROM complaint WHERE is_current;

-- Both current records of each pair.
CREATE OR REPLACE TABLE placement_pair AS
SELECT first_ref, second_ref
FROM pair, edition
JOIN current_placement AS a ON a.party = first_party AND a.record_ref = first_ref
JOIN current_placement AS b ON b.party = second_party AND b.record_ref = second_ref
WHERE pair.stream = 'placement';

CREATE OR REPLACE TABLE complaint_pair AS
SELECT first_ref, second_ref
FROM pair, edition
JOIN current_complaint AS a ON a.party = first_party AND a.record_ref = first_ref
JOIN current_complaint AS b ON b.party = second_party AND b.record_ref = second_ref
WHERE pair.stream = 'complaint';

CREATE OR REPLACE TABLE stage_after_arrival AS
SELECT unnest(['arrived', 'residence_issued', 'transferred', 'absconding_reported', 'completed', 'returned', 'died'])
       AS stage;

-- The first revision that says "arrived" or beyond; its day is the day of arrival.
CREATE OR REPLACE TABLE first_arrival AS
SELECT party, record_ref, arg_min(stage_date, revision) AS first_there_on
FROM placement SEMI JOIN stage_after_arrival USING (stage)
WHERE NOT withdrawn AND stage_date IS NOT NULL
GROUP BY party, record_ref;

CREATE OR REPLACE TABLE arrival_of_side AS
SELECT party, record_ref, cell_key, occupation_isco, area, sex, first_there_on,
       year(first_there_on) || '-Q' || quarter(first_there_on) AS quarter
FROM current_placement JOIN first_arrival USING (party, record_ref);

CREATE OR REPLACE TABLE arrival AS
SELECT party AS series, cell_key, quarter, occupation_isco, area, sex FROM arrival_of_side
UNION ALL
SELECT 'matched', a.cell_key, a.quarter, a.occupation_isco, a.area, a.sex
FROM placement_pair
JOIN arrival_of_side AS a ON a.record_ref = first_ref
JOIN arrival_of_side AS b ON b.record_ref = second_ref AND b.quarter = a.quarter;

-- Contracts that start in the quarter and state a wage in the agreed currency.
CREATE OR REPLACE TABLE started_contract_of_side AS
SELECT party, record_ref, cell_key, wage_amount >= minimum_wage AS at_or_above
FROM current_placement, edition
WHERE contract_start BETWEEN first_day AND last_day
  AND stage <> 'cancelled'
  AND wage_amount IS NOT NULL
  AND current_placement.wage_currency = edition.wage_currency;

CREATE OR REPLACE TABLE started_contract AS
SELECT party AS series, cell_key, at_or_above FROM started_contract_of_side
UNION ALL
SELECT 'matched', a.cell_key, a.at_or_above AND b.at_or_above
FROM placement_pair
JOIN started_contract_of_side AS a ON a.record_ref = first_ref
JOIN started_contract_of_side AS b ON b.record_ref = second_ref;

-- Workers who had arrived and whose contract ran on at least one day of the quarter.
CREATE OR REPLACE TABLE in_contract_of_side AS
SELECT party, record_ref, cell_key
FROM current_placement JOIN first_arrival USING (party, record_ref), edition
WHERE first_there_on <= last_day
  AND contract_start <= last_day
  AND (contract_end IS NULL OR contract_end >= first_day)
  AND stage <> 'cancelled'
  AND NOT (stage IN ('completed', 'returned', 'died') AND coalesce(stage_date < first_day, false));

CREATE OR REPLACE TABLE in_contract AS
SELECT party AS series, cell_key FROM in_contract_of_side
UNION ALL
SELECT 'matched', a.cell_key
FROM placement_pair
JOIN in_contract_of_side AS a ON a.record_ref = first_ref
JOIN in_contract_of_side AS b ON b.record_ref = second_ref;

CREATE OR REPLACE TABLE complaint_of_side AS
SELECT party, record_ref, cell_key, kind, stage, placement_ref IS NULL AS non_procedural,
       year(received_on) || '-Q' || quarter(received_on) AS quarter
FROM current_complaint;

CREATE OR REPLACE TABLE received_complaint AS
SELECT party AS series, cell_key, quarter, kind, stage, non_procedural FROM complaint_of_side
UNION ALL
SELECT 'matched', a.cell_key, a.quarter, a.kind, a.stage, a.non_procedural
FROM complaint_pair
JOIN complaint_of_side AS a ON a.record_ref = first_ref
JOIN complaint_of_side AS b ON b.record_ref = second_ref AND b.quarter = a.quarter;

-- Discrepancies known by the end of the quarter. "missing_there" is said from the freezing side, so it is named by
-- the side that lacks the record.
CREATE OR REPLACE TABLE mismatch AS
SELECT discrepancy.stream, cell_key, severity, reason, opened_in, closed_in, class AS class_code,
       CASE class
           WHEN 'missing_there' THEN 'missing_at_' || if(frozen_by = first_party, second_party, first_party)
           WHEN 'missing_here' THEN 'missing_at_' || frozen_by
           ELSE class
       END AS named_class,
       coalesce(closed_in > last_period, true) AS is_open,
       opened_in >= first_period AS is_opened,
       coalesce(closed_in BETWEEN first_period AND last_period, false) AS is_closed
FROM discrepancy, edition
WHERE opened_in <= last_period;

-- Packages that carry the records of the quarter's months (status messages are not packages).
CREATE OR REPLACE TABLE package AS
SELECT message.* FROM message, edition
WHERE kind <> 'status' AND period BETWEEN first_period AND last_period;
