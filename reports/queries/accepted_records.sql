-- row: sender/stream, of the packages the receiver has answered
SELECT sender || '/' || stream AS "row",
       CAST(coalesce(sum(records - coalesce(rejected_records, 0)) FILTER (verdict = 'accepted'), 0) AS BIGINT)
           AS numerator,
       sum(cell_key) AS numerator_key,
       CAST(coalesce(sum(records), 0) AS BIGINT) AS denominator, sum(cell_key) AS denominator_key
FROM package
WHERE verdict IS NOT NULL
GROUP BY sender, stream
ORDER BY sender, stream DESC;
