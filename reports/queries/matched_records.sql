-- row: party/stream, of the records current at the cut-off
WITH matched AS (
    SELECT first_party AS party, 'placement' AS stream, first_ref AS record_ref FROM placement_pair, edition
    UNION ALL SELECT second_party, 'placement', second_ref FROM placement_pair, edition
    UNION ALL SELECT first_party, 'complaint', first_ref FROM complaint_pair, edition
    UNION ALL SELECT second_party, 'complaint', second_ref FROM complaint_pair, edition
),
known AS (
    SELECT party, 'placement' AS stream, record_ref FROM current_placement
    UNION ALL SELECT party, 'complaint', record_ref FROM current_complaint
)
SELECT known.party || '/' || known.stream AS "row", count(matched.record_ref) AS numerator, count(*) AS denominator
FROM known LEFT JOIN matched USING (party, stream, record_ref)
GROUP BY known.party, known.stream
ORDER BY known.party, known.stream DESC;
