-- row: stage at the cut-off, column: series
SELECT stage AS "row", party AS "column", count(*) AS value, sum(cell_key) AS key FROM current_placement GROUP BY ALL
UNION ALL
SELECT stage, 'matched', count(*), sum(cell_key)
FROM placement_pair, edition
JOIN current_placement ON party = first_party AND record_ref = first_ref
GROUP BY ALL;
