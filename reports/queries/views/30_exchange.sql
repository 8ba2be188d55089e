-- Discrepancies known by the end of the quarter, counted by what they are. "missing_there" is said from the freezing side,
-- so it is named by the side that lacks the record.
CREATE TABLE recorded_mismatch AS
SELECT stream, class, severity, reason, opened_in, closed_in, count(*) AS records, sum(cell_key) AS key
FROM discrepancy
GROUP BY ALL;

CREATE VIEW mismatch AS
SELECT stream, severity, reason, opened_in, records, key, class AS class_code,
       CASE class
           WHEN 'missing_there' THEN 'missing_at_' || if(frozen_by() = first_party(), second_party(), first_party())
           WHEN 'missing_here' THEN 'missing_at_' || frozen_by()
           ELSE class
       END AS named_class,
       coalesce(closed_in > last_period, true) AS is_open,
       opened_in >= first_period AS is_opened,
       coalesce(closed_in BETWEEN first_period AND last_period, false) AS is_closed
FROM recorded_mismatch, edition
WHERE opened_in <= last_period;

-- Packages that carry the records of the quarter's months (status messages are not packages).
CREATE VIEW package AS
SELECT message.* FROM message, edition
WHERE kind <> 'status' AND period BETWEEN first_period AND last_period;
