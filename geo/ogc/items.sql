-- One page of a collection as the text of its features, joined by commas. One row more than asked for is read: it
-- says whether there is a next page. The aggregate keeps the order of the page below it.
SELECT
    string_agg(feature, ',') FILTER (WHERE place <= %(limit)s) AS features,
    count(*) FILTER (WHERE place <= %(limit)s) AS returned,
    count(*) > %(limit)s AS more,
    max(fid) FILTER (WHERE place <= %(limit)s) AS last_fid
FROM (
    SELECT fid, row_number() OVER () AS place, {feature} AS feature
    FROM (
        SELECT fid, id, geom{columns}
        FROM {table}
        WHERE {where}
        ORDER BY {order}
        LIMIT %(limit)s + 1
        OFFSET %(offset)s
    ) AS page
) AS made
