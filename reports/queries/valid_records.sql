-- row: source/stream, of what the freezing side read from its own sources
SELECT source || '/' || stream AS "row",
       CAST(coalesce(sum(accepted), 0) AS BIGINT) AS numerator, sum(cell_key) AS numerator_key,
       CAST(coalesce(sum("read"), 0) AS BIGINT) AS denominator, sum(cell_key) AS denominator_key
FROM batch, edition
WHERE period BETWEEN first_period AND last_period
GROUP BY source, stream
ORDER BY stream DESC, source;
