-- The course of a complaint: received, resolved, ended (with or without result) by the cut-off. Who says that it is
-- resolved and not when is taken to mean the cut-off. A matched complaint was received when the first side received it;
-- it is resolved, or ended, when both sides say so.

CREATE OR REPLACE TABLE complaint_course_of_side AS
SELECT party, record_ref, cell_key, channel, reported_by, received_on,
       year(received_on) || '-Q' || quarter(received_on) AS quarter,
       if(stage = 'resolved' AND told_on <= last_day, told_on, NULL) AS resolved_on,
       if(stage IN ('resolved', 'closed_unresolved', 'withdrawn') AND told_on <= last_day, told_on, NULL) AS ended_on
FROM (
    SELECT *, coalesce(closed_on, stage_date, last_day) AS told_on, last_day FROM current_complaint, edition
);

CREATE OR REPLACE TABLE complaint_course AS
SELECT party AS series, * EXCLUDE (party) FROM complaint_course_of_side
UNION ALL BY NAME
SELECT 'matched' AS series, a.record_ref, a.cell_key, a.quarter,
       coalesce(a.channel, b.channel) AS channel,
       coalesce(a.reported_by, b.reported_by) AS reported_by,
       least(a.received_on, b.received_on) AS received_on,
       if(a.resolved_on IS NULL OR b.resolved_on IS NULL, NULL, greatest(a.resolved_on, b.resolved_on)) AS resolved_on,
       if(a.ended_on IS NULL OR b.ended_on IS NULL, NULL, greatest(a.ended_on, b.ended_on)) AS ended_on
FROM complaint_pair
JOIN complaint_course_of_side AS a ON a.record_ref = first_ref
JOIN complaint_course_of_side AS b ON b.record_ref = second_ref AND b.quarter = a.quarter;

-- Complaints by the first revision that said they had ended, and whether a later one says they are open again.
CREATE OR REPLACE TABLE first_ending AS
SELECT party, record_ref, min(revision) AS ended_in
FROM complaint
WHERE NOT withdrawn AND stage IN ('resolved', 'closed_unresolved', 'withdrawn')
GROUP BY ALL;

CREATE OR REPLACE TABLE ended_complaint_of_side AS
SELECT current_complaint.party, current_complaint.record_ref, current_complaint.cell_key,
       year(ending.day) || '-Q' || quarter(ending.day) AS quarter,
       EXISTS (
           FROM complaint AS later
           WHERE later.party = ending.party AND later.record_ref = ending.record_ref AND later.revision > ending.ended_in
             AND NOT later.withdrawn AND later.stage IN ('received', 'in_review', 'mediation')
       ) AS reopened
FROM current_complaint
JOIN (
    SELECT party, record_ref, ended_in, coalesce(closed_on, stage_date) AS day
    FROM first_ending JOIN complaint USING (party, record_ref)
    WHERE revision = ended_in
) AS ending USING (party, record_ref);

CREATE OR REPLACE TABLE ended_complaint AS
SELECT party AS series, quarter, reopened, cell_key FROM ended_complaint_of_side
UNION ALL
SELECT 'matched', a.quarter, a.reopened OR b.reopened, a.cell_key
FROM complaint_pair
JOIN ended_complaint_of_side AS a ON a.record_ref = first_ref
JOIN ended_complaint_of_side AS b ON b.record_ref = second_ref AND b.quarter = a.quarter;
