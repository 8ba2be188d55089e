-- row: class and reason, column: open, opened, closed
SELECT named_class || coalesce('/' || reason, '') AS "row", unnest(['open', 'opened', 'closed']) AS "column",
       unnest([sum(records) FILTER (is_open), sum(records) FILTER (is_opened), sum(records) FILTER (is_closed)]) AS value,
       unnest([sum(key) FILTER (is_open), sum(key) FILTER (is_opened), sum(key) FILTER (is_closed)]) AS key
FROM mismatch
GROUP BY named_class, reason;
