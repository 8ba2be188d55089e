-- What each series says of a placement: a side its own record; "matched" the pair as the first party describes it, and
-- where that says nothing, as the second does. An amount always goes with its own currency.

CREATE OR REPLACE VIEW placement_told AS
SELECT party AS series, record_ref, cell_key, occupation_isco, stage, stage_date, contract_start, contract_end,
       requested_on, contract_endorsed_on, visa_issued_on, departed_on, arrived_on, completed_on, returned_on, died_on,
       wage_amount, wage_currency, wage_period, worker_cost_amount, worker_cost_currency,
       recruitment_fee_amount, recruitment_fee_currency, insurance_from, insurance_until,
       wage_payments_due, wage_payments_seen, origin_agency_licence_no, destination_agency_licence_no
FROM current_placement
UNION ALL BY NAME
SELECT 'matched' AS series, a.record_ref, a.cell_key,
       coalesce(a.occupation_isco, b.occupation_isco) AS occupation_isco,
       a.stage, a.stage_date,
       coalesce(a.contract_start, b.contract_start) AS contract_start,
       coalesce(a.contract_end, b.contract_end) AS contract_end,
       coalesce(a.requested_on, b.requested_on) AS requested_on,
       coalesce(a.contract_endorsed_on, b.contract_endorsed_on) AS contract_endorsed_on,
       coalesce(a.visa_issued_on, b.visa_issued_on) AS visa_issued_on,
       coalesce(a.departed_on, b.departed_on) AS departed_on,
       coalesce(a.arrived_on, b.arrived_on) AS arrived_on,
       coalesce(a.completed_on, b.completed_on) AS completed_on,
       coalesce(a.returned_on, b.returned_on) AS returned_on,
       coalesce(a.died_on, b.died_on) AS died_on,
       coalesce(a.wage_amount, b.wage_amount) AS wage_amount,
       if(a.wage_amount IS NULL, b.wage_currency, a.wage_currency) AS wage_currency,
       if(a.wage_amount IS NULL, b.wage_period, a.wage_period) AS wage_period,
       coalesce(a.worker_cost_amount, b.worker_cost_amount) AS worker_cost_amount,
       if(a.worker_cost_amount IS NULL, b.worker_cost_currency, a.worker_cost_currency) AS worker_cost_currency,
       coalesce(a.recruitment_fee_amount, b.recruitment_fee_amount) AS recruitment_fee_amount,
       if(a.recruitment_fee_amount IS NULL, b.recruitment_fee_currency, a.recruitment_fee_currency)
           AS recruitment_fee_currency,
       if(a.insurance_from IS NULL, b.insurance_from, a.insurance_from) AS insurance_from,
       if(a.insurance_from IS NULL, b.insurance_until, a.insurance_until) AS insurance_until,
       if(a.wage_payments_due IS NULL, b.wage_payments_due, a.wage_payments_due) AS wage_payments_due,
       if(a.wage_payments_due IS NULL, b.wage_payments_seen, a.wage_payments_seen) AS wage_payments_seen,
       coalesce(a.origin_agency_licence_no, b.origin_agency_licence_no) AS origin_agency_licence_no,
       coalesce(a.destination_agency_licence_no, b.destination_agency_licence_no) AS destination_agency_licence_no
FROM placement_pair
JOIN current_placement AS a ON a.record_ref = first_ref
JOIN current_placement AS b ON b.record_ref = second_ref;

-- Who arrived, in the quarter of F1.
CREATE OR REPLACE VIEW arrived_placement AS
WITH arrived AS (
    SELECT party AS series, record_ref, quarter, first_there_on FROM arrival_of_side
    UNION ALL
    SELECT 'matched', first_ref, a.quarter, a.first_there_on
    FROM placement_pair
    JOIN arrival_of_side AS a ON a.record_ref = first_ref
    JOIN arrival_of_side AS b ON b.record_ref = second_ref AND b.quarter = a.quarter
)
SELECT * FROM placement_told JOIN arrived USING (series, record_ref);

-- Contracts of workers who had arrived: first and last day there, the last one as far as it is known by the cut-off.
CREATE OR REPLACE TABLE contract_span_of_side AS
SELECT party, record_ref, greatest(contract_start, first_there_on) AS began_on,
       least(contract_end, completed_on, returned_on, died_on,
             if(stage IN ('completed', 'returned', 'died'), stage_date, NULL), last_day) AS ended_on
FROM current_placement JOIN first_arrival USING (party, record_ref), edition
WHERE contract_start IS NOT NULL AND stage <> 'cancelled';

CREATE OR REPLACE TABLE contract_span AS
SELECT party AS series, record_ref, began_on, ended_on FROM contract_span_of_side
UNION ALL
SELECT 'matched', first_ref, a.began_on, a.ended_on
FROM placement_pair
JOIN contract_span_of_side AS a ON a.record_ref = first_ref
SEMI JOIN contract_span_of_side AS b ON b.record_ref = second_ref;

-- Workers under contract on at least one day of the quarter, with their days in it.
CREATE OR REPLACE TABLE contract_in_quarter AS
SELECT placement_told.*, began_on, ended_on,
       date_diff('day', greatest(began_on, first_day), ended_on) + 1 AS days,
       date_diff('day', first_day, last_day) + 1 AS days_of_quarter
FROM placement_told JOIN contract_span USING (series, record_ref), edition
WHERE greatest(began_on, first_day) <= ended_on;

CREATE OR REPLACE TABLE contract_on_last_day AS
SELECT contract_in_quarter.* FROM contract_in_quarter, edition
WHERE ended_on = last_day
  AND NOT coalesce(least(completed_on, returned_on, died_on,
                         if(stage IN ('completed', 'returned', 'died'), coalesce(stage_date, last_day), NULL))
                   <= last_day, false);
