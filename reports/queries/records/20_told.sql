-- What each series tells of a placement: a side its own record; "matched" the pair as the first party describes it, and
-- where that says nothing, as the second does. An amount always goes with its own currency.

CREATE VIEW told_by_sides AS
SELECT party AS series, placement_of_side.* EXCLUDE (party), quarter_of(began_on) AS counted_from_in,
       CAST(NULL AS BOOLEAN) AS has_complained, CAST(NULL AS VARCHAR) AS differing_ref,
       CAST(NULL AS UBIGINT) AS second_key, occupation_isco AS arrived_as
FROM placement_of_side;

-- Records that a complaint of the last four quarters names.
CREATE TABLE complained AS
SELECT DISTINCT placement_ref
FROM complaint, cut_off
WHERE is_current AND received_on BETWEEN year_began_on AND last_day AND placement_ref IS NOT NULL;

-- What the two sides' contracts differ in by the agreement's rules, by the first party's record.
CREATE TABLE differing AS
SELECT DISTINCT if(frozen_by() = first_party(), ours_ref, theirs_ref) AS first_ref,
       if(field = 'wage_currency', 'wage_amount', field) AS field, opened_in, closed_in
FROM discrepancy
WHERE stream = 'placement' AND class = 'field' AND reason IS DISTINCT FROM 'not_comparable'
  AND field IN ('wage_amount', 'wage_currency', 'occupation_isco', 'employer_ref', 'area');

CREATE TABLE differing_record AS
SELECT DISTINCT first_ref FROM differing WHERE first_ref IS NOT NULL;

-- The pairs that are looked at together: all of them, or where there are many a part at a time.
CREATE TABLE placement_pair (first_ref VARCHAR, second_ref VARCHAR);

-- A pair arrived, or started, in a quarter where both sides place it there.
CREATE VIEW told_of_pairs AS
SELECT 'matched' AS series, a.record_ref, a.cell_key, b.cell_key AS second_key, a.sex, a.area,
       a.occupation_isco AS arrived_as,
       coalesce(a.occupation_isco, b.occupation_isco) AS occupation_isco,
       a.stage, a.stage_date, a.over_on, a.there_on,
       if(a.arrived_in = b.arrived_in, a.arrived_in, NULL) AS arrived_in,
       if(a.started_in = b.started_in, a.started_in, NULL) AS started_in,
       a.is_at_minimum AND b.is_at_minimum AS is_at_minimum,
       if(b.began_on IS NULL, NULL, a.began_on) AS began_on,
       a.ended_on,
       if(a.began_on IS NULL OR b.began_on IS NULL, NULL, quarter_of(greatest(a.began_on, b.began_on)))
           AS counted_from_in,
       least(a.present_until_in, b.present_until_in) AS present_until_in,
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
       coalesce(a.destination_agency_licence_no, b.destination_agency_licence_no) AS destination_agency_licence_no,
       pair.first_ref IN (FROM complained) OR pair.second_ref IN (FROM complained) AS has_complained,
       differing_record.first_ref AS differing_ref
FROM placement_of_side AS b
JOIN (
    placement_of_side AS a JOIN placement_pair AS pair ON a.party = first_party() AND a.record_ref = pair.first_ref
) ON b.party = second_party() AND b.record_ref = pair.second_ref
LEFT JOIN differing_record ON differing_record.first_ref = pair.first_ref;

-- What is counted of each: few values each, so that the cubes are small. "told" is one of the two above at a time.
CREATE VIEW told AS FROM told_by_sides;

CREATE VIEW counted_placement AS
WITH known AS (
    SELECT told.*, year_began_on, first_day, last_day, oldest_day, cap_amount, cap_currency, parameter.*,
           coalesce(returned_on, if(stage = 'returned', stage_date, NULL)) AS back_on,
           least(ended_on, last_day) AS known_until
    FROM told, cut_off, parameter
)
SELECT series, cell_key, second_key, stage,
       -- arrivals
       arrived_in, arrived_as, area, sex,
       if(requested_on <= arrived_on, arrived_on - requested_on, NULL) AS days_to_arrival,
       if(visa_issued_on <= departed_on, departed_on - visa_issued_on, NULL) AS days_to_departure,
       worker_cost_amount IS NOT NULL AS is_cost_stated,
       worker_cost_amount = 0 AS pays_nothing,
       if(worker_cost_currency = wage_currency AND wage_amount > 0
          AND coalesce(wage_period, 'month') IN ('month', 'hijri_month'),
          CAST(worker_cost_amount / wage_amount AS DECIMAL(18, 6)), NULL) AS cost_in_wages,
       if(back_on < coalesce(arrived_on, there_on) + early_return_days AND coalesce(back_on < contract_end, true),
          quarter_of(if(contract_end IS NULL, back_on + 1, back_on)), NULL) AS returned_early_in,
       -- contracts that start
       started_in, is_at_minimum,
       if(stage <> 'cancelled' AND recruitment_fee_amount IS NOT NULL AND recruitment_fee_currency = cap_currency,
          quarter_of(contract_start), NULL) AS fee_in,
       recruitment_fee_amount <= cap_amount AS is_within_cap,
       -- contracts that run
       counted_from_in, present_until_in, occupation_isco,
       if(began_on IS NULL, NULL, greatest(began_on, oldest_day)) AS began_on,
       if(began_on IS NULL, NULL, greatest(known_until, oldest_day - 1)) AS ended_on,
       began_on IS NOT NULL AND greatest(began_on, first_day) <= known_until AS is_in_quarter,
       wage_payments_due, wage_payments_seen,
       known_until - began_on + 1 > wage_seen_after_days AS is_long,
       quarter_of(began_on) AS began_in,
       quarter_of(least(ended_on + 1, completed_on, returned_on, died_on,
                        if(stage IN ('completed', 'returned', 'died'), coalesce(stage_date, oldest_day), NULL)))
           AS gone_in,
       quarter_of(insurance_from) AS insured_in,
       quarter_of(insurance_until + 1) AS uninsured_in,
       quarter_of(contract_endorsed_on) AS endorsed_in,
       -- of pairs
       series = 'matched' AND began_on IS NOT NULL AND greatest(began_on, year_began_on) <= known_until AS is_in_year,
       if(is_in_year, origin_agency_licence_no, NULL) AS origin_agency,
       if(is_in_year, destination_agency_licence_no, NULL) AS destination_agency,
       has_complained,
       if(began_on IS NULL, NULL, differing_ref) AS differing_ref
FROM known;
