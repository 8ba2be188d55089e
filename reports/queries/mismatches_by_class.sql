-- row: class and reason, column: open, opened, closed
SELECT named_class || coalesce('/' || reason, '') AS "row", unnest(['open', 'opened', 'closed']) AS "column",
       unnest([count(*) FILTER (is_open), count(*) FILTER (is_opened), count(*) FILTER (is_closed)]) AS value,
       unnest([sum(cell_key) FILTER (is_open), sum(cell_key) FILTER (is_opened), sum(cell_key) FILTER (is_closed)])
           AS key
FROM mismatch
GROUP BY named_class, reason;
