-- What each side's current record of a placement says, and what follows from it whatever the quarter asked for.
-- Given: placement, complaint (all revisions, with party), link, discrepancy, cell_key in each of them (what the noise of
-- a count is made from; a pair's is that of the first party's record), first_party(), second_party(), frozen_by(),
-- parameter (the catalogue's), and cut_off, one row about the snapshot's own quarter:
--   first_day, last_day, year_began_on (of the four quarters that end with it), oldest_day (of the oldest quarter that may
--   be asked for), minimum_wage, wage_currency, cap_amount, cap_currency
-- A column that ends in "_in" is a quarter, written as its first day.

CREATE MACRO quarter_of(day) AS CAST(date_trunc('quarter', day) AS DATE);

CREATE MACRO quarter_name(day) AS year(day) || '-Q' || quarter(day);

CREATE VIEW series AS
SELECT unnest([first_party(), second_party(), 'matched']) AS series;

CREATE VIEW pair AS
SELECT stream, if(frozen_by() = first_party(), ours_ref, theirs_ref) AS first_ref,
       if(frozen_by() = first_party(), theirs_ref, ours_ref) AS second_ref
FROM link
WHERE grade IN ('certain', 'probable');

-- The first revision that says "arrived" or beyond; its day is the day of arrival. Here among the revisions that a
-- later one replaced.
CREATE MACRO is_there(stage) AS
    list_contains(['arrived', 'residence_issued', 'transferred', 'absconding_reported', 'completed', 'returned', 'died'],
                  stage);

CREATE TABLE replaced_arrival AS
SELECT party, record_ref, min(revision) AS first_revision, arg_min(stage_date, revision) AS first_there_on
FROM placement
WHERE NOT is_current AND NOT withdrawn AND is_there(stage) AND stage_date IS NOT NULL
GROUP BY party, record_ref;

CREATE VIEW current_placement AS
SELECT placement.* EXCLUDE (revision, known_in, withdrawn, is_current),
       if(is_there(stage) AND stage_date IS NOT NULL AND coalesce(revision < first_revision, true),
          stage_date, first_there_on) AS there_on,
       if(stage IN ('completed', 'returned', 'died'), stage_date, NULL) AS over_on
FROM placement LEFT JOIN replaced_arrival USING (party, record_ref)
WHERE is_current;

-- Arrived, in the quarter of the day of arrival. Started: the contract, where it states a wage in the agreed currency.
-- Began and ended: the first and the last day there of those under contract, the last one where it is known; present
-- until: the same by what the contract and the stage say alone.
CREATE VIEW placement_of_side AS
SELECT current_placement.*,
       quarter_of(there_on) AS arrived_in,
       if(stage <> 'cancelled' AND wage_amount IS NOT NULL AND current_placement.wage_currency = cut_off.wage_currency,
          quarter_of(contract_start), NULL) AS started_in,
       wage_amount >= minimum_wage AS is_at_minimum,
       if(stage <> 'cancelled' AND contract_start IS NOT NULL AND there_on IS NOT NULL,
          greatest(contract_start, there_on), NULL) AS began_on,
       least(contract_end, completed_on, returned_on, died_on, over_on) AS ended_on,
       quarter_of(least(contract_end, over_on)) AS present_until_in
FROM current_placement, cut_off;
