-- row: sender/stream, of the packages the receiver has answered
SELECT sender || '/' || stream AS "row",
       CAST(coalesce(sum(records - coalesce(rejected_records, 0)) FILTER (verdict = 'accepted'), 0) AS BIGINT)
           AS numerator,
       CAST(coalesce(sum(records), 0) AS BIGINT) AS denominator
FROM package
WHERE verdict IS NOT NULL
GROUP BY sender, stream
ORDER BY sender, stream DESC;
