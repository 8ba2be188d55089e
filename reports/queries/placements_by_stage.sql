-- row: stage at the cut-off, column: series
SELECT stage AS "row", series AS "column", records AS value, key FROM placement_by_stage;
