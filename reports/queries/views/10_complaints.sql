-- The course of a complaint: received, resolved, ended (with or without result). Who says that it is over and not when
-- is taken to mean the cut-off. A matched complaint was received when the first side received it first; it is resolved,
-- or ended, when both sides say so, and counts in a quarter in which both received it.

CREATE VIEW complaint_of_side AS
SELECT party, record_ref, cell_key, kind, stage, channel, reported_by, received_on,
       quarter_of(received_on) AS received_in,
       placement_ref IS NULL AS non_procedural,
       stage = 'resolved' AS is_resolved,
       stage IN ('resolved', 'closed_unresolved', 'withdrawn') AS is_ended,
       coalesce(closed_on, stage_date) AS over_on
FROM complaint
WHERE is_current;

CREATE TABLE complaint_pair AS
SELECT a.record_ref AS first_ref, b.record_ref AS second_ref, a.cell_key, b.cell_key AS second_key
FROM pair
JOIN complaint_of_side AS a ON a.party = first_party() AND a.record_ref = pair.first_ref
JOIN complaint_of_side AS b ON b.party = second_party() AND b.record_ref = pair.second_ref
WHERE pair.stream = 'complaint';

CREATE TABLE received_complaint AS
SELECT party AS series, cell_key, received_in, kind, stage, non_procedural, channel, reported_by, received_on,
       is_resolved, is_ended, over_on, over_on IS NULL AS is_undated
FROM complaint_of_side
UNION ALL BY NAME
SELECT 'matched' AS series, a.cell_key, a.received_in, a.kind, a.stage, a.non_procedural,
       coalesce(a.channel, b.channel) AS channel,
       coalesce(a.reported_by, b.reported_by) AS reported_by,
       least(a.received_on, b.received_on) AS received_on,
       a.is_resolved AND b.is_resolved AS is_resolved,
       a.is_ended AND b.is_ended AS is_ended,
       greatest(a.over_on, b.over_on) AS over_on,
       a.over_on IS NULL OR b.over_on IS NULL AS is_undated
FROM complaint_pair
JOIN complaint_of_side AS a ON a.party = first_party() AND a.record_ref = first_ref
JOIN complaint_of_side AS b ON b.party = second_party() AND b.record_ref = second_ref AND b.received_in = a.received_in;

-- Complaints by the first revision that said they had ended, and whether a later one says they are open again.
CREATE TABLE ended_complaint AS
WITH course AS (
    SELECT party, record_ref,
           min(revision) FILTER (stage IN ('resolved', 'closed_unresolved', 'withdrawn')) AS first_ending,
           arg_min_null(coalesce(closed_on, stage_date), revision)
               FILTER (stage IN ('resolved', 'closed_unresolved', 'withdrawn')) AS first_ended_on,
           max(revision) FILTER (stage IN ('received', 'in_review', 'mediation')) AS last_open
    FROM complaint
    WHERE NOT withdrawn
    GROUP BY party, record_ref
),
ended AS (
    SELECT party, record_ref, cell_key, quarter_of(first_ended_on) AS ended_in,
           coalesce(last_open > first_ending, false) AS is_reopened
    FROM complaint_of_side JOIN course USING (party, record_ref)
    WHERE first_ending IS NOT NULL
)
SELECT party AS series, ended_in, is_reopened, cell_key FROM ended
UNION ALL
SELECT 'matched', a.ended_in, a.is_reopened OR b.is_reopened, a.cell_key
FROM complaint_pair
JOIN ended AS a ON a.party = first_party() AND a.record_ref = first_ref
JOIN ended AS b ON b.party = second_party() AND b.record_ref = second_ref AND b.ended_in = a.ended_in;
