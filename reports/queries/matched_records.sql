-- row: party/stream, of the records current at the cut-off
WITH known AS (
    SELECT series AS party, 'placement' AS stream, sum(records) AS denominator, sum(key) AS denominator_key
    FROM placement_now
    WHERE series <> 'matched'
    GROUP BY ALL
    UNION ALL
    SELECT party, 'complaint', count(*), sum(cell_key) FROM complaint_of_side GROUP BY ALL
),
pairs AS (
    SELECT 'placement' AS stream, records, key, second_key FROM placement_now WHERE series = 'matched'
    UNION ALL
    SELECT 'complaint', 1, cell_key, second_key FROM complaint_pair
),
matched AS (
    SELECT first_party() AS party, stream, sum(records) AS numerator, sum(key) AS numerator_key FROM pairs GROUP BY ALL
    UNION ALL
    SELECT second_party(), stream, sum(records), sum(second_key) FROM pairs GROUP BY ALL
)
SELECT party || '/' || stream AS "row", numerator, numerator_key, denominator, denominator_key
FROM known LEFT JOIN matched USING (party, stream)
ORDER BY party, stream DESC;
