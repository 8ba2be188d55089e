-- Workers under contract on at least one day of the quarter, with their days in it.
CREATE VIEW contract_in_quarter AS
SELECT series, occupation_isco, records, key,
       least(ended_on, last_day) - greatest(began_on, first_day) + 1 AS days, last_day - first_day + 1 AS days_of_quarter
FROM contract_days, edition
WHERE began_on <= ended_on AND began_on <= last_day AND ended_on >= first_day;

CREATE VIEW contract_on_last_day AS
SELECT contract_by_quarter.*
FROM contract_by_quarter, edition
WHERE began_in <= edition.quarter AND coalesce(gone_in > edition.quarter, true);
