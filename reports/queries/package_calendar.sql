-- row: sender/stream, column: month, state: the partner's verdict, or how far the package got
SELECT sender || '/' || stream AS "row", period AS "column",
       CASE WHEN verdict = 'accepted' AND kind = 'nil' THEN 'accepted_nil' ELSE coalesce(verdict, state) END AS state
FROM package
ORDER BY sender, stream, period, message_id;
