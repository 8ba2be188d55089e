-- Which side has said nothing at all in a stream: no record, no package (a nil package says "none"), no own batch.
SELECT s.stream, s.party
FROM (
    SELECT unnest(['placement', 'complaint']) AS stream, series AS party FROM series WHERE series <> 'matched'
) AS s
ANTI JOIN (
    SELECT 'placement' AS stream, party FROM placement
    UNION SELECT 'complaint', party FROM complaint
    UNION SELECT stream, sender FROM message WHERE kind <> 'status' AND verdict IS DISTINCT FROM 'rejected'
    UNION SELECT stream, frozen_by() FROM batch
) AS heard USING (stream, party)
ORDER BY ALL;
