-- One page of a collection as the text of its features, joined by commas, made here or read. One row more than asked for is read: it
-- says whether there is a next page. The aggregate keeps the order of the page below it. The revision is read by the
-- same statement, so that whoever has not asked for it before knows whether this is still the table to read.
SELECT
    string_agg(feature, ',') FILTER (WHERE place <= {limit}) AS features,
    count(*) FILTER (WHERE place <= {limit}) AS returned,
    count(*) > {limit} AS more,
    max(fid) FILTER (WHERE place <= {limit}) AS last_fid,
    (SELECT revision FROM published.revision) AS revision
FROM (
    SELECT fid, row_number() OVER () AS place, {feature} AS feature
    FROM (
        SELECT fid{columns}
        FROM {table}
        WHERE {where}
        ORDER BY {order}
        LIMIT {limit} + 1
        {offset}
    ) AS page
) AS made
