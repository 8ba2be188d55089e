-- row: party/stream, of the records current at the cut-off
WITH matched AS (
    SELECT first_party AS party, 'placement' AS stream, first_ref AS record_ref FROM placement_pair, edition
    UNION ALL SELECT second_party, 'placement', second_ref FROM placement_pair, edition
    UNION ALL SELECT first_party, 'complaint', first_ref FROM complaint_pair, edition
    UNION ALL SELECT second_party, 'complaint', second_ref FROM complaint_pair, edition
),
known AS (
    SELECT party, 'placement' AS stream, record_ref, cell_key FROM current_placement
    UNION ALL SELECT party, 'complaint', record_ref, cell_key FROM current_complaint
)
SELECT known.party || '/' || known.stream AS "row",
       count(matched.record_ref) AS numerator,
       sum(cell_key) FILTER (matched.record_ref IS NOT NULL) AS numerator_key,
       count(*) AS denominator, sum(cell_key) AS denominator_key
FROM known LEFT JOIN matched USING (party, stream, record_ref)
GROUP BY known.party, known.stream
ORDER BY known.party, known.stream DESC;
